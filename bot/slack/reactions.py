"""Reactions people add: the magnifier asks for an answer, the mute takes one away."""

from __future__ import annotations

import json

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.logs import error_of
from bot.metrics import Surface
from bot.render.card import brief
from bot.render.channels import unread
from bot.render.feedback import settled
from bot.slack.hearing import Heard, hear
from bot.slack.manners import Silence
from bot.slack.message_text import text_of
from bot.slack.notes import notes_for
from bot.slack.posting import delete
from bot.slack.reading import nothing_found, read_attached, told
from bot.slack.spotting import MAGNIFIER
from bot.slack.work import Act, Shown, Work
from bot.store.jobs import REMOVE, WHISPER

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

MUTE = "mute"


def register(app: AsyncApp) -> None:
    hear(app, "reaction_added", hear_reaction)


async def hear_reaction(heard: Heard) -> None:
    """Bolt keeps our own reactions from us, so this one is somebody else's."""
    event = heard.event
    if event["item"]["type"] != "message":
        return
    if event["reaction"] == MAGNIFIER:
        await whisper_answer(heard)
    elif event["reaction"] == MUTE and event.get("item_user") == heard.context.bot_user_id:
        await remove_answer(heard)


async def whisper_answer(heard: Heard) -> None:
    """Answer a message that we marked, and no other: people use the magnifier too."""
    event, store = heard.event, heard.store
    channel, ts = event["item"]["channel"], event["item"]["ts"]
    if await store.is_marked(heard.place(channel, ts)):
        content = {"about": ts, "user": event["user"], "shared": heard.told_shared}
        place = heard.place(channel, event["event_ts"])
        heard.deliverer.do(await store.jobs.begin(place, WHISPER, content=json.dumps(content)))


async def remove_answer(heard: Heard) -> None:
    """Delete a message of ours that somebody does not want to see."""
    event, store = heard.event, heard.store
    channel, ts = event["item"]["channel"], event["item"]["ts"]
    place = heard.place(channel, event["event_ts"])
    job = await store.jobs.begin(place, REMOVE, content=json.dumps({"about": ts}))
    if job is None:
        return
    heard.deliverer.do(job)
    await store.channels.note(place.team, channel, event["user"], "removed an answer")
    await store.removed(place.team, channel, ts)


async def remove(work: Work) -> None:
    """Delete a message of ours."""
    await delete(work.client, work.job.place.channel, work.content["about"])


async def answer_privately(work: Work) -> Shown:
    """Explain a message that we marked to the person who added the same mark."""
    channel, user = work.job.place.channel, work.content["user"]
    try:
        # The text was not kept. One call that a person asked for.
        message = await work.about()
    except SlackApiError as refusal:
        logger.warning("a message could not be read", error=error_of(refusal))
        await work.client.chat_postEphemeral(channel=channel, user=user, **unread())
        return Surface.MAGNIFIER
    answers = work.knowing.spotter.spot(text_of(message))
    notes = await notes_for(work.knowing.store, work.conversation, answers)
    answer = brief(answers, notes=notes) if answers else None
    if answer is None and message.get("files"):
        reading = await read_attached(work, message, asked=True)
        answer = told(reading) or nothing_found(reading)
    if answer is None:
        return Silence.NO_ERROR
    await work.client.chat_postEphemeral(
        channel=channel,
        user=user,
        # Slack shows these in a thread only where there is one already.
        thread_ts=message.get("thread_ts"),
        **settled(answer),
    )
    return Surface.MAGNIFIER


ACTS: dict[str, Act] = {WHISPER: answer_privately, REMOVE: remove}
