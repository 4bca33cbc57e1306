"""Reactions people add: the magnifier asks for an answer, the mute takes one away."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Surface
from bot.observed import Arrival
from bot.render.card import brief
from bot.render.channels import unread
from bot.slack.changes import delete
from bot.slack.manners import workspace
from bot.slack.mention import not_waiting
from bot.slack.message_text import text_of
from bot.slack.spotting import MAGNIFIER
from bot.smtp.spot import Spotter
from bot.store import Store

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

MUTE = "mute"


def register(app: AsyncApp) -> None:
    app.event("reaction_added")(hear_reaction)


async def hear_reaction(
    event: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    spotter: Spotter,
    store: Store,
    arrival: Arrival,
) -> None:
    """Bolt keeps our own reactions from us, so this one is somebody else's."""
    if event["item"]["type"] != "message":
        return
    if event["reaction"] == MAGNIFIER:
        await answer_privately(event, context, client, spotter, store, arrival)
    elif event["reaction"] == MUTE and event.get("item_user") == context.bot_user_id:
        await remove_answer(event, context, client, store)


async def answer_privately(
    event: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    spotter: Spotter,
    store: Store,
    arrival: Arrival,
) -> None:
    """Explain a message that we marked to the person who adds the same mark."""
    channel, ts = event["item"]["channel"], event["item"]["ts"]
    place = (workspace(context), channel, ts)
    # Only our own marks count: people use the magnifier among themselves too.
    if not await store.is_claimed(*place) or await store.answer_to(*place):
        return
    if not await store.claim(workspace(context), channel, event["event_ts"]):
        return
    try:
        # The text was not kept. One call that a person asked for; for a reply it finds the reply.
        found = await not_waiting(client).conversations_replies(channel=channel, ts=ts, limit=1)
    except SlackApiError as refusal:
        logger.warning("a message could not be read", error=refusal.response.get("error"))
        await client.chat_postEphemeral(channel=channel, user=event["user"], **unread())
        return
    message = found["messages"][0]
    if answers := spotter.spot(text_of(message)):
        await client.chat_postEphemeral(
            channel=channel,
            user=event["user"],
            # Slack shows these in a thread only where there is one already.
            thread_ts=message.get("thread_ts"),
            **brief(answers),
        )
        arrival.answered(Surface.MAGNIFIER)


async def remove_answer(
    event: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient, store: Store
) -> None:
    """Delete a message of ours that somebody does not want to see."""
    channel, ts = event["item"]["channel"], event["item"]["ts"]
    if not await store.claim(workspace(context), channel, event["event_ts"]):
        return
    await delete(client, channel, ts)
    await store.answer_removed(workspace(context), channel, ts)
    await store.channels.note(workspace(context), channel, event["user"], "removed an answer")
