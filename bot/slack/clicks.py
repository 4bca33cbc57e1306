"""A button that posts something does so once, however often, and to whichever instance, people
click."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.async_app import AsyncBoltContext

from bot.slack.manners import workspace
from bot.slack.work import Act, Work
from bot.store import Place, Store
from bot.store.jobs import CLICK

# Reading and posting the largest files; then whoever clicks again may take it over.
CLAIMED_FOR = datetime.timedelta(minutes=6)
LONGEST_KEY = 32  # characters; the beginning of an action's id tells it from the others


class Click:
    """A click that is ours to carry out; `is_done` says that a repetition would do it twice."""

    def __init__(self) -> None:
        self.is_done = False


@asynccontextmanager
async def only_once(
    store: Store, context: AsyncBoltContext, body: dict[str, Any], action: dict[str, Any]
) -> AsyncIterator[Click | None]:
    """Claim a button on a message; None when another click on it did what it is for, or is at it.

    What is not `is_done` in the end may be tried again.
    """
    container = body["container"]
    key = f"{container['message_ts']}:{action['action_id']}"[:LONGEST_KEY]
    place = Place(
        workspace(context),
        container["channel_id"],
        key,
        context.team_id,
        context.enterprise_id,
    )
    begun = await store.jobs.begin(place, CLICK)
    job = begun and await store.jobs.renew(begun, CLAIMED_FOR)
    if job is None:
        yield None
        return
    click = Click()
    try:
        yield click
    finally:
        if click.is_done:
            await store.jobs.settle(job, None)
        else:
            await store.jobs.drop(job)


async def forget(work: Work) -> None:
    """Let a button be clicked again: the instance that was at it has died."""
    await work.knowing.store.jobs.drop(work.job)


ACTS: dict[str, Act] = {CLICK: forget}
