"""auth.*, apps.* and oauth.*: how an app gets in and connects."""

from __future__ import annotations

from ..core import CLIENT_ID, CLIENT_SECRET, Core
from ..records import APP_ID, TEAM_DOMAIN, TEAM_ID, Json
from ..tickets import SlackError
from ..workspace import BOT, YOU
from .base import Arguments, Method

TEAM_NAME = "Pretend Slack"


def api_test(core: Core, arguments: Arguments) -> Json:
    """api.test: answers with what it was asked."""
    error = arguments.text("error")
    if error:
        raise SlackError(error, args=arguments.values)
    return {"ok": True, "args": arguments.values}


def auth_test(core: Core, arguments: Arguments) -> Json:
    """auth.test: who the bot is."""
    return {
        "ok": True,
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": TEAM_NAME,
        "user": BOT.name,
        "team_id": TEAM_ID,
        "user_id": BOT.id,
        "bot_id": BOT.bot_id,
        "is_enterprise_install": False,
        **({"enterprise_id": None} if core.tenant.enterprise_id else {}),
    }


def open_connection(core: Core, arguments: Arguments) -> Json:
    """apps.connections.open: an address for one websocket."""
    return {"ok": True, "url": core.new_socket_url()}


def oauth_access(core: Core, arguments: Arguments) -> Json:
    """oauth.v2.access: a code, or a refresh token, for a token, once."""
    if (arguments.text("client_id"), arguments.text("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise SlackError(
            "bad_client_secret" if arguments.text("client_id") else "invalid_client_id"
        )
    if arguments.text("grant_type") == "refresh_token":
        granted = core.grants.by_refresh_token(arguments.text("refresh_token"))
    else:
        granted = core.grants.by_code(arguments.text("code"))
    core.tokens[granted["access_token"]] = "bot"
    return {
        "ok": True,
        "app_id": APP_ID,
        "authed_user": {"id": YOU.id},
        "scope": ",".join(sorted(core.scopes or ("chat:write", "commands"))),
        "token_type": "bot",
        **granted,
        "bot_user_id": BOT.id,
        "team": core.tenant.team,
        "enterprise": None,
        "is_enterprise_install": False,
    }


METHODS = {
    "api.test": Method(api_test, token=""),
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(open_connection, ("connections:write",), token="app"),
    "oauth.v2.access": Method(oauth_access, token=""),
}
