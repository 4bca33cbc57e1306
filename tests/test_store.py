"""What the bot remembers, in a real SQLite file."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Mode, Past, Store, tables

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
    later = tables.now() + tables.WEEK + datetime.timedelta(minutes=1)
    monkeypatch.setattr(tables, "now", lambda: later)
    await store.open()
    assert await store.claim(*PLACE)


HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime.datetime]:
    """What time it is for the store: the last of these."""
    times = [datetime.datetime(2026, 11, 23, 9, 12, tzinfo=datetime.UTC)]
    monkeypatch.setattr(tables, "now", lambda: times[-1])
    return times


async def test_the_past_of_a_thread_and_of_its_channel(
    store: Store, clock: list[datetime.datetime]
):
    await store.claim("T1", "C1", "1.1", "1.1", ["a", "b"])
    await store.claim("T1", "C1", "1.2", "1.1", ["c"])
    clock.append(clock[-1] + 2 * HOUR)
    await store.claim("T1", "C1", "2.1", "2.1", ["d"])
    await store.claim("T1", "C2", "1.1", "1.1", ["elsewhere"])
    await store.claim("T2", "C1", "1.1", "1.1", ["in another workspace"])
    assert await store.past("T1", "C1", "1.1", HOUR) == Past(
        in_thread=frozenset("abc"), in_channel=frozenset("d"), answers_in_thread=2
    )
    assert await store.past("T1", "C1", "9.9", HOUR) == Past(in_channel=frozenset("d"))


async def test_a_released_message_has_explained_nothing(store: Store):
    await store.claim(*PLACE, PLACE[-1], ["a"])
    await store.release(*PLACE)
    assert await store.past(*PLACE, HOUR) == Past()


async def test_a_mode_is_what_was_set_last_and_by_whom(
    store: Store, clock: list[datetime.datetime]
):
    assert await store.channels.setting("T1", "C1") is None
    await store.channels.set_mode("T1", "C1", Mode.OFF, "U1", "Mute here")
    clock.append(clock[-1] + HOUR)
    await store.channels.set_mode("T1", "C1", Mode.QUIET, "U2", "/smtp here quiet")
    setting = await store.channels.setting("T1", "C1")
    assert setting
    assert (setting.mode, setting.who, setting.at) == (Mode.QUIET, "U2", clock[-1])
    assert [(line.who, line.what, line.at) for line in await store.channels.audit("T1")] == [
        ("U1", "Mute here", clock[0]),
        ("U2", "/smtp here quiet", clock[1]),
    ]


async def test_a_bot_that_runs_for_long_forgets_all_the_same(
    store: Store, clock: list[datetime.datetime]
):
    await store.sweep()
    await store.claim(*PLACE, PLACE[-1], ["a"])
    clock.append(clock[-1] + tables.WEEK + HOUR)
    await store.claim("T1", "C1", "9.9")
    assert not await store.is_claimed(*PLACE)
    assert await store.explained(*PLACE) == frozenset()


async def test_settings_stay_when_the_rest_is_old(store: Store, clock: list[datetime.datetime]):
    await store.claim(*PLACE, PLACE[-1], ["a"])
    await store.channels.set_mode("T1", "C1", Mode.OFF, "U1", "Mute here")
    clock.append(clock[-1] + tables.YEAR + HOUR)
    await store.open()
    assert await store.past(*PLACE, 2 * tables.YEAR) == Past()
    assert await store.channels.audit("T1") == []
    assert await store.channels.mode("T1", "C1") is Mode.OFF


async def test_a_forgotten_workspace_leaves_no_row_and_others_keep_theirs(store: Store):
    for team in ("T1", "T2"):
        await store.claim(team, "C1", "1.1", "1.1", ["a"])
        await store.channels.set_mode(team, "C1", Mode.OFF, "U1", "Mute here")
    await store.forget("T1")
    assert await store.past("T1", "C1", "1.1", HOUR) == Past()
    assert await store.channels.audit("T1") == []
    assert await store.channels.setting("T1", "C1") is None
    assert await store.claim("T1", "C1", "1.1")
    assert not await store.claim("T2", "C1", "1.1")
    assert await store.channels.mode("T2", "C1") is Mode.OFF


async def test_modes_are_those_of_the_workspace_alone(store: Store):
    await store.channels.set_mode("T1", "C1", Mode.QUIET, "U1", "test")
    await store.channels.set_mode("T2", "C1", Mode.OFF, "U2", "test")  # a shared channel
    await store.channels.set_mode("T1", "C2", Mode.ALERTS, "U1", "test")
    assert await store.channels.modes("T1", ["C1", "C3"]) == {"C1": Mode.QUIET}
    assert await store.channels.modes("T2", ["C1", "C2"]) == {"C1": Mode.OFF}
    assert await store.channels.modes("T1", []) == {}


async def test_the_latest_changes_come_first_and_in_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    at = tables.now()
    monkeypatch.setattr(tables, "now", lambda: at)  # all at the same moment
    for number in range(5):
        await store.channels.note("T1", "C1", "U1", f"change {number}")
    monkeypatch.setattr(tables, "now", lambda: at + HOUR)
    await store.channels.note("T1", "C1", "U1", "the latest")
    await store.channels.note("T2", "C1", "U1", "of others")
    pages = [await store.channels.latest("T1", 2, skipped) for skipped in (0, 2, 4, 6)]
    told = [change.what for page in pages for change in page]
    assert told == ["the latest", *(f"change {number}" for number in range(5))]
    assert pages[0][0].at == at + HOUR
