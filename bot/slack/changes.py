"""A message was edited or deleted: the answer to it follows."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncBoltContext

from bot.render.wording import codes_of
from bot.slack.delivery import Deliverer
from bot.slack.manners import LATELY, place_of
from bot.slack.message_text import text_of
from bot.slack.sharing import told_shared
from bot.slack.spotting import causes_of, thread_of
from bot.slack.work import packed
from bot.smtp.explain import Answer
from bot.smtp.spot import Spotter
from bot.store import Store


def is_deleted(event: dict[str, Any]) -> bool:
    """Whether a message was deleted; one with replies leaves a tombstone above them."""
    changed = event.get("message") or {}
    return event.get("subtype") == "message_deleted" or changed.get("subtype") == "tombstone"


def is_edited(event: dict[str, Any]) -> bool:
    """Whether a message has other words now, or, as Slack tells it the same way, a preview."""
    return event.get("subtype") == "message_changed"


async def take_back(
    event: dict[str, Any], context: AsyncBoltContext, deliverer: Deliverer, store: Store
) -> None:
    """Remove the answer to a message that is gone; its causes may be explained again."""
    ts = event.get("deleted_ts") or event["message"]["ts"]
    place = place_of(context, event["channel"], ts)
    if await store.take_back(place):
        await store.unexplain(place)
        deliverer.do(await store.jobs.claim(place))


async def correct(
    event: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    deliverer: Deliverer,
    spotter: Spotter,
    store: Store,
) -> None:
    """Let an unasked answer say what the edited message shows, when that is something else."""
    message = event["message"]
    before = causes_of(spotter.spot(text_of(event.get("previous_message") or {})))
    after = causes_of(spotter.spot(text_of(message)))
    if _said(before) == _said(after):
        return
    place, thread_ts = place_of(context, event["channel"], message["ts"]), thread_of(message)
    async with store.deciding(place) as deciding:
        answered = await deciding.answered()
        if answered is None:
            return
        past = await deciding.past(thread_ts, LATELY)
        elsewhere = (past.in_thread | past.in_channel) - answered.causes
        causes = [cause for cause in after if cause not in elsewhere]
        await deciding.explains(thread_ts, causes)
        answers = [after[cause] for cause in causes]
        await deciding.change(packed(answers, told_shared(body)) if answers else "")
    deliverer.do(await store.jobs.claim(place))


def _said(answers: dict[str, Answer]) -> set[tuple[str, str]]:
    return {(cause, codes_of(answer)) for cause, answer in answers.items()}
