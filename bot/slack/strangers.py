"""Which workspace something comes from, and whether the token is for it where there is but one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.observed import Next
from bot.slack.manners import organisation, workspace


async def refuse_strangers(
    context: AsyncBoltContext, body: dict[str, Any], next_: Next
) -> BoltResponse | None:
    """A middleware: take events of the token's own workspace or organisation, and no others."""
    complete_team(context, body)
    if body.get("type") == "event_callback" and is_stranger(context):
        context["arrival"].refused("team", workspace(context))
        return BoltResponse(status=HTTPStatus.OK)  # else it would come again
    await next_()
    return None


def complete_team(context: AsyncBoltContext, body: dict[str, Any]) -> None:
    """Note in which workspace of an organisation something happened.

    Bolt looks only at whom an event is sent for, which is the whole organisation.
    """
    if context.team_id is None and body.get("team_id"):
        context["team_id"] = body["team_id"]


def is_stranger(context: AsyncBoltContext) -> bool:
    """Whether an event is for a workspace, or an organisation, that the token is not for.

    Slack says for whom it sends an event; where that is shared with others, for us.
    """
    ours = context.authorize_result
    if ours is None:
        return False
    return workspace(context) != (ours.enterprise_id if organisation(context) else ours.team_id)
