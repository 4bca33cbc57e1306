"""With one token, for one workspace: an event that Slack sends for another one is not ours."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.slack.manners import organisation, workspace

logger = logging.getLogger("bot")


async def refuse_strangers(
    context: AsyncBoltContext, body: dict[str, Any], next_: Callable[[], Awaitable[None]]
) -> BoltResponse | None:
    """A middleware: take events of the token's own workspace or organisation, and no others."""
    if body.get("type") == "event_callback" and is_stranger(context):
        logger.info("refused: the token is not for team %s", workspace(context))
        return BoltResponse(status=HTTPStatus.OK)  # else it would come again
    await next_()
    return None


def is_stranger(context: AsyncBoltContext) -> bool:
    """Whether an event is for a workspace, or an organisation, that the token is not for.

    Slack says for whom it sends an event; where that is shared with others, for us.
    """
    ours = context.authorize_result
    if ours is None:
        return False
    return workspace(context) != (ours.enterprise_id if organisation(context) else ours.team_id)
