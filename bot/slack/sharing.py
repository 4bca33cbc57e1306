"""Whether other organisations see a conversation (Slack Connect)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
from bot.slack import lately
from bot.slack.manners import workspace
from bot.slack.refusals import OUT_OF_REACH

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)
_known = lately.Lately[bool]()


@dataclass(frozen=True)
class Conversation:
    """A channel or direct message of a workspace, and what an event told of its being shared.

    Events say so themselves (`is_ext_shared_channel`). The payloads of commands, buttons and
    shortcuts do not: there `told` is None.
    """

    client: AsyncWebClient
    team: str
    channel: str | None
    told: bool | None = None

    async def is_shared(self) -> bool:
        """Whether other organisations see it; where Slack does not say, it counts as shared.

        https://docs.slack.dev/reference/objects/conversation-object
        """
        if self.told is not None:
            return self.told
        return self.channel is None or await _looked_up(self.client, self.channel)


def conversation(context: AsyncBoltContext, body: dict[str, Any]) -> Conversation:
    """Where an event, a command, a click or a shortcut comes from."""
    return Conversation(context.client, workspace(context), context.channel_id, told_shared(body))


def told_shared(body: dict[str, Any]) -> bool | None:
    """What an event's body says of the channel's being shared; None when it says nothing."""
    told = body.get("is_ext_shared_channel")
    return None if told is None else bool(told)


async def _looked_up(client: AsyncWebClient, channel: str) -> bool:
    known = _known.get(client, channel)
    if known is not None:
        return known
    try:
        async with asyncio.timeout(lately.PATIENCE):
            found = (await client.conversations_info(channel=channel))["channel"]
    except SlackApiError as refusal:
        # Private channels and conversations of two that we are no member of, mostly.
        logger.info("channel not looked up", about=channel, error=error_of(refusal))
        return True
    except OUT_OF_REACH:
        return True
    is_shared = bool(found.get("is_ext_shared"))
    _known.learn(client, channel, is_shared)
    return is_shared
