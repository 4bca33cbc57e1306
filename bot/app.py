"""Build every part once and join them: the Bolt app, and the ways to run it."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import PretendSlack
from bot.settings import Settings
from bot.slack import EVENTS, register
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge, load
from bot.smtp.spot import Spotter
from bot.store import Store

logger = logging.getLogger("bot")
RETRIES = 3  # of one Slack call: when rate limited, on a 5xx, on a broken connection
PLAYGROUND_HOST = "127.0.0.1"  # loopback only: the pretend Slack asks nobody for a password
GRACE = 10  # seconds that work in flight gets when we are told to stop


class StartError(RuntimeError):
    """Why the bot cannot start, in one sentence that says what to do."""


def build(settings: Settings, knowledge: Knowledge, store: Store) -> AsyncApp:
    """The Bolt app with every listener; nothing is connected or served yet."""
    explainer = Explainer(knowledge)
    spotter = Spotter(explainer)
    app = AsyncApp(
        client=slack_client(settings),
        signing_secret=settings.slack_signing_secret,  # Bolt asks for it over HTTP only
    )

    async def hand_out(context: AsyncBoltContext, next_: Callable[[], Awaitable[None]]) -> None:
        context["explainer"] = explainer
        context["spotter"] = spotter
        context["store"] = store
        await next_()

    app.middleware(hand_out)
    app.error(apologise)
    register(app)
    return app


def slack_client(settings: Settings) -> AsyncWebClient:
    """A Web API client that waits out rate limits and tries again after server errors."""
    return AsyncWebClient(
        token=settings.slack_bot_token,
        base_url=settings.slack_api_url,
        retry_handlers=[
            AsyncRateLimitErrorRetryHandler(max_retry_count=RETRIES),
            AsyncServerErrorRetryHandler(max_retry_count=RETRIES),
            AsyncConnectionErrorRetryHandler(max_retry_count=RETRIES),
        ],
    )


async def apologise(
    error: Exception, body: dict[str, Any], context: AsyncBoltContext, respond: AsyncRespond
) -> None:
    """Log what went wrong by ids, never by text; tell the person who asked, if somebody did."""
    # Bolt forgets an acknowledgement when this handler ends before its runner has looked for it.
    await asyncio.sleep(0)
    logger.error(
        "%s in team %s, event %s",
        type(error).__name__,
        context.team_id,
        body.get("event_id"),
        exc_info=error,
    )
    if context.response_url:
        await respond(
            "Something went wrong on my side; it is logged. Trying again in a minute may help.",
            response_type="ephemeral",
            replace_original=False,
        )


@asynccontextmanager
async def serving_http(app: AsyncApp, settings: Settings) -> AsyncIterator[str]:
    """Serve Slack's requests and `/healthz` while inside; gives the address."""
    application = app.web_app(path="/slack/events", port=settings.port)
    application.router.add_get("/healthz", _healthy)
    runner = web.AppRunner(application, shutdown_timeout=GRACE, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


@asynccontextmanager
async def connected_by_socket(app: AsyncApp, settings: Settings) -> AsyncIterator[None]:
    """Be connected to Slack by Socket Mode while inside."""
    handler = AsyncSocketModeHandler(app, settings.slack_app_token)
    try:
        await handler.connect_async()
        yield
    finally:
        await handler.close_async()


async def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Run until SIGTERM or Ctrl-C: on Slack when there are tokens, in the playground otherwise."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    async with AsyncExitStack() as parts:
        if not settings.has_slack:
            settings = await parts.enter_async_context(_playground(settings, say))
        store = Store(settings.database_url)
        parts.push_async_callback(store.close)
        await store.open()
        app = build(settings, load(), store)
        if settings.uses_socket:
            await parts.enter_async_context(connected_by_socket(app, settings))
            say("Connected to Slack by Socket Mode. Ctrl-C stops.")
        else:
            address = await parts.enter_async_context(serving_http(app, settings))
            say(f"Waiting for Slack at {address}/slack/events. Ctrl-C stops.")
        await stop.wait()
        say("Stopping.")


@asynccontextmanager
async def _playground(settings: Settings, say: Callable[[str], None]) -> AsyncIterator[Settings]:
    """Start the pretend Slack; gives the settings under which the unchanged bot talks to it."""
    try:
        slack = await PretendSlack.start(
            host=PLAYGROUND_HOST, port=settings.playground_port, events=EVENTS
        )
    except OSError as trouble:
        raise StartError(
            f"Port {settings.playground_port} on {PLAYGROUND_HOST} cannot be used "
            f"({trouble.strerror}); set PLAYGROUND_PORT to another."
        ) from trouble
    say(f"No Slack tokens are set, so here is a pretend Slack to try the bot in: {slack.url}")
    say("For real Slack set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in .env; README.md says how.")
    try:
        yield replace(
            settings,
            slack_bot_token=slack.bot_token,
            slack_app_token=slack.app_token,
            slack_api_url=slack.api_url,
        )
    finally:
        await slack.close()
