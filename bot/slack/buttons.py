"""The buttons on answers: Details for the person who clicks, Share for the channel."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond

from bot.metrics import Surface
from bot.observed import Arrival
from bot.render.blocks import Message
from bot.render.card import DETAILS, SHARE, card, shared, stale_message
from bot.render.feedback import rated, settled
from bot.slack.clicks import only_once
from bot.slack.notes import notes_for
from bot.slack.posting import QUIET
from bot.slack.sharing import conversation
from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.packed import unpack
from bot.store import Store


def register(app: AsyncApp) -> None:
    app.action(re.compile(f"{DETAILS}_\\d+"))(show_details)
    app.action(SHARE)(share_answer)


async def show_details(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    respond: AsyncRespond,
    explainer: Explainer,
    store: Store,
    arrival: Arrival,
) -> None:
    """Show the full card to the person who clicked, in the thread where the button stands."""
    await ack()
    answer = packed_answer(action, explainer)
    message = stale_message()
    if answer:
        notes = await notes_for(store, conversation(context, body), [answer])
        details = card(answer, shareable=False, notes=notes)
        message = settled(rated(details, [answer], of=body["container"]["message_ts"]))
    await tell(respond, body, message)
    arrival.answered(Surface.DETAILS)


async def share_answer(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    respond: AsyncRespond,
    explainer: Explainer,
    store: Store,
    arrival: Arrival,
) -> None:
    """Post the card for everyone in the channel, and take the private one away."""
    await ack()
    answer = packed_answer(action, explainer)
    if answer is None:
        await said(respond, **stale_message(), response_type="ephemeral", replace_original=True)
        return
    async with only_once(store, context, body, action) as click:
        if click is None:
            return
        notes = await notes_for(store, conversation(context, body), [answer], for_all=True)
        await said(
            respond,
            **shared(answer, body["user"]["id"], notes),
            response_type="in_channel",
            replace_original=False,
            **QUIET,
        )
        click.is_done = True
    # In a response of its own, as Slack documents it, and only when the channel has the card.
    await said(respond, delete_original=True)
    arrival.answered(Surface.SHARE)


def packed_answer(action: dict[str, Any], explainer: Explainer) -> Answer | None:
    """The answer a button stands for; None when this version of the bot knows it no more."""
    try:
        answer = unpack(action.get("value") or "", explainer.knowledge)
    except ValueError:
        return None
    return answer if answer.entry else None


async def tell(respond: AsyncRespond, body: dict[str, Any], message: Message) -> None:
    """Say something to who clicked, and nobody else, where the button stands."""
    await said(
        respond,
        **message,
        response_type="ephemeral",
        replace_original=False,
        thread_ts=body.get("container", {}).get("thread_ts"),
    )


async def said(respond: AsyncRespond, **message: Any) -> None:
    """Respond, and raise when Slack did not take it: Bolt says nothing of that by itself."""
    taken = await respond(**message)
    if taken.status_code != HTTPStatus.OK:
        raise RuntimeError(f"a response URL answered {taken.status_code}")
