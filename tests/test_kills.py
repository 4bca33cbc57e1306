"""Instances are killed and started anew under load: no answer is lost, and none given twice."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from functools import partial

import pytest
from databases import Postgres
from pasted import UNKNOWN
from processes import RETRY_AT_ONCE, Fleet, answers_by_channel, trouble

from bot.playground import PretendSlack
from bot.playground.workspace import BOT, YOU
from bot.slack import EVENTS, SCOPES

CHANNELS = 60
LIMIT = 40  # seconds; far more than is needed
CHATTER = ("morning all", "is the build green?", "lunch in room 421?")


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    """Slack at its worst: every event comes twice, and again soon when nobody took it."""
    async with PretendSlack(events=EVENTS, scopes=SCOPES) as slack:
        slack.delivery.copies = 2
        slack.delivery.retry_delays = RETRY_AT_ONCE
        yield slack
        assert slack.complaints == []


async def talk(slack: PretendSlack) -> list[str]:
    """One error or question in each of many channels, amid other talk; the channels."""
    channels = [
        slack.workspace.add_channel(f"channel-{number}", [YOU.id, BOT.id]).id
        for number in range(CHANNELS)
    ]
    for number, channel in enumerate(channels):
        await slack.people.say(CHATTER[number % len(CHATTER)], channel)
        question = f"<@{BOT.id}> what does 421 mean?" if number % 4 == 0 else UNKNOWN
        await slack.people.say(question, channel)
        await asyncio.sleep(0.02)  # some time for what happens meanwhile
    return channels


def answered(slack: PretendSlack, wanted: int) -> bool:
    return len(slack.replies) >= wanted


@pytest.mark.parametrize("way", ["socket", "http"])
async def test_one_instance_killed_under_load_loses_and_repeats_nothing(
    slack: PretendSlack, way: str, sqlite_url: str
):
    async with Fleet(slack, way, sqlite_url, 1, CLAIM_SECONDS="2") as fleet:
        failing = asyncio.create_task(trouble(slack, random.Random(way), every=0.2))
        talking = asyncio.create_task(talk(slack))
        for sign in (signal.SIGKILL, signal.SIGTERM):
            wanted = len(slack.replies) + 5
            await slack.wait_for(partial(answered, slack, wanted))
            status = await fleet.restart(0, sign)
            slack.delivery.deliver_missed()
            assert status == (-signal.SIGKILL if sign is signal.SIGKILL else 0)
        channels = await talking
        failing.cancel()
        slack.faults.clear()
        await fleet.finished(LIMIT)
    assert answers_by_channel(slack) == dict.fromkeys(channels, 1)


@pytest.mark.parametrize("way", ["socket", "http"])
async def test_several_instances_and_their_database_killed_lose_and_repeat_nothing(
    slack: PretendSlack, way: str, postgres_url: str, postgres: Postgres
):
    async with Fleet(slack, way, postgres_url, 3, CLAIM_SECONDS="2") as fleet:
        failing = asyncio.create_task(trouble(slack, random.Random(way), every=0.2))
        talking = asyncio.create_task(talk(slack))
        await slack.wait_for(lambda: len(slack.replies) > 5)
        await fleet.end(0, signal.SIGKILL)
        await asyncio.to_thread(postgres.restart)
        await fleet.start(0)
        assert await fleet.restart(1, signal.SIGTERM) == 0
        channels = await talking
        failing.cancel()
        slack.faults.clear()
        await fleet.finished(LIMIT)
    assert answers_by_channel(slack) == dict.fromkeys(channels, 1)
