"""What every Web API method needs: its arguments, and the channel or message they name."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core import Core
from ..records import Channel, Json, Message
from ..tickets import SlackError
from ..workspace import BOT

# Arguments that forms carry as JSON text.
STRUCTURED = {
    "blocks",
    "attachments",
    "view",
    "metadata",
    "files",
    "outputs",
    "prompts",
    "unfurls",
}


class Arguments:
    """The arguments of one call, whether they came as JSON, as a form or in the query."""

    def __init__(self, values: Json) -> None:
        self.values = {key: _decoded(key, value) for key, value in values.items()}

    def text(self, name: str, default: str = "") -> str:
        """A text argument; empty when it is missing."""
        value = self.values.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """A yes or no: forms say 1 and true."""
        value = self.values.get(name, default)
        return str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments") from None

    def get(self, name: str) -> Any:
        """The argument as it came, JSON text decoded."""
        return self.values.get(name)

    def need(self, *names: str) -> None:
        """Refuse the call when one of these is missing."""
        missing = [name for name in names if self.values.get(name) is None]
        if missing:
            messages = [f"[ERROR] missing required field: {name}" for name in missing]
            raise SlackError("invalid_arguments", response_metadata={"messages": messages})


def _decoded(name: str, value: Any) -> Any:
    if name in STRUCTURED and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


Handler = Callable[[Core, Arguments], Json]


@dataclass(frozen=True)
class Method:
    """One method: what does it, which scope it needs, and whose token (`bot`, `app`, or none)."""

    handle: Handler
    scopes: Sequence[str] = ()
    token: str = "bot"


def channel_of(core: Core, arguments: Arguments, name: str = "channel") -> Channel:
    """The channel an argument names; one the bot cannot see does not exist for it."""
    arguments.need(name)
    wanted = arguments.text(name)
    try:
        if wanted in core.workspace.people:
            return core.workspace.direct_message(wanted, BOT.id)
        channel = core.workspace.channel(wanted)
    except LookupError:
        raise SlackError("channel_not_found") from None
    if channel.kind != "channel" and BOT.id not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def joined_channel_of(core: Core, arguments: Arguments, name: str = "channel") -> Channel:
    """The channel an argument names, of which the bot is a member."""
    channel = channel_of(core, arguments, name)
    if BOT.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def message_of(channel: Channel, ts: str, error: str = "message_not_found") -> Message:
    """The message of that timestamp; a tombstone is none."""
    message = channel.find(ts)
    if message is None or message.subtype == "tombstone":
        raise SlackError(error)
    return message


def page(items: list[Any], arguments: Arguments, default: int = 100) -> tuple[list[Any], Json]:
    """One page of a list and the metadata that leads to the next."""
    start = int(arguments.text("cursor") or 0)
    end = start + max(1, min(arguments.number("limit", default), 1000))
    more = str(end) if end < len(items) else ""
    return items[start:end], {"next_cursor": more}
