"""What a host asks the bot: `/healthz`, `/readyz` and `/metrics`; and how anything is served."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

from aiohttp import web
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from bot.metrics import Metrics

Check = Callable[[], Awaitable[bool]]
Queue = Callable[[], Awaitable[tuple[int, float]]]  # how many wait, and the oldest for how long

CHECK_SECONDS = 2.0  # hosts give a probe few seconds in all
RUNNING = "running"  # the part that is missing while the bot stops


class Health:
    """Whether the bot can answer, and what has been measured.

    What is there before anything is served, as the knowledge, needs no check.
    """

    def __init__(
        self, metrics: Metrics, checks: dict[str, Check], queue: Queue | None = None
    ) -> None:
        """`checks` may grow and change later; each says whether a part is ready."""
        self.metrics, self.checks, self.queue = metrics, checks, queue
        self._is_draining = False

    def drain(self) -> None:
        """Be ready no more: the bot finishes what it has begun, and then stops."""
        self._is_draining = True

    async def missing(self) -> list[str]:
        """The parts that are not ready, by name; the gauges follow."""
        parts = {RUNNING: not self._is_draining}
        for name, check in list(self.checks.items()):  # one may be added meanwhile
            try:
                parts[name] = await asyncio.wait_for(check(), CHECK_SECONDS)
            except TimeoutError:
                parts[name] = False
        for name, is_ready in parts.items():
            self.metrics.ready.labels(name).set(is_ready)
        return [name for name, is_ready in parts.items() if not is_ready]

    def add_routes(self, app: web.Application) -> None:
        """Mount on an aiohttp application."""
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._metrics)

    async def _alive(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _ready(self, _: web.Request) -> web.Response:
        missing = await self.missing()
        status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
        return web.json_response({"ready": not missing, "not_ready": missing}, status=status)

    async def _metrics(self, _: web.Request) -> web.Response:
        await self.missing()
        if self.queue:
            length, age = math.nan, math.nan
            with suppress(SQLAlchemyError, OSError):  # TimeoutError is one, too
                length, age = await asyncio.wait_for(self.queue(), CHECK_SECONDS)
            self.metrics.queue_length.set(length)
            self.metrics.queue_age.set(age)
        text = generate_latest(self.metrics.registry)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def not_yet() -> bool:
    """The check of a part that is still to come."""
    return False


@asynccontextmanager
async def served(
    app: web.Application, host: str, port: int, grace: float = 0
) -> AsyncIterator[str]:
    """Serve an application while inside; gives its address. Requests get `grace` seconds to end.

    Raises OSError when the port cannot be listened on.
    """
    runner = web.AppRunner(app, shutdown_timeout=grace, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        where, bound = runner.addresses[0][:2]
        yield f"http://{where}:{bound}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def health_served(health: Health, host: str, port: int) -> AsyncIterator[str]:
    """Serve nothing but the bot's health while inside; gives the address."""
    app = web.Application()
    health.add_routes(app)
    async with served(app, host, port) as address:
        yield address
