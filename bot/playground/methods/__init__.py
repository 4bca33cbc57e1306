"""Slack's Web API methods, one table per area; `ALL` joins them."""

from __future__ import annotations

from . import agents, chat, conversations, files, functions, install, reactions, users, views
from .base import Arguments, Method

ALL: dict[str, Method] = {
    **install.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **users.METHODS,
    **reactions.METHODS,
    **files.METHODS,
    **views.METHODS,
    **agents.METHODS,
    **functions.METHODS,
}

__all__ = ["ALL", "Arguments", "Method"]
