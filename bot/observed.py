"""What Slack tells us and answers us, as it is counted, timed and logged."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

from bot.incoming import is_well_formed
from bot.logs import ABOUT, described
from bot.metrics import Metrics, Surface

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("bot")
DEBUG = logging.getLogger("bot")  # whether debugging is on costs less to ask here

# What Bolt raises about bodies that are no JSON, no object, or hold lists where ids should be; an
# error in a listener stays inside Bolt.
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
EVENT = "event_callback"  # the type of what events travel in
RATE_LIMITED = "app_rate_limited"  # Slack's word for events it did not send us


class Arrival:
    """One thing that Slack told us; listeners get it as `arrival` and say what came of it."""

    def __init__(self, metrics: Metrics, kind: str) -> None:
        self.metrics, self.kind = metrics, kind
        self._since = time.perf_counter()

    @property
    def seconds(self) -> float:
        """How long ago Slack told us."""
        return round(time.perf_counter() - self._since, 4)

    def acknowledged(self, status: int) -> None:
        """Slack gets this HTTP status; a stranger's request is not counted."""
        if DEBUG.isEnabledFor(logging.DEBUG):  # said of every event, and mostly not wanted
            logger.debug("acknowledged", outcome=status, duration=self.seconds)
        if status != HTTPStatus.UNAUTHORIZED:
            self.metrics.events.labels(self.kind).inc()
            self.metrics.acknowledge_seconds.labels(self.kind).observe(self.seconds)

    def answered(self, surface: Surface) -> None:
        """The answer stands."""
        answered(self.metrics, surface, self.seconds)

    def silent(self, reason: str) -> None:
        """There is nothing to say, or something against it."""
        silent(self.metrics, reason, self.seconds)

    def refused(self, reason: str, team: str) -> None:
        """It is from a workspace that has no say here."""
        logger.info("refused", outcome="refused", reason=reason, team=team)
        self.metrics.refusals.labels(reason).inc()

    def failed(self, error: Exception) -> None:
        """An error of ours, or one of Slack's that nobody expected."""
        logger.error(described(error), outcome="failed", duration=self.seconds, exc_info=error)
        self.metrics.failures.labels(type(error).__name__).inc()


def answered(metrics: Metrics, surface: Surface, seconds: float, **about: str) -> None:
    """An answer stands, so many seconds after Slack told us what it is about.

    `about` is for the log line where nobody else says it: team, channel, message.
    """
    logger.info("answered", outcome="answered", surface=surface, duration=seconds, **about)
    metrics.answers.labels(surface).inc()
    metrics.answer_seconds.labels(surface).observe(seconds)


def silent(metrics: Metrics, reason: str, seconds: float, **about: str) -> None:
    """Nothing is said, so many seconds after Slack told us; `about` as of what is answered."""
    if DEBUG.isEnabledFor(logging.DEBUG):
        logger.debug("silent", outcome="silent", reason=reason, duration=seconds, **about)
    metrics.silences.labels(reason).inc()


Next = Callable[[], Awaitable[object]]
Step = Callable[[AsyncBoltContext, dict[str, Any], Next], Awaitable[BoltResponse | None]]


class Handing(AsyncMiddleware):
    """A middleware that hands its function the context, the body, and what comes next.

    Bolt's own gathers, each time, all that a function could ask for: more work than any of ours.
    """

    def __init__(self, function: Step) -> None:
        self._function = function

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Next,
    ) -> BoltResponse | None:
        """Run the function."""
        return await self._function(req.context, req.body, next)


class ObservedApp(AsyncApp):
    """A Bolt app that times what it is told, and lets every log line say about what it is.

    No middleware could: Bolt runs those one after the other, not one inside the other.
    """

    def __init__(self, metrics: Metrics, **how: Any) -> None:
        """`how` is for Bolt."""
        super().__init__(**how)
        self.metrics = metrics

    async def take(self, **told: Any) -> BoltResponse:
        """What Slack gets for a request; `told` is what Bolt makes an AsyncBoltRequest of.

        What Bolt cannot even read would be the same if it came again, so Slack gets its OK.
        """
        try:
            request = AsyncBoltRequest(**told)
            if not is_well_formed(request.body):
                raise ValueError("no request of Slack's")
            response = await self.async_dispatch(request)
        except UNREADABLE as trouble:
            logger.warning("what Slack sent could not be read", exc_info=trouble)
            self.metrics.failures.labels(type(trouble).__name__).inc()
            return BoltResponse(status=HTTPStatus.OK)
        is_event = request.body.get("type") == EVENT or "event" in request.body
        if response.status == HTTPStatus.NOT_FOUND and is_event:
            # Bolt has warned that nobody listens to it; Slack need not send it three times.
            return BoltResponse(status=HTTPStatus.OK)
        return response

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """What Bolt answers; its middlewares and listeners find the `arrival` in the context."""
        arrival = Arrival(self.metrics, kind_of(req.body))
        req.context["arrival"] = arrival
        token = ABOUT.set(partial(_about, req, arrival))
        try:
            if req.body.get("type") == RATE_LIMITED:
                response = self._held_back()
            else:
                response = await super().async_dispatch(req)
            arrival.acknowledged(response.status)
        finally:
            ABOUT.reset(token)
        return response

    def _held_back(self) -> BoltResponse:
        """Slack held events back, as over 30,000 came within an hour; nobody listens to that."""
        logger.warning("Slack holds events back: more came within an hour than it sends on")
        self.metrics.rate_limits.labels("events").inc()
        return BoltResponse(status=HTTPStatus.OK)


def _about(req: AsyncBoltRequest, arrival: Arrival) -> dict[str, Any]:
    """What a request is about, by ids, for the log."""
    about = {
        "event_id": req.body.get("event_id"),
        "team": req.context.team_id,
        "channel": req.context.channel_id,
        "kind": arrival.kind,
    }
    return {name: _id(value) for name, value in about.items() if value}


def kind_of(body: dict[str, Any]) -> str:
    """What a request is about: the type of an event or interaction, "command", or "ssl_check"."""
    if body.get("ssl_check"):
        return "ssl_check"  # anybody may send these, so nothing else in them counts
    event = body.get("event")
    if isinstance(event, dict):
        return _id(event.get("type"))
    return "command" if "command" in body else _id(body.get("type"))


def _id(value: Any) -> str:
    """A word of Slack's; anything else comes from a stranger, and could be a text."""
    return value if isinstance(value, str) and re.fullmatch(r"\w{1,64}", value) else "other"


class ObservedCalls(AsyncRetryHandler):
    """Counts the calls that Slack refuses; leaves trying again to the others."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self.metrics = metrics

    async def can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        """Count what went wrong; never ask for another try."""
        method = request.url.rpartition("/")[2]
        trouble = type(error).__name__ if error else _refusal(response)
        if response is not None and response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self.metrics.rate_limits.labels(method).inc()
        elif trouble:
            self.metrics.slack_errors.labels(method, trouble).inc()
        return False


def _refusal(response: HttpResponse | None) -> str:
    """Slack's word for what is wrong with a call, or the status; empty when nothing is."""
    if response is None:
        return ""
    if response.status_code != HTTPStatus.OK:
        return str(response.status_code)
    body = response.body or {}
    return "" if body.get("ok", True) else _id(body.get("error"))
