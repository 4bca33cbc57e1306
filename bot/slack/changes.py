"""A message was edited or deleted: the answer to it follows."""

from __future__ import annotations

from typing import Any

from bot.slack.hearing import Heard
from bot.slack.manners import LATELY
from bot.slack.message_text import text_of
from bot.slack.spotting import causes_of, thread_of
from bot.slack.work import packed
from bot.smtp.answer import Answer


def is_deleted(event: dict[str, Any]) -> bool:
    """Whether a message was deleted; one with replies leaves a tombstone above them."""
    changed = event.get("message") or {}
    return event.get("subtype") == "message_deleted" or changed.get("subtype") == "tombstone"


def is_edited(event: dict[str, Any]) -> bool:
    """Whether a message has other words now, or, as Slack tells it the same way, a preview."""
    return event.get("subtype") == "message_changed"


async def take_back(heard: Heard) -> None:
    """Remove the answer to a message that is gone; its causes may be explained again."""
    event, store = heard.event, heard.store
    place = heard.place(event["channel"], event.get("deleted_ts") or event["message"]["ts"])
    if await store.take_back(place):
        await store.unexplain(place)
        heard.deliverer.do(await store.jobs.claim(place))


async def correct(heard: Heard) -> None:
    """Let an unasked answer say what the edited message shows, when that is something else."""
    event, store, message = heard.event, heard.store, heard.event["message"]
    before = causes_of(heard.spotter.spot(text_of(event.get("previous_message") or {})))
    after = causes_of(heard.spotter.spot(text_of(message)))
    if not before or _said(before) == _said(after):
        return  # an answer to a message without errors is about its files
    place, thread_ts = heard.place(event["channel"], message["ts"]), thread_of(message)
    async with store.deciding(place) as deciding:
        answered = await deciding.answered()
        if answered is None:
            return
        past = await deciding.past(thread_ts, LATELY)
        elsewhere = (past.in_thread | past.in_channel) - answered.causes
        causes = [cause for cause in after if cause not in elsewhere]
        await deciding.explains(thread_ts, causes)
        answers = [after[cause] for cause in causes]
        await deciding.change(packed(answers, heard.told_shared) if answers else "")
    heard.deliverer.do(await store.jobs.claim(place))


def _said(answers: dict[str, Answer]) -> set[tuple[str, str]]:
    return {(cause, answer.codes) for cause, answer in answers.items()}
