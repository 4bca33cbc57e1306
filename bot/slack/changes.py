"""A message was edited or deleted: the answer to it follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.render.card import brief
from bot.render.wording import codes_of
from bot.slack.manners import LATELY, workspace
from bot.slack.message_text import text_of
from bot.slack.spotting import causes_of, thread_of
from bot.smtp.explain import Answer
from bot.smtp.spot import Spotter
from bot.store import Store


def register(app: AsyncApp) -> None:
    # Before spotting: Bolt runs the first listener that matches.
    app.event("message", matchers=[is_deleted])(take_back)
    app.event("message", matchers=[is_edited])(correct)


async def is_deleted(event: dict[str, Any]) -> bool:
    """Whether a message was deleted; one with replies leaves a tombstone above them."""
    changed = event.get("message") or {}
    return event.get("subtype") == "message_deleted" or changed.get("subtype") == "tombstone"


async def is_edited(event: dict[str, Any]) -> bool:
    """Whether a message has other words now, or, as Slack tells it the same way, a preview."""
    return event.get("subtype") == "message_changed"


async def take_back(
    event: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient, store: Store
) -> None:
    """Remove the answer to a message that is gone; its causes may be explained again."""
    ts = event.get("deleted_ts") or event["message"]["ts"]
    place = (workspace(context), event["channel"], ts)
    if answer_ts := await store.answer_to(*place):
        await withdraw(place, answer_ts, client, store)


async def correct(
    event: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    spotter: Spotter,
    store: Store,
) -> None:
    """Let an unasked answer say what the edited message shows, when that is something else."""
    message = event["message"]
    before = causes_of(spotter.spot(text_of(event.get("previous_message") or {})))
    after = causes_of(spotter.spot(text_of(message)))
    if not before or _said(before) == _said(after):
        return  # an answer to a message without errors is about its files
    place = (workspace(context), event["channel"], message["ts"])
    thread_ts = thread_of(message)
    async with store.deciding:
        answer_ts, explained = await store.answer_to(*place), await store.explained(*place)
        if not answer_ts or not explained:
            return
        past = await store.past(*place[:2], thread_ts, LATELY)
        elsewhere = (past.in_thread | past.in_channel) - explained
        causes = [cause for cause in after if cause not in elsewhere]
        await store.explain(*place, thread_ts, causes)
    if causes:
        answer = brief([after[cause] for cause in causes], mutable=True)
        with unless_gone():
            await client.chat_update(channel=event["channel"], ts=answer_ts, **answer)
    else:
        await withdraw(place, answer_ts, client, store)


async def withdraw(
    place: tuple[str, str, str], answer_ts: str, client: AsyncWebClient, store: Store
) -> None:
    """Delete an answer, as if it had not been given."""
    _, channel, _ = place
    await delete(client, channel, answer_ts)
    await store.answered(*place, answer_ts=None)
    await store.explain(*place, thread_ts="", causes=())


async def delete(client: AsyncWebClient, channel: str, ts: str) -> None:
    """Delete a message of ours, unless somebody did already."""
    with unless_gone():
        await client.chat_delete(channel=channel, ts=ts)


@contextmanager
def unless_gone() -> Iterator[None]:
    """Bolt keeps it from us when somebody deletes an answer of ours, so we learn it here."""
    try:
        yield
    except SlackApiError as refusal:
        if refusal.response.get("error") != "message_not_found":
            raise


def _said(answers: dict[str, Answer]) -> set[tuple[str, str]]:
    return {(cause, codes_of(answer)) for cause, answer in answers.items()}
