"""users.*, bots.* and team.*: who is there."""

from __future__ import annotations

from ..core import Core
from ..records import TEAM_DOMAIN, TEAM_ID, Json
from ..tickets import SlackError
from .base import Arguments, Method, page


def user_info(core: Core, arguments: Arguments) -> Json:
    """users.info."""
    arguments.need("user")
    person = core.workspace.people.get(arguments.text("user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"ok": True, "user": person.as_slack()}


def list_users(core: Core, arguments: Arguments) -> Json:
    """users.list."""
    found = [person.as_slack() for person in core.workspace.people.values()]
    members, metadata = page(found, arguments)
    return {"ok": True, "members": members, "response_metadata": metadata}


def bot_info(core: Core, arguments: Arguments) -> Json:
    """bots.info."""
    wanted = arguments.text("bot")
    for person in core.workspace.people.values():
        if person.bot_id and person.bot_id == wanted:
            profile = person.bot_profile()
            kept = ("id", "deleted", "name", "updated", "app_id", "icons")
            return {"ok": True, "bot": {k: profile[k] for k in kept} | {"user_id": person.id}}
    raise SlackError("bot_not_found")


def team_info(core: Core, arguments: Arguments) -> Json:
    """team.info."""
    team = {"id": TEAM_ID, "name": "Pretend Slack", "domain": TEAM_DOMAIN, "email_domain": ""}
    return {"ok": True, "team": team | {"url": f"https://{TEAM_DOMAIN}.slack.com/"}}


METHODS = {
    "users.info": Method(user_info, ("users:read",)),
    "users.list": Method(list_users, ("users:read",)),
    "bots.info": Method(bot_info, ("users:read",)),
    "team.info": Method(team_info, ("team:read",)),
}
