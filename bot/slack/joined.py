"""The channels in which somebody and the bot both are."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import NamedTuple

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.mention import not_waiting
from bot.slack.people import seen_by
from bot.slack.remembered import Remembered

logger = logging.getLogger(__name__)

KEPT = 60  # seconds
MOST_AT_ONCE = 999  # what Slack gives in one call at most: nearly always everything
TYPES = "public_channel,private_channel"  # no direct messages: there is nothing to set there
THE_BOT = ""  # whose channels are listed when no user is named


class Channel(NamedTuple):
    """A channel as Slack lists it; the name comes first, as they are sorted by it."""

    name: str
    id: str
    is_shared: bool


JOINED: Remembered[tuple[Channel, ...]] = Remembered(KEPT)


async def common_channels(
    client: AsyncWebClient, team_id: str | None, user_id: str, *, fresh: bool = False
) -> tuple[Channel, ...] | None:
    """The channels of somebody where the bot is too, by name; None when Slack refuses to say.

    At most a minute old, unless a `fresh` list is wanted.
    """
    try:
        # Two lists, as Slack does not tell in the one of somebody else where we are members.
        theirs, ours = await asyncio.gather(
            *(
                JOINED.get(
                    seen_by(client, whose), partial(_listed, client, team_id, whose), fresh=fresh
                )
                for whose in (user_id, THE_BOT)
            )
        )
    except SlackApiError as refusal:
        logger.warning("users.conversations of %s: %s", user_id, refusal.response.get("error"))
        return None
    our_ids = {channel.id for channel in ours}
    return tuple(channel for channel in theirs if channel.id in our_ids)


async def _listed(client: AsyncWebClient, team_id: str | None, whose: str) -> tuple[Channel, ...]:
    """https://docs.slack.dev/reference/methods/users.conversations"""
    pages = await not_waiting(client).users_conversations(
        user=whose or None,
        team_id=team_id,
        types=TYPES,
        exclude_archived=True,
        limit=MOST_AT_ONCE,
    )
    found = [
        Channel(one["name"], one["id"], bool(one.get("is_ext_shared")))
        async for page in pages
        for one in page["channels"]
    ]
    return tuple(sorted(found))
