"""Knows Slack, asks `bot.smtp`: one file per feature, each with its listeners."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack import buttons, command, spotting

FEATURES = (command, spotting, buttons)
# What Slack sends us, as manifest.yml subscribes to it.
EVENTS = ("message.channels", "message.groups", "message.mpim")


def register(app: AsyncApp) -> None:
    """Give every feature's listeners to the app."""
    for feature in FEATURES:
        feature.register(app)
