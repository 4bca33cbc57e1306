"""Count answers lost and given twice, while instances are killed and Slack fails.

Each of many channels hears one error, of one cause, amid harmless talk: so each wants one answer,
in whatever order all arrives and however often.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from databases import Postgres
from processes import RETRY_AT_ONCE, Fleet, answers_by_channel, trouble

from benchmarks import chat
from benchmarks.figures import Figure
from bot.playground import PretendSlack
from bot.playground.workspace import BOT, YOU
from bot.slack import EVENTS, SCOPES

MESSAGES = 10_000
CHANNELS = 1_000
INSTANCES = 4  # on PostgreSQL
AT_ONCE = 60  # events on the way before more is said
COPIES = 2  # of every event
CLAIM = 5  # seconds, to see claims run out
TROUBLE_EVERY = 0.2  # seconds at least from one fault of Slack's to the next
KILLED_EVERY = 2.0  # seconds that an instance runs, more or less
DATABASE_AFTER = 3  # instances ended, PostgreSQL is stopped and started
LONGEST = 180  # seconds to get done when the last message is said
ERROR = "550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown"


@dataclass
class Outcome:
    """What became of the wanted answers, and what happened meanwhile."""

    lost: int
    doubled: int
    kills: int
    met: Counter[str]
    redelivered: int
    given_up: int


async def figures(postgres: Postgres | None) -> list[Figure]:
    """SQLite by Socket Mode with one instance; PostgreSQL over HTTP with several."""
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder)}/bot.sqlite3"
        found = _lines("SQLite, Socket Mode, 1 instance", await _run("socket", url, 1))
    if postgres:
        outcome = await _run("http", postgres.new_database(), INSTANCES, postgres)
        found += _lines(f"PostgreSQL, HTTP, {INSTANCES} instances", outcome)
    return found


def _lines(where: str, outcome: Outcome) -> list[Figure]:
    return [
        Figure(f"answers lost of {CHANNELS:,} ({where})", outcome.lost, at_most=0),
        Figure(f"answers given twice ({where})", outcome.doubled, at_most=0),
        Figure("  instances ended meanwhile, by SIGKILL or SIGTERM", outcome.kills),
        *(Figure(f"  {way} meanwhile", count) for way, count in sorted(outcome.met.items())),
        Figure("  events delivered again, beside the copies", outcome.redelivered),
        Figure("  events that Slack gave up, as nobody was there", outcome.given_up),
    ]


async def _run(
    way: str, database_url: str, count: int, postgres: Postgres | None = None
) -> Outcome:
    async with (
        PretendSlack(events=EVENTS, scopes=SCOPES) as slack,
        Fleet(slack, way, database_url, count, CLAIM_SECONDS=str(CLAIM)) as fleet,
    ):
        slack.delivery.copies, slack.delivery.retry_delays = COPIES, RETRY_AT_ONCE
        chance = random.Random(way)
        met: Counter[str] = Counter()
        failing = asyncio.create_task(trouble(slack, chance, TROUBLE_EVERY, met))
        killing = asyncio.create_task(_kill(fleet, count, chance, postgres))
        channels = await _talk(slack, chance)
        failing.cancel()
        slack.faults.clear()
        killing.cancel()
        kills = await killing
        await fleet.finished(LONGEST)
        answers = answers_by_channel(slack)
        return Outcome(
            lost=sum(answers[channel] == 0 for channel in channels),
            doubled=sum(max(0, answers[channel] - 1) for channel in answers),
            kills=kills,
            met=met,
            given_up=len(slack.delivery.unacknowledged),
            redelivered=sum(e.attempts - COPIES for e in slack.delivery.sent),
        )


async def _talk(slack: PretendSlack, chance: random.Random) -> list[str]:
    """Say everything, as fast as it is heard; the channels."""
    channels = [
        slack.workspace.add_channel(f"c{number}", [YOU.id, BOT.id]).id for number in range(CHANNELS)
    ]
    for channel, text in _script(channels, chance):
        await slack.people.say(text, channel)
        while slack.delivery.under_way > AT_ONCE:
            await slack.pulse.next()
    return channels


def _script(channels: list[str], chance: random.Random) -> Iterator[tuple[str, str]]:
    said = [(channel, ERROR) for channel in channels]
    harmless = chat.messages(MESSAGES - len(channels), seed=4)
    said += [(chance.choice(channels), text) for text in harmless]
    chance.shuffle(said)
    yield from said


async def _kill(fleet: Fleet, count: int, chance: random.Random, postgres: Postgres | None) -> int:
    """End one instance after the other, and start it anew, until told that it is enough."""
    kills = 0
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(KILLED_EVERY / count)
            sign = chance.choice((signal.SIGKILL, signal.SIGTERM))
            await _wholly(fleet.restart(chance.randrange(count), sign))
            kills += 1
            if postgres and kills == DATABASE_AFTER:
                await _wholly(asyncio.to_thread(postgres.restart))
    return kills


async def _wholly(work: Coroutine[Any, Any, object]) -> None:
    """Do it to its end even when cancelled, and be cancelled then."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    finally:
        await task
