"""Manifest, listeners and scopes tell the same story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt.async_app import AsyncApp

from bot.app import build
from bot.settings import Settings
from bot.slack import EVENTS, SCOPES, SHORTCUTS
from bot.smtp.explain import Explainer
from bot.store import Store

MANIFEST: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "manifest.yml").read_text())

# The scope Slack asks for before it sends an event; None when it asks for none.
SCOPE_OF_EVENT = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "member_joined_channel": "channels:read",
    "reaction_added": "reactions:read",
    "app_uninstalled": None,
    "tokens_revoked": None,
}
SUBSCRIBED = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
SCOPES_ASKED = MANIFEST["oauth_config"]["scopes"]["bot"]


def test_every_event_has_its_scope_and_every_scope_its_use():
    needed = {SCOPE_OF_EVENT[event] for event in SUBSCRIBED} - {None}
    assert set(SCOPES_ASKED) == needed | {
        "chat:write",
        "commands",
        "files:read",  # files that people share
        "files:write",  # the table of a digest
        "groups:read",  # member_joined_channel in private channels
        "reactions:write",  # the mark on a message
    }


def test_manifest_and_bot_ask_for_the_same():
    assert sorted(SUBSCRIBED) == sorted(EVENTS)
    assert sorted(SCOPES_ASKED) == sorted(SCOPES)


async def test_listeners_answer_what_the_manifest_declares_and_nothing_else(
    explainer: Explainer, monkeypatch: pytest.MonkeyPatch
):
    heard: dict[str, set[str]] = {"command": set(), "event": set(), "message_shortcut": set()}
    for kind in heard:
        real = getattr(AsyncApp, kind)

        def listen(
            self: AsyncApp,
            name: str,
            real: Any = real,
            heard: set[str] = heard[kind],
            **how: Any,
        ) -> Any:
            heard.add(name)
            return real(self, name, **how)

        monkeypatch.setattr(AsyncApp, kind, listen)
    store = Store("sqlite+aiosqlite://")
    build(Settings(slack_bot_token="xoxb-1", slack_signing_secret="s"), explainer, store)
    await store.close()
    assert heard["event"] == {event.split(".")[0] for event in SUBSCRIBED}
    assert heard["message_shortcut"] == set(SHORTCUTS)
    assert heard["command"] == {each["command"] for each in MANIFEST["features"]["slash_commands"]}


def test_the_command_keeps_what_people_paste():
    (command,) = MANIFEST["features"]["slash_commands"]
    assert command["should_escape"] is False
    assert MANIFEST["settings"]["interactivity"]["is_enabled"]


def test_manifest_and_bot_offer_the_same_shortcuts():
    offered = MANIFEST["features"]["shortcuts"]
    assert {each["callback_id"]: each["name"] for each in offered} == SHORTCUTS
    assert {each["type"] for each in offered} == {"message"}
    assert all(len(name) <= 24 for name in SHORTCUTS.values()), "Slack cuts longer names"


def test_people_may_write_to_the_bot_directly():
    home = MANIFEST["features"]["app_home"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]
