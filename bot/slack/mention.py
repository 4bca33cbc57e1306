"""Asked by a mention or in a direct message: the full answer, in the thread where it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError

from bot.logs import error_of
from bot.render.asked import full, nothing_above, thread_unread, welcome
from bot.render.blocks import Message
from bot.render.card import Notes, help_message
from bot.slack.agent import entitle
from bot.slack.hearing import Heard, hear
from bot.slack.manners import Silence
from bot.slack.message_text import text_of
from bot.slack.notes import notes_for
from bot.slack.questions import answers_to, errors_in, mentions, without_mention
from bot.slack.reading import Reading, nothing_found, read_attached, told
from bot.slack.spotting import thread_of
from bot.slack.unknown import count_unknown
from bot.slack.work import Composed, Work
from bot.smtp.answer import Answer
from bot.smtp.question import Question
from bot.store.jobs import ASKED

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

PEOPLE_SAY = (None, "file_share", "thread_broadcast")  # subtypes of what people write
HEAD_START = 0.5  # seconds; Slack sends the two events of a mention at the same moment
THREAD_LENGTH = 200  # messages; Slack advises to ask for no more at a time


def register(app: AsyncApp) -> None:
    hear(app, "app_mention", answer_mention)


def is_asked(event: dict[str, Any], context: AsyncBoltContext) -> bool:
    """Whether a message event is a person talking to the bot: directly, or by a mention."""
    is_for_us = event.get("channel_type") == "im" or mentions(
        event.get("text") or "", context.bot_user_id
    )
    return is_for_us and is_from_person(event)


def is_from_person(event: dict[str, Any]) -> bool:
    """Bots that mention us get no answer here, so that no two bots can keep each other talking.

    An error in a bot's message to a channel is spotted as every alert's is.
    """
    has_words = event.get("subtype") in PEOPLE_SAY and not event.get("hidden")
    return has_words and bool(event.get("user")) and not event.get("bot_id")


async def answer_mention(heard: Heard) -> None:
    """Answer a mention that came without its message event, as when an edit added it.

    Mostly both come. The message answers, as it alone carries files and forwarded messages.
    """
    if is_from_person(heard.event):
        await asyncio.sleep(HEAD_START)
        await answer_question(heard)


async def answer_question(heard: Heard) -> None:
    """Answer once, whichever of a mention's events came, and however often."""
    event = heard.event
    place = heard.place(event["channel"], event["ts"])
    content = {
        "about": event["ts"],
        "bot": heard.context.bot_user_id or "",
        "shared": heard.told_shared,
    }
    job = await heard.store.jobs.begin(place, ASKED, thread_of(event), json.dumps(content))
    if job is None:
        heard.arrival.silent(Silence.TAKEN)
    heard.deliverer.do(job, event)


async def compose_answer(work: Work) -> Composed:
    """The answer to a question, which may be about what stands above it in its thread."""
    asked = await work.about()
    question = Question(without_mention(text_of(asked), work.content["bot"]))
    if asked.get("files"):
        message, answers = await answered_with_files(work, asked, question)
    elif question.points_above and asked.get("thread_ts"):
        message, answers = await explained_above(work, asked)
    else:
        message, answers = await answered(work, question)
    return Composed(message, partial(_afterwards, work, asked, answers))


async def _afterwards(work: Work, asked: dict[str, Any], answers: Sequence[Answer]) -> None:
    """Name the conversation, and count what was not explained."""
    knowing, place = work.knowing, work.job.place
    await count_unknown(place.team, answers, knowing.explainer, knowing.store)
    await entitle(place.channel, asked, answers, work.client)


Answered = tuple[Message, tuple[Answer, ...]]  # what is said, and the answers it tells


async def answered(work: Work, question: Question) -> Answered:
    """What to say to a question that holds all it asks about, and the answers it tells."""
    if question.is_thanks:
        return welcome(), ()
    if question.is_greeting or question.points_above:
        return help_message(), ()
    answers = answers_to(question, work.knowing.explainer, work.knowing.spotter)
    return await with_notes(work, answers), answers


async def with_notes(work: Work, answers: tuple[Answer, ...]) -> Message:
    """The card of the first answer, with the team's note on it."""
    return full(answers, await notes_on(work, answers[:1]))


async def notes_on(work: Work, answers: tuple[Answer, ...]) -> Notes | None:
    """The team's notes on these answers, as everybody in the channel may read them."""
    store, explainer = work.knowing.store, work.knowing.explainer
    return await notes_for(store, work.conversation, answers, for_all=True, explainer=explainer)


async def answered_with_files(work: Work, asked: dict[str, Any], question: Question) -> Answered:
    """The errors in the files; where there are none, those in the words beside them."""
    knowing = work.knowing
    reading = await read_attached(work, asked, asked=True)
    if found := await told_by_files(work, reading):
        return found
    for words in (question.text, question.core):
        if answers := errors_in(words, knowing.explainer, knowing.spotter):
            return await with_notes(work, answers), answers
    return nothing_found(reading), ()


async def told_by_files(work: Work, reading: Reading) -> Answered | None:
    """One error's card, or the digest of many; None when there are none."""
    notes = await notes_on(work, (reading.answer,)) if reading.answer else None
    message = told(reading, notes=notes)
    return (message, tuple(cause.answer for cause in reading.digest.causes)) if message else None


async def explained_above(work: Work, asked: dict[str, Any]) -> Answered:
    """Explain the latest error above in the thread: one call, asked for by a person."""
    knowing = work.knowing
    try:
        thread = await work.client.conversations_replies(
            channel=work.job.place.channel,
            ts=asked["thread_ts"],
            latest=asked["ts"],
            limit=THREAD_LENGTH,
        )
    except SlackApiError as refusal:
        logger.warning("a thread could not be read", error=error_of(refusal))
        return thread_unread(), ()
    for message in reversed(thread["messages"]):
        is_ours = message.get("user") == work.content["bot"]
        if is_ours or message["ts"] == asked["ts"]:
            continue
        reading = await read_attached(work, message, asked=True)
        if found := await told_by_files(work, reading):
            return found
        if answers := errors_in(text_of(message), knowing.explainer, knowing.spotter):
            return await with_notes(work, answers), answers
    return nothing_above(), ()


COMPOSES = {ASKED: compose_answer}
