"""What the bot remembers, in a real SQLite file."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot.store
from bot.store import Store

PLACE = ("T1", "C1", "1700000000.000100")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3")
    await store.open()
    yield store
    await store.close()


async def test_a_message_can_be_claimed_once(store: Store):
    assert await store.claim(*PLACE)
    assert not await store.claim(*PLACE)
    assert await store.claim("T2", *PLACE[1:])


async def test_a_released_message_can_be_claimed_again(store: Store):
    await store.claim(*PLACE)
    await store.release(*PLACE)
    assert await store.claim(*PLACE)


async def test_claims_outlive_a_restart(tmp_path: Path):
    url = f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3"
    first = Store(url)
    await first.open()
    await first.claim(*PLACE)
    await first.answered(*PLACE, answer_ts="1700000001.000200")
    await first.close()
    second = Store(url)
    await second.open()
    assert not await second.claim(*PLACE)
    await second.close()


async def test_old_claims_are_forgotten_at_start(store: Store, monkeypatch: pytest.MonkeyPatch):
    await store.claim(*PLACE)
    later = bot.store._now() + bot.store.KEPT + datetime.timedelta(minutes=1)
    monkeypatch.setattr(bot.store, "_now", lambda: later)
    await store.open()
    assert await store.claim(*PLACE)
