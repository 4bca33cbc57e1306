"""SMTP errors spotted in channel messages: one brief reply in the thread, a mark, or silence."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from slack_sdk.errors import SlackApiError

from bot.logs import error_of
from bot.render.card import brief
from bot.slack.hearing import Heard
from bot.slack.manners import LATELY, Reply, Silence, wants_reply
from bot.slack.message_text import text_of
from bot.slack.notes import notes_for
from bot.slack.work import POSTED, Compose, Composed, Shown, Work, packed, unpacked
from bot.smtp.answer import Answer
from bot.smtp.receivers import numbered, receiving_domains
from bot.store import Deciding, Job
from bot.store.jobs import BRIEF, COUNTED, MARK

# What people and alert tools post; joins, pins and the like are not for us.
SPOKEN = (None, "file_share", "thread_broadcast", "bot_message")
MAGNIFIER = "mag"  # the reaction that marks an error
MINUTE = datetime.timedelta(minutes=1)
# Of an outage's messages more are only counted. Slack takes some fifty reactions a minute.
MARKS_A_MINUTE = 20


async def spot_errors(heard: Heard) -> None:
    """Answer or mark a message with errors, once, as the manners of its channel want it."""
    event = heard.event
    answers = causes_of(heard.spotter.spot(text_of(event))) if is_spoken(event) else {}
    decided = await _decided(heard, answers) if answers else Silence.NO_ERROR
    if isinstance(decided, Silence):
        heard.arrival.silent(decided)
    else:
        heard.deliverer.do(decided)


async def _decided(heard: Heard, answers: dict[str, Answer]) -> Job | Silence:
    """What to do about a message with these causes, written down; or why nothing is said."""
    message = heard.event
    place, thread_ts = heard.place(message["channel"], message["ts"]), thread_of(message)
    async with heard.store.deciding(place) as deciding:
        reply = await wanted_reply(tuple(answers), deciding, thread_ts, circumstances_of(heard))
        if reply.silence:
            return reply.silence
        if reply.mark:
            is_calm = await deciding.recently(MARK, MINUTE) < MARKS_A_MINUTE
            job = await deciding.begin(MARK if is_calm else COUNTED, thread_ts)
        else:
            content = packed([answers[cause] for cause in reply.causes], heard.told_shared)
            job = await deciding.begin(BRIEF, thread_ts, content, reply.causes, pace=POSTED)
        if job is not None:
            await deciding.count(
                {
                    cause: numbered(receiving_domains(answer.text), place.channel)
                    for cause, answer in answers.items()
                },
                LATELY,
            )
    return job or Silence.TAKEN


class Circumstances(NamedTuple):
    """What the manners ask about a message, besides its causes and its channel."""

    is_shared: bool
    is_by_bot: bool
    is_in_thread: bool


def circumstances_of(heard: Heard) -> Circumstances:
    """The circumstances of a message, as its event tells them."""
    return Circumstances(
        is_shared=bool(heard.told_shared),
        is_by_bot=bool(heard.event.get("bot_id")),
        is_in_thread=bool(heard.event.get("thread_ts")),
    )


async def wanted_reply(
    causes: tuple[str, ...], deciding: Deciding, thread_ts: str, circumstances: Circumstances
) -> Reply:
    """What the manners of the channel want done about a message with these causes."""
    return wants_reply(
        causes,
        mode=await deciding.mode(),
        past=await deciding.past(thread_ts, LATELY),
        **circumstances._asdict(),
    )


async def compose_brief(work: Work) -> Composed | Shown:
    """The brief answer to a message, with how often its causes were seen since.

    Silence when none of its entries is known any more, as after an upgrade.
    """
    store, answers = work.knowing.store, unpacked(work)
    if not answers:
        return Silence.NO_ERROR
    seen = await store.seen(work.job.place)
    notes = await notes_for(store, work.conversation, answers)
    return Composed(brief(answers, mutable=True, seen=seen, notes=notes))


async def mark(work: Work) -> None:
    """Put the magnifier on a message; whoever adds the same gets the answer."""
    place = work.job.place
    try:
        await work.client.reactions_add(channel=place.channel, timestamp=place.ts, name=MAGNIFIER)
    except SlackApiError as refusal:
        if error_of(refusal) not in ("already_reacted", "message_not_found"):
            raise


async def only_count(work: Work) -> None:
    """Nothing to show: the message was counted when it was written down."""


def thread_of(message: dict[str, Any]) -> str:
    """The thread a message is in, or begins."""
    return str(message.get("thread_ts") or message["ts"])


def causes_of(answers: tuple[Answer, ...]) -> dict[str, Answer]:
    """Spotted answers by the ids of their entries."""
    return {answer.entry.id: answer for answer in answers if answer.entry}


def is_spoken(event: dict[str, Any]) -> bool:
    """Whether a message event is something a person or an alert tool said."""
    return event.get("subtype") in SPOKEN and not event.get("hidden")


COMPOSES: dict[str, Compose] = {BRIEF: compose_brief}
ACTS = {MARK: mark, COUNTED: only_count}
