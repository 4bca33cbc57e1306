"""assistant.threads.* and agents.sessions.*: prompts, statuses and titles of the agent surface.

As Slack treats apps with `agent_view`: https://docs.slack.dev/ai/migrating-to-agent-messaging
"""

from __future__ import annotations

from ..core import Core
from ..records import Channel, Json
from ..tickets import SlackError
from .base import Arguments, Method, joined_channel_of, message_of

MOST_PROMPTS = 4
LONGEST_TITLE = 200
STATUSES = ("processing", "active", "suspended", "closed")


def suggest(core: Core, arguments: Arguments) -> Json:
    """assistant.threads.setSuggestedPrompts: with a thread_ts it does nothing, and says so to
    nobody."""
    arguments.need("channel_id", "prompts")
    channel = joined_channel_of(core, arguments, "channel_id")
    prompts = arguments.get("prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= MOST_PROMPTS:
        raise SlackError("invalid_arguments")
    if any(set(one) != {"title", "message"} or not all(one.values()) for one in prompts):
        raise SlackError("invalid_arguments")
    if not arguments.text("thread_ts"):
        channel.prompts = {"title": arguments.text("title"), "prompts": prompts}
        core.workspace.changed()
    return {"ok": True}


def set_session_status(core: Core, arguments: Arguments) -> Json:
    """agents.sessions.setStatus: creates the session, and only then takes a title."""
    channel, thread_ts = _thread(core, arguments)
    status, title = arguments.text("status"), arguments.text("title")
    if status not in STATUSES or len(title) > LONGEST_TITLE:
        raise SlackError("invalid_arguments")
    session = channel.sessions.setdefault(thread_ts, {"title": title})
    session["status"] = status
    core.workspace.changed()
    # The warning of an app without a stop button.
    return {"ok": True, "warning": "missing_agent_session_stopped_event_subscription"}


def rename_session(core: Core, arguments: Arguments) -> Json:
    """agents.sessions.rename, and the older assistant.threads.setTitle."""
    channel, thread_ts = _thread(core, arguments)
    title = arguments.text("title")
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise SlackError("invalid_arguments")
    if thread_ts not in channel.sessions:
        raise SlackError("session_not_found")
    channel.sessions[thread_ts]["title"] = title
    core.workspace.changed()
    return {"ok": True, "title": title}


def set_thread_status(core: Core, arguments: Arguments) -> Json:
    """assistant.threads.setStatus: any words mean processing, none mean active."""
    channel, thread_ts = _thread(core, arguments)
    status = "processing" if arguments.text("status") else "active"
    channel.sessions.setdefault(thread_ts, {"title": ""})["status"] = status
    core.workspace.changed()
    return {"ok": True}


def _thread(core: Core, arguments: Arguments) -> tuple[Channel, str]:
    arguments.need("channel_id", "thread_ts")
    channel = joined_channel_of(core, arguments, "channel_id")
    return channel, message_of(channel, arguments.text("thread_ts"), "invalid_thread_ts").ts


_ASSISTANT = ("assistant:write",)
METHODS = {
    "assistant.threads.setSuggestedPrompts": Method(suggest, _ASSISTANT),
    "assistant.threads.setStatus": Method(set_thread_status, _ASSISTANT),
    "assistant.threads.setTitle": Method(rename_session, _ASSISTANT),
    "agents.sessions.setStatus": Method(set_session_status, ("chat:write",)),
    "agents.sessions.rename": Method(rename_session, ("chat:write",)),
}
