"""Payloads of commands, clicks, shortcuts and forms, with the keys of real ones."""

from __future__ import annotations

from .core import Core
from .events import VERIFICATION_TOKEN
from .forms import state_values
from .records import APP_ID, TEAM_DOMAIN, TEAM_ID, Channel, Json, Message, Person, View
from .workspace import BOT

TEAM = {"id": TEAM_ID, "domain": TEAM_DOMAIN}


def command(core: Core, user: Person, channel: Channel, name: str, text: str) -> Json:
    """Someone typed a slash command; there is no `thread_ts`, wherever they typed it."""
    ticket = core.tickets.response(user.id, channel.id)
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": _name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": ticket.url,
        "trigger_id": core.tickets.trigger(user.id),
    }


def click_in_message(
    core: Core, user: Person, channel: Channel, message: Message, action: Json, given: Json
) -> Json:
    """Someone clicked in a message. Of an ephemeral one Slack tells only where it was."""
    ticket = core.tickets.response(user.id, channel.id, message)
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.ephemeral_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _click(core, user, action) | {
        "container": container,
        "channel": {"id": channel.id, "name": _name(channel)},
        "state": {"values": state_values(message.blocks, given)},
        "response_url": ticket.url,
    }
    if not message.ephemeral_for:
        payload["message"] = channel.shown(message)
    return payload


def click_in_view(core: Core, user: Person, view: View, action: Json, given: Json) -> Json:
    """Someone clicked in a modal or in the Home tab."""
    values = state_values(view.blocks, given)
    shown = view.as_slack(BOT.bot_id, values)
    return _click(core, user, action) | {
        "container": {"type": "view", "view_id": view.id},
        "view": shown,
    }


def _click(core: Core, user: Person, action: Json) -> Json:
    return {
        "type": "block_actions",
        "user": _user(user),
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "trigger_id": core.tickets.trigger(user.id),
        "team": TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
        "actions": [action],
    }


def message_shortcut(
    core: Core, user: Person, channel: Channel, message: Message, callback_id: str
) -> Json:
    """Someone chose a shortcut from a message's menu."""
    ticket = core.tickets.response(user.id, channel.id)
    return {
        "type": "message_action",
        "token": VERIFICATION_TOKEN,
        "action_ts": core.workspace.new_ts(),
        "team": TEAM,
        "user": {"id": user.id, "name": user.name, "team_id": user.team},
        "channel": {"id": channel.id, "name": _name(channel)},
        "is_enterprise_install": False,
        "enterprise": None,
        "callback_id": callback_id,
        "trigger_id": core.tickets.trigger(user.id),
        "response_url": ticket.url,
        "message_ts": message.ts,
        "message": channel.shown(message),
    }


def submission(core: Core, user: Person, view: View, given: Json) -> Json:
    """Someone pressed a modal's submit button."""
    values = state_values(view.blocks, given)
    return _form("view_submission", user, view, values) | {
        "trigger_id": core.tickets.trigger(user.id)
    }


def closing(user: Person, view: View, given: Json, *, is_cleared: bool) -> Json:
    """Someone closed a modal that wanted to know."""
    values = state_values(view.blocks, given)
    return _form("view_closed", user, view, values) | {"is_cleared": is_cleared}


def _form(kind: str, user: Person, view: View, values: Json) -> Json:
    return {
        "type": kind,
        "team": TEAM,
        "user": _user(user),
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "view": view.as_slack(BOT.bot_id, values),
        "is_enterprise_install": False,
        "enterprise": None,
    }


def _user(user: Person) -> Json:
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team}


def _name(channel: Channel) -> str:
    return {"im": "directmessage", "group": "privategroup"}.get(channel.kind, channel.name)
