"""What becomes of a bot's answer to a command or click, by acknowledgement or response URL."""

from __future__ import annotations

from typing import Any

from .core import Core
from .records import Channel, Json, Message
from .tickets import ResponseUrl, SlackError


def respond(core: Core, ticket: ResponseUrl, body: Any) -> Message | None:
    """Carry out one response: a new message, a replaced or a deleted original."""
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    channel = core.workspace.channel(ticket.channel)
    source = ticket.source
    if source is not None and not {"replace_original", "delete_original"} & body.keys():
        core.complaints.append(
            "a response to a click says neither replace_original nor delete_original;"
            " what Slack then does with the message that was clicked varies"
        )
    if source is not None and body.get("delete_original"):
        core.delete(channel, source)
        # A message that comes along is posted as a new one.
        if not any(body.get(part) for part in ("text", "blocks", "attachments")):
            return None
        core.check_content(body)
        return _post(core, channel, ticket, body)
    core.check_content(body)
    if source is not None and body.get("replace_original"):
        # What a response leaves out is gone: it replaces the message, not some of its parts.
        blank: Json = {"text": "", "blocks": [], "attachments": []}
        core.change(channel, source, blank | body)
        return source
    return _post(core, channel, ticket, body)


def _post(core: Core, channel: Channel, ticket: ResponseUrl, body: Json) -> Message:
    # Without a thread_ts of its own a response goes to the channel, even when the click was in a
    # thread (slackapi/bolt-js issue 963).
    more: Json = {"thread_ts": body.get("thread_ts")}
    if body.get("response_type", "ephemeral") != "in_channel":
        more["ephemeral_for"] = ticket.user
    return core.post_as_bot(channel, body, **more)
