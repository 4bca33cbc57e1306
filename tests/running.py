"""The real bot joined to the pretend Slack, and what people see of its messages."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot import logs
from bot.app import (
    build,
    connected_by_socket,
    delivering,
    kept_by,
    opened,
    seal_tokens,
    serving_http,
)
from bot.metrics import new_metrics
from bot.playground import Message, PretendSlack
from bot.settings import Settings
from bot.smtp.explain import Explainer
from bot.store import Change, Store
from bot.store.tables import METADATA
from bot.web import Health, health_served

KEY = "cHJldGVuZC1rZXktb2YtdGhpcnR5LXR3by1ieXRlcy4="  # a TOKEN_KEY


class Bot(logging.Handler):
    """The bot as `python -m bot run` builds it, on one database; it may be restarted.

    `log` holds every warning and error that anybody logged meanwhile.
    """

    def __init__(
        self, slack: PretendSlack, way: str, explainer: Explainer, database_url: str
    ) -> None:
        super().__init__(logging.WARNING)
        self.slack, self.way, self.explainer = slack, way, explainer
        self.log: list[str] = []
        self.settings = Settings(
            slack_bot_token=slack.bot_token,
            slack_app_token=slack.app_token if way == "socket" else "",
            slack_signing_secret=slack.signing_secret,
            slack_api_url=slack.api_url,
            database_url=database_url,
            host="127.0.0.1",
            port=0,
        )
        self._parts = AsyncExitStack()

    async def start(self) -> None:
        store = await self._parts.enter_async_context(
            opened(self.settings.database_url, retention=kept_by(self.settings))
        )
        self.metrics = new_metrics(self.explainer.knowledge)
        self.app, self.deliverer = build(self.settings, self.explainer, store, self.metrics)
        self.store = store
        await seal_tokens(self.app)
        self.health = Health(self.metrics, {"database": store.is_reachable}, store.jobs.waiting)
        await self._parts.enter_async_context(delivering(self.deliverer))
        if self.way == "socket":
            served = health_served(self.health, "127.0.0.1", 0)
            self.url = await self._parts.enter_async_context(served)
            connection = connected_by_socket(self.app, self.settings)
            self.health.checks["slack"] = await self._parts.enter_async_context(connection)
            await self.slack.connected()
            return
        serving = serving_http(self.app, self.settings, self.health)
        self.url = await self._parts.enter_async_context(serving)
        if not self.settings.port:
            self.settings = replace(self.settings, port=int(self.url.rpartition(":")[2]))
            self.slack.deliver_to(f"{self.url}/slack/events")

    async def stop(self) -> None:
        await self._parts.aclose()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    def emit(self, record: logging.LogRecord) -> None:
        line = json.loads(LINES.format(record))
        told = [line.pop("logger"), line.pop("event")]
        for each in ("timestamp", "level"):
            del line[each]
        rest = [f"{name}={value}" for name, value in line.items()]
        self.log.append(": ".join(told) + "".join(f" {each}" for each in rest))


LINES = logs.formatter(as_json=True)


async def every_row(bot: Bot) -> str:
    """All that is in the bot's database, a line for each row."""
    async with bot.store.engine.connect() as connection:
        rows = [
            str(tuple(row))
            for table in METADATA.sorted_tables
            for row in await connection.execute(select(table))
        ]
    return "\n".join(rows)


async def audit(store: Store, team: str) -> list[Change]:
    """The audit trail of a workspace, oldest first."""
    return (await store.channels.latest(team, most=1_000))[::-1]


async def clicks_twice(slack: PretendSlack, on: Message, action: str, method: str) -> None:
    """Click a button, and again while the bot's call of this method for it is held."""
    held = slack.faults.hold(method)
    for _ in range(2):
        await slack.people.click(on, action)
        await slack.wait_for(lambda: slack.calls_to(method))
    held.release()
    await slack.settled()


async def answer_to(
    slack: PretendSlack, text: str, channel: str = "#mail-ops", **how: Any
) -> Message:
    """Somebody writes a message; the bot's one answer to it."""
    before = len(slack.replies)
    await slack.says(text, channel, **how)
    [answer] = slack.replies[before:]
    return answer


def texts(part: Any) -> Iterator[str]:
    """Every piece of text in blocks that a person reads, in order."""
    if isinstance(part, list):
        for each in part:
            yield from texts(each)
    elif isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        elif part.get("type") == "link":
            yield part["url"]
        for key in ("text", "elements", "fields", "accessory"):
            if not isinstance(part.get(key), str):
                yield from texts(part.get(key))


def seen(message: Message) -> str:
    """What a person reads in a message, a line for each piece."""
    return "\n".join(texts(message.blocks))


def alive(message: Message | dict[str, Any]) -> set[str]:
    """Mentions, links and the like that work in a message: `<...>` in mrkdwn, rich elements."""
    text, blocks = (
        (message["text"], message["blocks"])
        if isinstance(message, dict)
        else (message.text, message.blocks)
    )
    found = set(re.findall(r"<[^>]*>", text))
    for part in _parts(blocks):
        if part.get("type") == "mrkdwn":
            found |= set(re.findall(r"<[^>]*>", part["text"]))
        elif part.get("type") in ("user", "usergroup", "channel", "broadcast", "link", "emoji"):
            found.add(json.dumps(part))
        elif part.get("emoji"):
            found.add(part["text"])
    return found


def mentions(message: Message | dict[str, Any]) -> set[str]:
    """What in a message calls somebody, or works in another way than leading to a page."""
    return {each for each in alive(message) if "https://" not in each}


def _parts(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, list):
        for each in part:
            yield from _parts(each)
    elif isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _parts(value)


def buttons(message: Message | dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons of a message."""
    blocks = message["blocks"] if isinstance(message, dict) else message.blocks
    return [part for part in _parts(blocks) if part.get("type") == "button"]


def labels(message: Message | dict[str, Any]) -> list[str]:
    """What stands on the buttons of a message."""
    return [button["text"]["text"] for button in buttons(message)]


def entry_id(message: Message) -> str:
    """Which entry a message explains, told by its first button."""
    found = json.loads(buttons(message)[0]["value"])["entries"][0][0]
    assert isinstance(found, str)
    return found
