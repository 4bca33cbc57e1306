"""Know our answers again by their metadata, where it is not known whether Slack has them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.logs import error_of
from bot.slack.work import Work
from bot.store import Job

ANSWER = "smtp_answer"  # the event type of our messages' metadata
REPLIES = 200  # messages of a thread read at a time
PAGES = 5


def metadata_of(job: Job) -> dict[str, Any]:
    """By this we know our answer again: which message it is for."""
    return {"event_type": ANSWER, "event_payload": {"answers": job.place.ts}}


async def found(work: Work) -> str | None:
    """Where our answer to a message stands, as Slack has it; None when it has none."""
    client, thread_ts = work.client, work.job.thread_ts
    if thread_ts:
        try:
            return await _found_by(partial(client.conversations_replies, ts=thread_ts), work.job)
        except SlackApiError as refusal:
            # The thread's first message was deleted; what is posted then goes to the channel.
            if error_of(refusal) != "thread_not_found":
                raise
    return await _found_by(client.conversations_history, work.job)


async def _found_by(read: Callable[..., Awaitable[Any]], job: Job) -> str | None:
    cursor = ""
    for _ in range(PAGES):
        page = await read(
            channel=job.place.channel,
            oldest=job.place.ts,
            include_all_metadata=True,
            limit=REPLIES,
            cursor=cursor,
        )
        for message in page["messages"]:
            metadata = message.get("metadata") or {}
            about = (metadata.get("event_payload") or {}).get("answers")
            if metadata.get("event_type") == ANSWER and about == job.place.ts:
                return str(message["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return None
    return None
