"""Small calls to Slack that more than one feature makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.refusals import error_of


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
