"""Knows Slack, asks `bot.smtp`: one file per feature, each with its listeners."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack import buttons, command, leaving, spotting

FEATURES = (command, spotting, buttons, leaving)
# What Slack sends us and what it lets us do, as manifest.yml asks for it.
EVENTS = ("message.channels", "message.groups", "message.mpim", "app_uninstalled", "tokens_revoked")
SCOPES = ("channels:history", "chat:write", "commands", "groups:history", "mpim:history")


def register(app: AsyncApp) -> None:
    """Give every feature's listeners to the app."""
    for feature in FEATURES:
        feature.register(app)
