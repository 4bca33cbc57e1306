"""SMTP errors spotted in channel messages: one brief reply in the thread, or silence."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.render.card import brief
from bot.slack.message_text import text_of
from bot.smtp.spot import Spotter
from bot.store import Store

# What people and alert tools post; edits, joins, pins and the like are not for us.
SPOKEN = (None, "file_share", "thread_broadcast", "bot_message")


def register(app: AsyncApp) -> None:
    app.event("message")(spot_errors)


async def spot_errors(
    event: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    spotter: Spotter,
    store: Store,
) -> None:
    """Answer a message with errors once, in its thread; never our own, never an edit."""
    if not is_spoken(event):
        return
    answers = spotter.spot(text_of(event))
    if not answers:
        return
    team = context.enterprise_id or context.team_id or ""
    place = (team, event["channel"], event["ts"])
    if not await store.claim(*place):
        return
    try:
        posted = await client.chat_postMessage(
            channel=event["channel"],
            thread_ts=event.get("thread_ts") or event["ts"],
            unfurl_links=False,
            unfurl_media=False,
            **brief(answers),
        )
    except BaseException:
        await store.release(*place)
        raise
    await store.answered(*place, answer_ts=posted["ts"])


def is_spoken(event: dict[str, Any]) -> bool:
    """Whether a message event is something a person or an alert tool said."""
    if event.get("subtype") not in SPOKEN or event.get("hidden"):
        return False
    # Another bot inside a thread is answering somebody: two bots must not talk to each other.
    return not (event.get("bot_id") and event.get("thread_ts"))
