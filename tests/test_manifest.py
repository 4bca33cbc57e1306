"""Manifest, listeners and scopes tell the same story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app import build
from bot.settings import Settings
from bot.smtp.knowledge import Knowledge
from bot.store import Store

MANIFEST: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "manifest.yml").read_text())

# The scope Slack asks for before it sends an event (https://api.slack.com/events).
SCOPE_OF_EVENT = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.mpim": "mpim:history",
    "message.im": "im:history",
    "app_mention": "app_mentions:read",
}


def test_every_event_has_its_scope_and_every_scope_its_use():
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    needed = {SCOPE_OF_EVENT[event] for event in events} | {"chat:write", "commands"}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed


async def test_listeners_answer_what_the_manifest_declares_and_nothing_else(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
):
    commands: set[str] = set()
    events: set[str] = set()
    from slack_bolt.async_app import AsyncApp

    real_command, real_event = AsyncApp.command, AsyncApp.event

    def command(self: AsyncApp, name: str, *args: Any, **more: Any) -> Any:
        commands.add(name)
        return real_command(self, name, *args, **more)

    def event(self: AsyncApp, name: str, *args: Any, **more: Any) -> Any:
        events.add(name)
        return real_event(self, name, *args, **more)

    monkeypatch.setattr(AsyncApp, "command", command)
    monkeypatch.setattr(AsyncApp, "event", event)
    store = Store("sqlite+aiosqlite://")
    build(Settings(slack_bot_token="xoxb-1", slack_signing_secret="s"), knowledge, store)
    await store.close()

    declared = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    assert events == {event.split(".")[0] for event in declared}
    assert commands == {each["command"] for each in MANIFEST["features"]["slash_commands"]}


def test_the_command_keeps_what_people_paste():
    (command,) = MANIFEST["features"]["slash_commands"]
    assert command["should_escape"] is False
    assert MANIFEST["settings"]["interactivity"]["is_enabled"]
