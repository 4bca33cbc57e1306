"""When the bot speaks unasked, when it only leaves a mark, and when it keeps silent."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from slack_bolt.async_app import AsyncBoltContext

from bot.store import Mode, Past

# What GitHub's Slack app does about its previews: one for each link and channel in half an hour.
LATELY = datetime.timedelta(minutes=30)
DIRECT = "D"  # the first letter of the id of a conversation of two
MOST_IN_THREAD = 3  # unasked answers


class Silence(StrEnum):
    """Why nothing is said about a message."""

    NO_ERROR = "no_error"
    OFF = "off"
    ALERTS_ONLY = "alerts_only"
    SHARED = "shared_channel"
    BETWEEN_BOTS = "between_bots"
    SAID = "said_before"
    ENOUGH = "enough_in_thread"
    TAKEN = "taken"  # redelivered, or told by two events


class Reply(NamedTuple):
    """What to do about a message: explain these causes, or only mark it, or keep silent."""

    causes: tuple[str, ...] = ()
    mark: bool = False
    silence: Silence | None = None


MARK = Reply(mark=True)


def wants_reply(
    causes: Collection[str],
    *,
    mode: Mode | None,
    is_shared: bool,
    is_by_bot: bool,
    is_in_thread: bool,
    past: Past,
) -> Reply:
    """Speak where it is wanted, and say each thing once; `mode` is None where nobody set any."""
    if mode is Mode.OFF:
        return Reply(silence=Silence.OFF)
    if mode is Mode.ALERTS and not is_by_bot:
        return Reply(silence=Silence.ALERTS_ONLY)
    # Other organisations did not invite us: there somebody must say so first.
    if mode is None and is_shared:
        return Reply(silence=Silence.SHARED)
    # Another bot inside a thread is answering somebody: two bots must not talk to each other.
    if is_by_bot and is_in_thread:
        return Reply(silence=Silence.BETWEEN_BOTS)
    new = [cause for cause in causes if cause not in past.in_thread]
    if not new:
        return Reply(silence=Silence.SAID)
    if past.answers_in_thread >= MOST_IN_THREAD:
        return Reply(silence=Silence.ENOUGH)
    fresh = tuple(cause for cause in new if cause not in past.in_channel)
    return MARK if mode is Mode.QUIET or not fresh else Reply(fresh)


def organisation(context: AsyncBoltContext) -> str | None:
    """The organisation, where it installed the bot as a whole; None where one workspace did.

    https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
    """
    return context.enterprise_id if context.is_enterprise_install or not context.team_id else None


def workspace(context: AsyncBoltContext) -> str:
    """What the store calls who installed the bot; workspaces of one organisation are strangers."""
    return organisation(context) or context.team_id or ""
