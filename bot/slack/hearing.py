"""Listen to events so that nothing is lost: decide and write down before Slack is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.observed import Handing


def hear(app: AsyncApp, event: str, listener: Callable[..., Awaitable[None]]) -> None:
    """Run a listener for an event before the event is acknowledged.

    Bolt acknowledges events first and runs listeners afterwards, but a listener's middleware runs
    before: so what a listener writes down is there when Slack stops sending the event again. When
    it raises, Slack gets a 500, or over Socket Mode nothing, and delivers once more.
    """

    @wraps(listener)
    async def heard(**arguments: Any) -> BoltResponse:
        await listener(**arguments)
        return BoltResponse(status=int(HTTPStatus.OK))

    app.event(event, middleware=[Handing(heard)])(_heard_already)


async def _heard_already() -> None:
    """Never runs: the middleware has answered."""
