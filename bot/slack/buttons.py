"""The buttons on answers: Details for the person who clicks, Share for the channel."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.render.card import DETAILS, SHARE, card, shared
from bot.smtp.explain import Explainer
from bot.smtp.packed import unpack


def register(app: AsyncApp) -> None:
    app.action(DETAILS)(show_details)
    app.action(SHARE)(share_answer)


async def show_details(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    respond: AsyncRespond,
    explainer: Explainer,
) -> None:
    """Show the full card to the person who clicked, in the thread where the button stands."""
    await ack()
    answer = unpack(action["value"], explainer.knowledge)
    await respond(
        **card(answer, shareable=False),
        response_type="ephemeral",
        replace_original=False,
        thread_ts=body.get("container", {}).get("thread_ts"),
    )


async def share_answer(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    respond: AsyncRespond,
    explainer: Explainer,
) -> None:
    """Post the card for everyone in the channel, and take the private one away."""
    await ack()
    answer = unpack(action["value"], explainer.knowledge)
    await respond(
        **shared(answer, body["user"]["id"]),
        response_type="in_channel",
        replace_original=False,
        delete_original=True,
    )
