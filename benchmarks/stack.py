"""What the bot adds to Bolt: events without an error, against a listener that does nothing."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks import bolt, chat
from benchmarks.clock import ROUNDS
from benchmarks.figures import Figure
from bot import logs
from bot.app import build
from bot.observed import ObservedApp
from bot.playground import PretendSlack
from bot.playground.records import TEAM_ID
from bot.playground.settling import bolt_is_busy
from bot.settings import Settings
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import load
from bot.store import Store

EVENTS = 2_000  # a round, for either
SHARE = 90  # percent of what Bolt does with an empty listener


async def figures() -> list[Figure]:
    """Events a second of both, on the same payloads, in turns."""
    logs.set_up("INFO", "json", sys.stderr)  # as `run` does
    bodies = [bolt.body(text, n) for n, text in enumerate(chat.messages(EVENTS, seed=1))]
    ours: list[float] = []
    empty: list[float] = []
    async with PretendSlack() as slack:  # asked once by each who it is
        for each in bodies:
            each["team_id"] = each["authorizations"][0]["team_id"] = TEAM_ID
        with TemporaryDirectory() as folder:
            settings = Settings(
                slack_bot_token=slack.bot_token,
                slack_app_token=slack.app_token,
                slack_api_url=slack.api_url,
            )
            store = Store(f"sqlite+aiosqlite:///{Path(folder)}/bot.sqlite3")
            await store.open()
            app, _ = build(settings, Explainer(load()), store)
            nothing = _empty(settings)
            for each in (app, nothing):
                await _seconds(each, bodies)  # warm
            for _ in range(ROUNDS):
                empty.append(await _seconds(nothing, bodies))
                ours.append(await _seconds(app, bodies))
            await store.close()
    rate, bare = EVENTS / median(ours), EVENTS / median(empty)
    return [
        Figure("events with an empty Bolt listener", bare, "a second"),
        Figure("events without an error", rate, "a second"),
        Figure("share of the empty listener's", 100 * rate / bare, "%", at_least=SHARE),
    ]


def _empty(settings: Settings) -> AsyncApp:
    client = AsyncWebClient(token=settings.slack_bot_token, base_url=settings.slack_api_url)
    app = AsyncApp(client=client)

    async def listen() -> None:
        """Do nothing."""

    app.event("message")(listen)
    return app


async def _seconds(app: AsyncApp, bodies: list[dict[str, Any]]) -> float:
    """Core seconds for all of these events, what they leave to tasks included."""
    gc.collect()
    began = time.process_time()
    for body in bodies:
        if isinstance(app, ObservedApp):  # as bot/doors.py hands it over
            response = await app.take(mode="socket_mode", body=body, headers=None)
        else:
            response = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        assert response.status == 200
    while bolt_is_busy():  # noqa: ASYNC110 - no event tells when Bolt's tasks are done
        await asyncio.sleep(0)
    return time.process_time() - began
