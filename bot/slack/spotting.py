"""SMTP errors spotted in channel messages: one brief reply in the thread, a mark, or silence."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Surface
from bot.observed import Arrival
from bot.render.card import brief
from bot.slack.manners import LATELY, Reply, Silence, wants_reply, workspace
from bot.slack.message_text import text_of
from bot.smtp.explain import Answer
from bot.smtp.spot import Spotter
from bot.store import Store

# What people and alert tools post; joins, pins and the like are not for us.
SPOKEN = (None, "file_share", "thread_broadcast", "bot_message")
MAGNIFIER = "mag"  # the reaction that marks an error


def register(app: AsyncApp) -> None:
    app.event("message")(spot_errors)


async def spot_errors(
    event: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    spotter: Spotter,
    store: Store,
    arrival: Arrival,
) -> None:
    """Answer or mark a message with errors, once, as the manners of its channel want it."""
    answers = causes_of(spotter.spot(text_of(event))) if is_spoken(event) else {}
    if not answers:
        arrival.silent(Silence.NO_ERROR)
        return
    place = (workspace(context), event["channel"], event["ts"])
    thread_ts = thread_of(event)
    async with store.deciding:
        reply = wants_reply(
            tuple(answers),
            mode=await store.channels.mode(*place[:2]),
            is_shared=bool(body.get("is_ext_shared_channel")),
            is_by_bot=bool(event.get("bot_id")),
            is_in_thread=bool(event.get("thread_ts")),
            past=await store.past(*place[:2], thread_ts, LATELY),
        )
        is_ours = not reply.silence and await store.claim(*place, thread_ts, reply.causes)
    if not is_ours:
        arrival.silent(reply.silence or Silence.TAKEN)
        return
    try:
        answer_ts = await _carry_out(reply, answers, event, client)
    except BaseException:
        await store.release(*place)
        raise
    await store.answered(*place, answer_ts=answer_ts)
    arrival.answered(Surface.MARK if reply.mark else Surface.SPOTTED)


async def _carry_out(
    reply: Reply, answers: dict[str, Answer], message: dict[str, Any], client: AsyncWebClient
) -> str | None:
    """Do what was decided about a message; where the answer stands, if there is one."""
    if reply.mark:
        await mark(client, message["channel"], message["ts"])
        return None
    posted = await client.chat_postMessage(
        channel=message["channel"],
        thread_ts=thread_of(message),
        unfurl_links=False,
        unfurl_media=False,
        **brief([answers[cause] for cause in reply.causes], mutable=True),
    )
    return str(posted["ts"])


async def mark(client: AsyncWebClient, channel: str, ts: str) -> None:
    """Put the magnifier on a message; whoever adds the same gets the answer."""
    try:
        await client.reactions_add(channel=channel, timestamp=ts, name=MAGNIFIER)
    except SlackApiError as refusal:
        if refusal.response.get("error") != "already_reacted":
            raise


def thread_of(message: dict[str, Any]) -> str:
    """The thread a message is in, or begins."""
    return str(message.get("thread_ts") or message["ts"])


def causes_of(answers: tuple[Answer, ...]) -> dict[str, Answer]:
    """Spotted answers by the ids of their entries."""
    return {answer.entry.id: answer for answer in answers if answer.entry}


def is_spoken(event: dict[str, Any]) -> bool:
    """Whether a message event is something a person or an alert tool said."""
    return event.get("subtype") in SPOKEN and not event.get("hidden")
