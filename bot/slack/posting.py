"""Post, change and delete our messages, with the newest blocks where Slack takes them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from copy import copy
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.logs import error_of
from bot.render.blocks import Message
from bot.render.feedback import has_new_blocks, settled

QUIET = {"unfurl_links": False, "unfurl_media": False}  # no previews of what our links lead to
# What Slack says of channels we are no member of. Its response URLs work there all the same.
NOT_A_MEMBER = ("not_in_channel", "channel_not_found")
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
            if error_of(refusal) != "invalid_blocks":
                raise
        response = await method(**where, **settled(message))
        self._refused[team] = self._clock()
        return response

    def _refuses(self, team: str) -> bool:
        refused = self._refused.get(team)
        return refused is not None and self._clock() - refused < REMEMBERED


async def posted(
    client: AsyncWebClient, respond: AsyncRespond, channel: str, thread_ts: str, message: Message
) -> bool:
    """Post in a thread: as a member, else by the response URL; False when neither is allowed."""
    content: dict[str, Any] = {**message, "thread_ts": thread_ts} | QUIET
    try:
        await client.chat_postMessage(channel=channel, **content)
    except SlackApiError as refusal:
        if error_of(refusal) not in NOT_A_MEMBER:
            return False
        taken = await respond(**content, response_type="in_channel", replace_original=False)
        return taken.status_code == HTTPStatus.OK
    return True


async def delete(client: AsyncWebClient, channel: str, ts: str) -> None:
    """Delete a message of ours, unless somebody did already."""
    with unless_gone():
        await client.chat_delete(channel=channel, ts=ts)


@contextmanager
def unless_gone() -> Iterator[None]:
    """Bolt keeps it from us when somebody deletes an answer of ours, so we learn it here."""
    try:
        yield
    except SlackApiError as refusal:
        if error_of(refusal) != "message_not_found":
            raise


def not_waiting(client: AsyncWebClient) -> AsyncWebClient:
    """The client, but told at once of a rate limit: somebody waits for what we want to know."""
    hasty = copy(client)
    hasty.retry_handlers = [
        handler
        for handler in client.retry_handlers
        if not isinstance(handler, AsyncRateLimitErrorRetryHandler)
    ]
    return hasty
