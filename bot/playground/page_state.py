"""What the page shows to the person at the keyboard, as JSON."""

from __future__ import annotations

from .core import Core
from .people import People
from .records import Channel, Json, Message
from .workspace import BOT, YOU

MOST_MESSAGES = 300  # of each channel, the newest


def page_state(core: Core, people: People) -> Json:
    """Everything the page needs to draw itself."""
    workspace = core.workspace
    modals = workspace.modals.get(YOU.id) or []
    home = workspace.homes.get(YOU.id)
    return {
        "you": YOU.id,
        "bot": {"id": BOT.id, "name": BOT.real_name, "is_connected": core.is_connected()},
        "people": {
            person.id: {"name": person.name, "label": person.real_name, "is_bot": person.is_bot}
            for person in workspace.people.values()
        },
        "channels": [
            _channel(channel)
            for channel in workspace.channels.values()
            if YOU.id in channel.members
        ],
        "modal": modals[-1].as_slack(BOT.bot_id) if modals else None,
        "home": home.as_slack(BOT.bot_id) if home else None,
        "commands": sorted(people.commands),
        "shortcuts": people.shortcuts,
        "steps": core.steps,
        "run": _latest_run(core),
        "complaints": core.complaints[-20:],
    }


def _channel(channel: Channel) -> Json:
    shown = [m for m in channel.messages.values() if _is_seen(m)][-MOST_MESSAGES:]
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "purpose": channel.purpose,
        "has_bot": BOT.id in channel.members,
        "is_shared": channel.is_ext_shared,
        "prompts": channel.prompts,
        "messages": [
            channel.shown(message)
            | {
                "is_ephemeral": bool(message.ephemeral_for),
                "session_title": channel.sessions.get(message.ts, {}).get("title"),
            }
            for message in shown
        ],
    }


def _latest_run(core: Core) -> Json | None:
    """What became of the workflow step that was run last."""
    if not core.executions:
        return None
    run = list(core.executions.values())[-1]
    return {"id": run.id, "status": run.status, "outputs": run.outputs, "error": run.error}


def _is_seen(message: Message) -> bool:
    return not message.is_deleted and message.ephemeral_for in (None, YOU.id)
