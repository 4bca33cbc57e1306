"""reactions.*: emoji below messages."""

from __future__ import annotations

import re

from ..core import Core
from ..records import Channel, Json, Message
from ..tickets import SlackError
from ..workspace import BOT
from .base import Arguments, Method, channel_of, joined_channel_of, message_of

NAME = re.compile(r"[a-z0-9_+'-]+(?:::skin-tone-[2-6])?")


def add(core: Core, arguments: Arguments) -> Json:
    """reactions.add."""
    arguments.need("name", "timestamp", "channel")
    channel, message, name = _reaction(core, arguments)
    users = message.reactions.get(name, [])
    if BOT.id in users:
        raise SlackError("already_reacted")
    message.reactions[name] = [*users, BOT.id]
    core.workspace.changed()
    core.events.reacted("reaction_added", BOT.id, channel, message, name)
    return {"ok": True}


def remove(core: Core, arguments: Arguments) -> Json:
    """reactions.remove."""
    arguments.need("name", "timestamp", "channel")
    channel, message, name = _reaction(core, arguments)
    users = message.reactions.get(name, [])
    if BOT.id not in users:
        raise SlackError("no_reaction")
    message.reactions[name] = [user for user in users if user != BOT.id]
    if not message.reactions[name]:
        del message.reactions[name]
    core.workspace.changed()
    core.events.reacted("reaction_removed", BOT.id, channel, message, name)
    return {"ok": True}


def get(core: Core, arguments: Arguments) -> Json:
    """reactions.get."""
    channel = channel_of(core, arguments)
    message = message_of(channel, arguments.text("timestamp"))
    shown = channel.shown(message)
    return {"ok": True, "type": "message", "channel": channel.id, "message": shown}


def _reaction(core: Core, arguments: Arguments) -> tuple[Channel, Message, str]:
    name = arguments.text("name")
    if not NAME.fullmatch(name):
        raise SlackError("invalid_name")
    channel = joined_channel_of(core, arguments)
    return channel, message_of(channel, arguments.text("timestamp")), name


METHODS = {
    "reactions.add": Method(add, ("reactions:write",)),
    "reactions.remove": Method(remove, ("reactions:write",)),
    "reactions.get": Method(get, ("reactions:read",)),
}
