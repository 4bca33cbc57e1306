"""The agent surface: prompts in the Messages tab, and titles of the conversations there.

Slack calls it the Agent messaging experience; questions come as direct messages, so `mention.py`
answers them. https://docs.slack.dev/ai/migrating-to-agent-messaging
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
from bot.render.agent import INVITATION, PROMPTS, title
from bot.slack.manners import DIRECT
from bot.smtp.answer import Answer

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)


def register(app: AsyncApp) -> None:
    # Before Home: of several listeners for one event Bolt runs the first that matches.
    app.event("app_home_opened", matchers=[is_messages_tab])(suggest_prompts)


async def is_messages_tab(event: dict[str, Any]) -> bool:
    """Whether somebody opened the conversation with the bot, and not its Home tab."""
    return event.get("tab") == "messages"


async def suggest_prompts(event: dict[str, Any], client: AsyncWebClient) -> None:
    """Show what to ask at the top of the Messages tab.

    Without a `thread_ts`: with one, Slack does nothing and says nothing about it.
    """
    with unless_refused("prompts"):
        await client.assistant_threads_setSuggestedPrompts(
            channel_id=event["channel"], title=INVITATION, prompts=list(PROMPTS)
        )


async def entitle(
    channel: str, asked: dict[str, Any], answers: Sequence[Answer], client: AsyncWebClient
) -> None:
    """Name the conversation that begins with a direct message, after what it is answered with.

    https://docs.slack.dev/reference/methods/agents.sessions.setStatus takes the title of a new
    session only. It replaces assistant.threads.setTitle, which names only what already is one.
    """
    begins = channel.startswith(DIRECT) and not asked.get("thread_ts")
    name = title(answers[0]) if begins and answers else ""
    if name:
        with unless_refused("title"):
            await client.agents_sessions_setStatus(
                channel_id=channel, thread_ts=asked["ts"], status="active", title=name
            )


@contextmanager
def unless_refused(what: str) -> Iterator[None]:
    """Not every workspace has the agent feature, and the answer does not need it."""
    try:
        yield
    except SlackApiError as refusal:
        logger.info("Slack does not take it here", what=what, error=error_of(refusal))
