"""Whether other organisations see a conversation (Slack Connect)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.errors import SlackApiError

from bot.slack import lately

logger = logging.getLogger(__name__)
_known = lately.Lately[bool]()


async def is_shared(context: AsyncBoltContext, body: dict[str, Any]) -> bool:
    """Whether other organisations see the conversation that `body` comes from.

    Events say so themselves. The payloads of commands, buttons and shortcuts do not, so for those
    the conversation is looked at; where Slack does not let us, it counts as shared.

    https://docs.slack.dev/reference/objects/conversation-object
    """
    told = body.get("is_ext_shared_channel")
    if told is not None:
        return bool(told)
    return context.channel_id is None or await _looked_up(context, context.channel_id)


async def _looked_up(context: AsyncBoltContext, channel: str) -> bool:
    known = _known.get(context.client, channel)
    if known is not None:
        return known
    try:
        async with asyncio.timeout(lately.PATIENCE):
            found = (await context.client.conversations_info(channel=channel))["channel"]
    except SlackApiError as refusal:
        # Private channels and conversations of two that we are no member of, mostly.
        logger.info("channel %s not looked up: %s", channel, refusal.response.get("error"))
        return True
    except OSError:  # a TimeoutError is one, too
        return True
    _known.learn(context.client, channel, bool(found.get("is_ext_shared")))
    return bool(found.get("is_ext_shared"))
