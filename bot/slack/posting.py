"""Post a message with Slack's newest blocks, and with settled ones where those are refused."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.render.blocks import Message
from bot.render.feedback import has_new_blocks, settled

REMEMBERED = 24 * 60 * 60  # seconds that a workspace's refusal holds; then new blocks are tried


class Poster:
    """Posts the bot's messages, and remembers which workspaces take only settled blocks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused: dict[str, float] = {}

    async def post(
        self,
        method: Callable[..., Awaitable[AsyncSlackResponse]],
        team: str,
        message: Message,
        **where: Any,
    ) -> AsyncSlackResponse:
        """Send a message by `chat_postMessage` or `chat_update`; SlackApiError when it is refused.

        A message refused with `invalid_blocks` goes once more, in blocks that Slack has long had.
        """
        if not has_new_blocks(message) or self._refuses(team):
            return await method(**where, **settled(message))
        try:
            return await method(**where, **message)
        except SlackApiError as refusal:
            if refusal.response.get("error") != "invalid_blocks":
                raise
        response = await method(**where, **settled(message))
        self._refused[team] = self._clock()
        return response

    def _refuses(self, team: str) -> bool:
        refused = self._refused.get(team)
        return refused is not None and self._clock() - refused < REMEMBERED
