"""Manifest, listeners and scopes tell the same story."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt.async_app import AsyncApp

from bot.app import build
from bot.settings import Settings
from bot.slack import EVENTS, SCOPES, SHORTCUTS, STEPS
from bot.smtp.explain import Explainer
from bot.store import Store

PROJECT = Path(__file__).parents[1]
MANIFEST: dict[str, Any] = yaml.safe_load((PROJECT / "manifest.yml").read_text())
README = (PROJECT / "README.md").read_text("utf8")

# The scope Slack asks for before it sends an event; None when it asks for none.
SCOPE_OF_EVENT = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "member_joined_channel": "channels:read",
    "reaction_added": "reactions:read",
    "app_home_opened": None,
    "function_executed": None,
    "app_uninstalled": None,
    "tokens_revoked": None,
}
SUBSCRIBED = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
SCOPES_ASKED = MANIFEST["oauth_config"]["scopes"]["bot"]


def test_every_event_has_its_scope_and_every_scope_its_use():
    needed = {SCOPE_OF_EVENT[event] for event in SUBSCRIBED} - {None}
    assert set(SCOPES_ASKED) == needed | {
        "assistant:write",  # prompts of the agent view
        "chat:write",
        "commands",
        "groups:read",  # member_joined_channel in private channels
        "im:read",  # whether a conversation is shared with other organisations
        "mpim:read",  # the same
        "reactions:write",  # the mark on a message
        "users:read",  # who may lock a note
    }


def test_manifest_and_bot_ask_for_the_same():
    assert sorted(SUBSCRIBED) == sorted(EVENTS)
    assert sorted(SCOPES_ASKED) == sorted(SCOPES)


async def test_listeners_answer_what_the_manifest_declares_and_nothing_else(
    explainer: Explainer, monkeypatch: pytest.MonkeyPatch
):
    kinds = ("command", "event", "message_shortcut", "function")
    heard: dict[str, set[str]] = {kind: set() for kind in kinds}
    for kind in kinds:
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
    # Bolt listens to function_executed for the functions.
    events = {event.split(".")[0] for event in SUBSCRIBED}
    assert heard["event"] == events - {"function_executed"}
    assert heard["function"] == set(MANIFEST["functions"])
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
    assert home["home_tab_enabled"]
    assert home["messages_tab_enabled"]
    assert not home["messages_tab_read_only_enabled"]


def test_the_agent_view_is_the_new_one_and_within_slack_s_limits():
    features = MANIFEST["features"]
    assert "assistant_view" not in features, "closed to new apps"
    assert set(features["agent_view"]) == {"agent_description"}, "the bot sets the prompts itself"
    assert 0 < len(features["agent_view"]["agent_description"]) <= 300
    gone = {"assistant_thread_started", "assistant_thread_context_changed"}
    assert not gone & set(SUBSCRIBED), "what Slack no longer sends with agent_view"
    assert "app_context_changed" not in SUBSCRIBED, "what people look at is none of our business"


def test_manifest_and_bot_offer_the_same_workflow_steps():
    assert MANIFEST["functions"].keys() == STEPS.keys()
    for callback_id, step in STEPS.items():
        declared = MANIFEST["functions"][callback_id]
        assert (declared["title"], declared["description"]) == (step["title"], step["description"])
        for side in ("input", "output"):
            parameters = declared[f"{side}_parameters"]
            types = {name: each["type"] for name, each in parameters["properties"].items()}
            assert types == step[f"{side}s"]
            assert set(parameters["required"]) == set(types) - set(step["optional"])
            assert all(each["title"] for each in parameters["properties"].values())


def test_the_readme_names_what_a_workflow_gets_and_where_privacy_is_explained():
    for step in STEPS.values():
        for name in step["outputs"]:
            assert f"`{name}`" in README, name
    assert "[PRIVACY.md](PRIVACY.md)" in README


def test_slack_accepts_functions_in_this_manifest():
    # https://docs.slack.dev/reference/app-manifest: version 2 nests parameters in properties.
    assert MANIFEST["_metadata"]["major_version"] == 2
    assert MANIFEST["settings"]["function_runtime"] == "remote"
    assert MANIFEST["settings"]["org_deploy_enabled"] is True
