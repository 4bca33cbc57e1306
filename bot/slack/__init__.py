"""Knows Slack, asks `bot.smtp`: one file per feature, each with its listeners."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack import (
    agent,
    buttons,
    channels,
    clicks,
    command,
    feedback,
    files,
    home,
    leaving,
    mention,
    messages,
    notes,
    reactions,
    shortcut,
    spotting,
    workflow,
)
from bot.slack.work import Act, Compose

# Bolt asks one listener after the other whether an event is for it; most events are messages.
FEATURES = (
    messages,
    command,
    shortcut,
    agent,
    mention,
    buttons,
    feedback,
    files,
    channels,
    reactions,
    workflow,
    home,
    leaving,
    notes,
)
# How each kind of work is done that was written down.
COMPOSES: dict[str, Compose] = {
    **spotting.COMPOSES,
    **files.COMPOSES,
    **mention.COMPOSES,
}
ACTS: dict[str, Act] = {**spotting.ACTS, **reactions.ACTS, **channels.ACTS, **clicks.ACTS}
# What Slack sends us and what it lets us do, as manifest.yml asks for it.
EVENTS = (
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "member_joined_channel",
    "reaction_added",
    "app_home_opened",
    "function_executed",
    "app_uninstalled",
    "tokens_revoked",
)
SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "mpim:history",
    "mpim:read",
    "reactions:read",
    "reactions:write",
    "users:read",  # who is an admin, and of which workspace; the names of notes' authors
)
SHORTCUTS = {shortcut.EXPLAIN: shortcut.NAME}  # in the menus of messages
STEPS = {workflow.EXPLAIN: workflow.STEP}  # in Workflow Builder


def register(app: AsyncApp) -> None:
    """Give every feature's listeners to the app."""
    for feature in FEATURES:
        feature.register(app)
