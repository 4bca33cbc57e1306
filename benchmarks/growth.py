"""Whether one process keeps its memory over many events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from processes import Fleet

from benchmarks import bolt, chat, errors
from benchmarks.figures import Figure
from bot.playground import PretendSlack
from bot.playground.delivery import Envelope
from bot.playground.transports import HttpRequests
from bot.playground.workspace import BOT, YOU
from bot.slack import EVENTS, SCOPES
from bot.smtp.knowledge import load

WARM, HALF, ALL = 10_000, 50_000, 100_000  # events
ERRORS = 100  # of so many events one shows an error
CHANNELS = 500
AT_ONCE = 20  # requests
MOST = 150  # MB
GROWTH = 3  # MB from half to all: what the allocator gives and takes anyway


async def figures() -> list[Figure]:
    """Resident memory of a process that hears so many events over HTTP."""
    async with PretendSlack(events=EVENTS, scopes=SCOPES) as slack:
        channels = [
            slack.workspace.add_channel(f"c{number}", [YOU.id, BOT.id]).id
            for number in range(CHANNELS)
        ]
        with TemporaryDirectory() as folder:
            database_url = f"sqlite+aiosqlite:///{Path(folder)}/bot.sqlite3"
            async with Fleet(slack, "http", database_url, 1) as fleet:
                events = _events(channels)
                used = []
                for count in (WARM, HALF - WARM, ALL - HALF):
                    await _send(slack, fleet, islice(events, count))
                    await fleet.finished(60)
                    used.append(fleet.memory())
    warm, half, after = used
    return [
        Figure(f"after {WARM:,} events", warm, "MB", digits=1),
        Figure(f"after {HALF:,} events", half, "MB", digits=1),
        Figure(f"after {ALL:,} events", after, "MB", digits=1, at_most=MOST),
        Figure("from half to all of them", after - half, "MB", digits=1, at_most=GROWTH),
    ]


def _events(channels: list[str]) -> Iterator[dict[str, Any]]:
    """Bodies without end: chat in these channels, and now and then an error."""
    harmless = chat.messages(HALF, seed=2)
    pasted = errors.pasted(load(), 2)
    for number in range(ALL):
        is_error = number % ERRORS == 0
        text = pasted[number % len(pasted)] if is_error else harmless[number % HALF]
        body = bolt.body(text, number)
        body["event"]["channel"] = channels[number // ERRORS % len(channels)]
        yield body


async def _send(slack: PretendSlack, fleet: Fleet, bodies: Iterator[dict[str, Any]]) -> None:
    """Send them all, past the pretend Slack's own memory."""
    requests = HttpRequests(slack.signing_secret)
    requests.request_urls = fleet.request_urls

    async def worker() -> None:
        for body in bodies:
            await requests.deliver(Envelope("events_api", body), 0, "")

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    await requests.close()
