"""How long Slack waits for acknowledgements, and people for answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from databases import Postgres
from processes import Fleet

from benchmarks import chat, errors
from benchmarks.clock import MS
from benchmarks.figures import Figure
from bot.playground import PretendSlack
from bot.playground.workspace import BOT, YOU
from bot.slack import EVENTS, SCOPES
from bot.smtp.knowledge import load

A_SECOND, SECONDS = 200, 20  # events
ERRORS = 20  # of so many events one shows an error
CHANNELS = 100
PER_MILLE = 1_000
LONGEST_ACK = 1_000  # ms
ANSWERS = 100
SLACK_TAKES = 0.05  # seconds for each call
LONGEST_ANSWER = 150  # ms
UNKNOWN = "550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown"


async def figures(postgres: Postgres | None) -> list[Figure]:
    """Both ways: Socket Mode with SQLite, HTTP with PostgreSQL."""
    with TemporaryDirectory() as folder:
        found = await _both("socket", f"sqlite+aiosqlite:///{Path(folder)}/bot.sqlite3", "SQLite")
    if postgres:
        found += await _both("http", postgres.new_database(), "PostgreSQL")
    return found


async def _both(way: str, database_url: str, database: str) -> list[Figure]:
    where = f"{'Socket Mode' if way == 'socket' else 'HTTP'}, {database}"
    async with (
        PretendSlack(events=EVENTS, scopes=SCOPES) as slack,
        Fleet(slack, way, database_url, 1) as fleet,
    ):
        acks = await _acknowledgements(slack, fleet)
        answers = await _answers(slack)
    return [
        Figure(
            f"acknowledgement, 99.9th percentile, {A_SECOND} a second ({where})",
            MS * quantiles(acks, n=PER_MILLE)[-1],
            "ms",
            at_most=LONGEST_ACK,
        ),
        Figure(
            f"message to answer, median, Slack takes {SLACK_TAKES * MS:.0f} ms ({where})",
            MS * median(answers),
            "ms",
            at_most=LONGEST_ANSWER,
        ),
    ]


async def _acknowledgements(slack: PretendSlack, fleet: Fleet) -> list[float]:
    """Seconds until each event was acknowledged, the bot's own posts included."""
    channels = _channels(slack, "busy", CHANNELS)
    texts, pasted = chat.messages(A_SECOND * SECONDS, seed=3), errors.pasted(load(), 3)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, text in enumerate(texts):
        said = pasted[number % len(pasted)] if number % ERRORS == 0 else text
        await slack.people.say(said, channels[number % len(channels)])
        await asyncio.sleep(began + (number + 1) / A_SECOND - loop.time())
    await fleet.finished(60)
    unanswered = slack.delivery.unacknowledged
    if unanswered:
        raise RuntimeError(f"{len(unanswered)} events were never acknowledged.")
    return [envelope.took for envelope in slack.delivery.sent]


async def _answers(slack: PretendSlack) -> list[float]:
    """Seconds from a message to the answer that Slack has, one after the other."""
    slack.faults.slow(seconds=SLACK_TAKES, times=ANSWERS * ANSWERS)
    took = []
    loop = asyncio.get_running_loop()
    for channel in _channels(slack, "calm", ANSWERS):
        began, before = loop.time(), len(slack.calls_to("chat.postMessage"))
        await slack.people.say(UNKNOWN, channel)

        def is_answered(before: int = before) -> bool:
            return any(call.ok for call in slack.calls_to("chat.postMessage")[before:])

        await slack.wait_for(is_answered)
        took.append(loop.time() - began)
    return took


def _channels(slack: PretendSlack, name: str, count: int) -> list[str]:
    return [
        slack.workspace.add_channel(f"{name}-{number}", [YOU.id, BOT.id]).id
        for number in range(count)
    ]
