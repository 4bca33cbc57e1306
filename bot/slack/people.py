"""Who somebody is, as Slack tells it: an admin or not, and of which workspace."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.mention import not_waiting
from bot.slack.remembered import Remembered

logger = logging.getLogger(__name__)

KEPT = 5 * 60  # seconds; who stops being an admin is none for us after so long at most


@dataclass(frozen=True)
class Person:
    """What we need to know of somebody; `teams` holds their workspaces and organisation."""

    is_admin: bool
    teams: frozenset[str]


PEOPLE: Remembered[Person] = Remembered(KEPT)


async def is_admin(client: AsyncWebClient, user_id: str) -> bool:
    """Whether somebody is an admin or owner of their workspace; False when Slack refuses to say.

    Of a person of another workspace it tells their role there: see `known` for whose they are.
    """
    person = await known(client, user_id)
    return person is not None and person.is_admin


async def known(client: AsyncWebClient, user_id: str) -> Person | None:
    """What Slack says about somebody, at most some minutes old; None when it refuses.

    https://docs.slack.dev/reference/methods/users.info
    """
    try:
        return await PEOPLE.get(seen_by(client, user_id), partial(_ask, client, user_id))
    except SlackApiError as refusal:
        logger.warning("users.info of %s: %s", user_id, refusal.response.get("error"))
        return None


def seen_by(client: AsyncWebClient, user_id: str) -> Hashable:
    """A key for what one workspace sees of somebody: each has its own token."""
    return client.base_url, client.token, user_id


async def _ask(client: AsyncWebClient, user_id: str) -> Person:
    user = (await not_waiting(client).users_info(user=user_id))["user"]
    organisation = user.get("enterprise_user") or {}
    teams = {user.get("team_id"), organisation.get("enterprise_id"), *organisation.get("teams", ())}
    return Person(
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        teams=frozenset(team for team in teams if team),
    )
