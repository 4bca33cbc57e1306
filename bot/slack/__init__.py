"""Knows Slack, asks `bot.smtp`: one file per feature, each with its listeners."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack import (
    buttons,
    changes,
    channels,
    command,
    files,
    leaving,
    mention,
    reactions,
    shortcut,
    spotting,
)

# In this order: of several listeners for one event Bolt runs the first that matches.
FEATURES = (
    command,
    shortcut,
    mention,
    changes,
    files,
    spotting,
    buttons,
    channels,
    reactions,
    leaving,
)
# What Slack sends us and what it lets us do, as manifest.yml asks for it.
EVENTS = (
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "member_joined_channel",
    "reaction_added",
    "app_uninstalled",
    "tokens_revoked",
)
SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "mpim:history",
    "reactions:read",
    "reactions:write",
)
SHORTCUTS = {shortcut.EXPLAIN: shortcut.NAME}  # in the menus of messages


def register(app: AsyncApp) -> None:
    """Give every feature's listeners to the app."""
    for feature in FEATURES:
        feature.register(app)
