"""Who somebody is in their workspace, by users.info (scope users:read)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
from bot.slack import lately
from bot.slack.refusals import OUT_OF_REACH

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Person:
    """What we ask about somebody; it is kept in memory for a few minutes, and stored nowhere.

    `teams` are their workspaces and their organisation; none when Slack does not say.
    """

    name: str
    is_admin: bool
    teams: frozenset[str] = frozenset()


SOMEBODY = Person("a colleague", is_admin=False)  # when Slack does not say who
_known = lately.Lately[Person]()


async def is_admin(client: AsyncWebClient, user_id: str) -> bool:
    """Whether somebody is an admin or owner of their workspace; False when Slack does not say.

    https://docs.slack.dev/reference/methods/users.info
    """
    return (await person(client, user_id)).is_admin


async def person(client: AsyncWebClient, user_id: str) -> Person:
    """Somebody's name, standing and workspaces; SOMEBODY when Slack does not say soon enough."""
    if known := _known.get(client, user_id):
        return known
    try:
        async with asyncio.timeout(lately.PATIENCE):
            user = (await client.users_info(user=user_id))["user"]
    except SlackApiError as refusal:
        logger.info("user not looked up", user=user_id, error=error_of(refusal))
        return SOMEBODY
    except OUT_OF_REACH:
        logger.info("user not looked up", user=user_id, error="no answer in time")
        return SOMEBODY
    organisation = user.get("enterprise_user") or {}
    teams = {user.get("team_id"), organisation.get("enterprise_id"), *organisation.get("teams", ())}
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("name")
    found = Person(
        name or SOMEBODY.name,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        teams=frozenset(team for team in teams if team),
    )
    _known.learn(client, user_id, found)
    return found
