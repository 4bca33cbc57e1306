"""The channels in which somebody and the bot both are, by users.conversations."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import described, error_of
from bot.slack.lately import Lately
from bot.slack.posting import not_waiting
from bot.slack.refusals import OUT_OF_REACH

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

A_MINUTE = 60.0  # seconds
MOST_KEPT = 500  # people's lists; the longest have thousands of channels
MOST_AT_ONCE = 999  # what Slack gives in one call at most: nearly always everything
TYPES = "public_channel,private_channel"  # no direct messages: there is nothing to set there
THE_BOT = ""  # whose channels are listed when no user is named


class Channel(NamedTuple):
    """A channel as Slack lists it; the name comes first, as they are sorted by it."""

    name: str
    id: str
    is_shared: bool


Joined = tuple[Channel, ...]
_known = Lately[Joined](A_MINUTE, MOST_KEPT)


async def common_channels(
    client: AsyncWebClient, team_id: str | None, user_id: str, *, fresh: bool = False
) -> Joined | None:
    """The channels of somebody where the bot is too, by name; None when Slack refuses to say.

    At most a minute old, unless a `fresh` list is wanted.
    https://docs.slack.dev/reference/methods/users.conversations
    """
    try:
        # Two lists, as Slack does not tell in the one of somebody else where we are members.
        theirs, ours = await asyncio.gather(
            *(_joined(client, team_id, whose, fresh) for whose in (user_id, THE_BOT))
        )
    except SlackApiError as refusal:
        logger.warning("channels not looked up", user=user_id, error=error_of(refusal))
        return None
    except OUT_OF_REACH as trouble:
        logger.warning("channels not looked up", user=user_id, error=described(trouble))
        return None
    our_ids = {channel.id for channel in ours}
    return tuple(channel for channel in theirs if channel.id in our_ids)


async def _joined(client: AsyncWebClient, team_id: str | None, whose: str, fresh: bool) -> Joined:
    known = _known.get(client, whose)
    if known is not None and not fresh:
        return known
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
    _known.learn(client, whose, joined := tuple(sorted(found)))
    return joined
