"""conversations.*: look at channels, their members and what was said in them."""

from __future__ import annotations

from ..core import Core
from ..records import Channel, Json, Message
from ..tickets import SlackError
from ..workspace import BOT
from .base import Arguments, Method, channel_of, joined_channel_of, page

TYPES = {"channel": "public_channel", "group": "private_channel", "im": "im", "mpim": "mpim"}


READING = {"channel": "channels:read", "group": "groups:read", "im": "im:read", "mpim": "mpim:read"}


def info(core: Core, arguments: Arguments) -> Json:
    """conversations.info: each kind of conversation has a scope of its own."""
    channel = channel_of(core, arguments)
    needed = READING[channel.kind]
    if core.scopes is not None and needed not in core.scopes:
        raise SlackError("missing_scope", needed=needed, provided=",".join(sorted(core.scopes)))
    return {"ok": True, "channel": channel.as_slack(BOT.id)}


def list_channels(core: Core, arguments: Arguments) -> Json:
    """conversations.list: public ones, and others the bot is a member of."""
    return _listed(core, arguments, lambda _: True)


def of_user(core: Core, arguments: Arguments) -> Json:
    """users.conversations: where someone (the bot itself by default) is a member.

    As in Slack it does not tell where the bot is one too.
    """
    user = arguments.text("user") or BOT.id
    answer = _listed(core, arguments, lambda channel: user in channel.members)
    for channel in answer["channels"]:
        for untold in ("is_member", "num_members"):
            channel.pop(untold, None)
    return answer


def _listed(core: Core, arguments: Arguments, wanted: object) -> Json:
    assert callable(wanted)
    kinds = arguments.text("types", "public_channel").split(",")
    found = [
        channel.as_slack(BOT.id)
        for channel in core.workspace.channels.values()
        if TYPES[channel.kind] in kinds
        and (channel.kind == "channel" or BOT.id in channel.members)
        and wanted(channel)
    ]
    channels, metadata = page(found, arguments)
    return {"ok": True, "channels": channels, "response_metadata": metadata}


def members(core: Core, arguments: Arguments) -> Json:
    """conversations.members."""
    channel = channel_of(core, arguments)
    ids, metadata = page(channel.members, arguments)
    return {"ok": True, "members": ids, "response_metadata": metadata}


def history(core: Core, arguments: Arguments) -> Json:
    """conversations.history: newest first, replies only where they were broadcast."""
    channel = joined_channel_of(core, arguments)
    found = [m for m in reversed(channel.history) if m.is_in_channel and _between(arguments, m)]
    return _messages(channel, found, arguments)


def replies(core: Core, arguments: Arguments) -> Json:
    """conversations.replies: a thread, oldest first, with its tombstone if the first message is
    gone; a reply's ts finds only itself."""
    channel = joined_channel_of(core, arguments)
    message = channel.find(arguments.text("ts"))
    if message is None:
        raise SlackError("thread_not_found")
    thread = [message] if message.is_reply else channel.thread(message.ts)
    # The parent is there whatever the limits say.
    found = [m for m in thread if m is message or _between(arguments, m)]
    return _messages(channel, found, arguments)


def _between(arguments: Arguments, message: Message) -> bool:
    oldest, latest = arguments.text("oldest", "0"), arguments.text("latest") or "9999999999"
    ts = float(message.ts)
    if arguments.flag("inclusive"):
        return float(oldest) <= ts <= float(latest)
    return float(oldest) < ts < float(latest)


def _messages(channel: Channel, found: list[Message], arguments: Arguments) -> Json:
    messages, metadata = page(found, arguments)
    return {
        "ok": True,
        "messages": [channel.shown(message) for message in messages],
        "has_more": bool(metadata["next_cursor"]),
        "response_metadata": metadata,
    }


def open_channel(core: Core, arguments: Arguments) -> Json:
    """conversations.open: the direct message with one person."""
    if arguments.get("channel"):
        channel = channel_of(core, arguments)
    else:
        arguments.need("users")
        wanted = arguments.get("users")
        user = wanted[0] if isinstance(wanted, list) else arguments.text("users").split(",")[0]
        if user not in core.workspace.people:
            raise SlackError("user_not_found")
        channel = core.workspace.direct_message(user, BOT.id)
    shown = channel.as_slack(BOT.id) if arguments.flag("return_im") else {"id": channel.id}
    return {"ok": True, "channel": shown}


def join(core: Core, arguments: Arguments) -> Json:
    """conversations.join: public channels only."""
    channel = channel_of(core, arguments)
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if BOT.id not in channel.members:
        channel.members.append(BOT.id)
        core.workspace.changed()
        core.events.joined(BOT.id, channel, inviter="")
    return {"ok": True, "channel": channel.as_slack(BOT.id)}


def leave(core: Core, arguments: Arguments) -> Json:
    """conversations.leave."""
    channel = joined_channel_of(core, arguments)
    channel.members.remove(BOT.id)
    core.workspace.changed()
    core.events.left(BOT.id, channel)
    return {"ok": True}


METHODS = {
    "conversations.info": Method(info, tuple(READING.values())),
    "conversations.list": Method(list_channels, ("channels:read",)),
    "conversations.members": Method(members, ("channels:read",)),
    "conversations.history": Method(history, ("channels:history",)),
    "conversations.replies": Method(replies, ("channels:history",)),
    "conversations.open": Method(open_channel, ("im:write",)),
    "conversations.join": Method(join, ("channels:join",)),
    "conversations.leave": Method(leave, ("channels:manage",)),
    "users.conversations": Method(of_user, ("channels:read",)),
}
