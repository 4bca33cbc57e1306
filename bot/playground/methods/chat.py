"""chat.*: post, update and delete messages."""

from __future__ import annotations

import re

from ..core import Core
from ..records import TEAM_DOMAIN, Channel, Json, Message
from ..tickets import SlackError
from ..workspace import BOT
from .base import Arguments, Method, channel_of, joined_channel_of, message_of

USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")


def post_message(core: Core, arguments: Arguments) -> Json:
    """chat.postMessage: the bot must be a member; a thread that is not there is ignored."""
    channel = joined_channel_of(core, arguments)
    core.check_content(arguments.values)
    parent = channel.find(arguments.text("thread_ts"))
    subtype = None
    if parent is not None and arguments.flag("reply_broadcast"):
        subtype = "thread_broadcast"
    message = core.post_as_bot(
        channel,
        arguments.values,
        thread_ts=(parent.thread_ts or parent.ts) if parent else None,
        subtype=subtype,
    )
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "message": channel.shown(message),
    }


def post_ephemeral(core: Core, arguments: Arguments) -> Json:
    """chat.postEphemeral: for one member of the channel; in no history."""
    arguments.need("user", "channel")
    user = arguments.text("user")
    if not USER_ID.fullmatch(user):
        raise SlackError("invalid_arguments")
    channel = joined_channel_of(core, arguments)
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    core.check_content(arguments.values)
    message = core.post_as_bot(
        channel,
        arguments.values,
        thread_ts=arguments.text("thread_ts") or None,
        ephemeral_for=user,
    )
    return {"ok": True, "message_ts": message.ts}


def update(core: Core, arguments: Arguments) -> Json:
    """chat.update: own messages only; parts left out stay as they were."""
    channel, message = _own(core, arguments, "cant_update_message")
    core.check_content(arguments.values)
    core.change(channel, message, arguments.values)
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": channel.shown(message),
    }


def delete(core: Core, arguments: Arguments) -> Json:
    """chat.delete: own messages only."""
    channel, message = _own(core, arguments, "cant_delete_message")
    core.delete(channel, message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def permalink(core: Core, arguments: Arguments) -> Json:
    """chat.getPermalink."""
    channel = channel_of(core, arguments)
    message = message_of(channel, arguments.text("message_ts"))
    place = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}"
    link = f"{place}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"ok": True, "channel": channel.id, "permalink": link}


def _own(core: Core, arguments: Arguments, refusal: str) -> tuple[Channel, Message]:
    arguments.need("channel", "ts")
    channel = channel_of(core, arguments)
    message = message_of(channel, arguments.text("ts"))
    if message.user != BOT.id:
        raise SlackError(refusal)
    return channel, message


_WRITE = ("chat:write",)
METHODS = {
    "chat.postMessage": Method(post_message, _WRITE),
    "chat.postEphemeral": Method(post_ephemeral, _WRITE),
    "chat.update": Method(update, _WRITE),
    "chat.delete": Method(delete, _WRITE),
    "chat.getPermalink": Method(permalink),
}
