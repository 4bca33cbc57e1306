"""What the bot remembers, in a real database of either kind."""

from __future__ import annotations

import asyncio
import datetime
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from running import KEY, audit
from sqlalchemy import Connection, inspect

from bot.oauth import States
from bot.store import Job, Mode, Past, Place, Store, tables
from bot.store.deciding import CHANGED_EVERY
from bot.store.engine import CONNECTIONS
from bot.store.jobs import BURST, CLAIM_SECONDS
from bot.store.sealing import Seal
from bot.tokens import Installations

PLACE = Place("T1", "C1", "1700000000.000100")
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)
MINUTE = 60 * SECOND
LEASE = CLAIM_SECONDS * SECOND


@pytest.fixture
async def other(store: Store, database_url: str) -> AsyncIterator[Store]:
    """Another instance on the same database."""
    store = Store(database_url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime.datetime]:
    """What time it is for the store: the last of these."""
    times = [datetime.datetime(2026, 11, 23, 9, 12, tzinfo=datetime.UTC)]
    monkeypatch.setattr(tables, "now", lambda: times[-1])
    return times


async def explain(
    store: Store, place: Place, causes: Sequence[str], thread_ts: str = ""
) -> Job | None:
    """Decide to explain these causes in the thread of a message."""
    async with store.deciding(place) as deciding:
        return await deciding.begin("brief", thread_ts or place.ts, causes=causes)


async def past(store: Store, thread_ts: str, lately: datetime.timedelta = HOUR) -> Past:
    async with store.deciding(PLACE) as deciding:
        return await deciding.past(thread_ts, lately)


async def test_work_is_written_down_once(store: Store, other: Store):
    assert await store.jobs.begin(PLACE, "asked")
    assert not await store.jobs.begin(PLACE, "asked")
    assert not await other.jobs.begin(PLACE, "asked")
    assert await store.jobs.begin(Place("T2", PLACE.channel, PLACE.ts), "asked")


async def test_what_one_instance_is_at_no_other_takes(store: Store, other: Store):
    assert await store.jobs.begin(PLACE, "asked")
    assert await other.jobs.due() == []
    assert await other.jobs.claim(PLACE) is None


async def test_what_a_dead_instance_had_is_taken_over_by_one(
    store: Store, other: Store, clock: list[datetime.datetime]
):
    await store.jobs.begin(PLACE, "asked", "1.1", "{}")
    clock.append(clock[-1] + LEASE + SECOND)
    [job] = await other.jobs.due()
    assert (job.place.key, job.kind, job.thread_ts) == (PLACE.key, "asked", "1.1")
    assert job.unsure, "the dead one may have posted"
    assert await store.jobs.due() == []


async def test_work_settled_since_it_was_found_is_not_claimed(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
):
    place = PLACE
    job = await store.jobs.begin(place, "asked")
    assert job
    await store.jobs.postpone(job, tables.now(), began=False)
    claim = other.jobs._claim

    async def claim_late(row: Any) -> Job | None:
        again = await store.jobs.claim(place)
        assert again
        await store.jobs.settle(again, "1.2")
        return await claim(row)

    monkeypatch.setattr(other.jobs, "_claim", claim_late)
    assert await other.jobs.due() == []


async def test_who_lost_a_claim_can_neither_give_the_work_back_nor_drop_it(
    store: Store, other: Store, clock: list[datetime.datetime]
):
    lost = await store.jobs.begin(PLACE, "asked")
    assert lost
    clock.append(clock[-1] + LEASE + SECOND)
    [job] = await other.jobs.due()
    await store.jobs.postpone(lost, clock[-1], began=False)
    await store.jobs.drop(lost)
    clock.append(clock[-1] + SECOND)
    assert await store.jobs.due() == [], "the other is at it"
    assert await store.jobs.renew(lost) is None
    assert await other.jobs.renew(job)


async def test_a_late_settlement_does_not_undo_a_later_one(
    store: Store, other: Store, clock: list[datetime.datetime]
):
    slow = await explain(store, PLACE, ["a"])
    assert slow
    async with store.deciding(PLACE) as deciding:
        await deciding.change('{"answers":[]}')
    clock.append(clock[-1] + LEASE + SECOND)
    [job] = await other.jobs.due()
    assert await other.jobs.settle(job, "1.2") is False
    assert await store.jobs.settle(slow, "1.2") is False
    assert await store.jobs.waiting() == (0, 0)


async def test_settled_work_is_done(store: Store, clock: list[datetime.datetime]):
    job = await store.jobs.begin(PLACE, "asked")
    assert job
    assert await store.jobs.waiting() == (1, 0)
    clock.append(clock[-1] + HOUR)
    assert await store.jobs.waiting() == (1, 3600)
    assert await store.jobs.settle(job, "1.2") is False
    assert await store.jobs.due() == []
    assert await store.jobs.waiting() == (0, 0)


async def test_a_change_under_way_is_more_to_do(store: Store):
    job = await explain(store, PLACE, ["a"])
    assert job
    async with store.deciding(PLACE) as deciding:
        await deciding.change('{"answers":[]}')
    assert await store.jobs.settle(job, "1.2") is True
    again = await store.jobs.claim(PLACE)
    assert again
    assert (again.version, again.answer_ts, again.unsure) == (2, "1.2", False)


@pytest.mark.parametrize("began", [True, False])
async def test_postponed_work_is_due_later(
    store: Store, clock: list[datetime.datetime], began: bool
):
    job = await store.jobs.begin(PLACE, "asked")
    assert job
    await store.jobs.postpone(job, clock[-1] + 10 * SECOND, began)
    assert await store.jobs.due() == []
    clock.append(clock[-1] + 11 * SECOND)
    [again] = await store.jobs.due()
    assert (again.unsure, again.attempts) == (began, 2)


async def test_a_channel_gets_a_burst_and_then_one_answer_a_second(
    store: Store, clock: list[datetime.datetime]
):
    dues = []
    for number in range(BURST + 3):
        place = Place("T1", "C1", f"{number}.1")
        async with store.deciding(place) as deciding:
            job = await deciding.begin("brief", place.ts, pace=("brief",))
        assert job
        dues.append((job.due - clock[-1]).total_seconds())
    assert dues == [0] * BURST + [BURST] * 3
    elsewhere = Place("T1", "C2", "9.9")
    async with store.deciding(elsewhere) as deciding:
        job = await deciding.begin("brief", "9.9", pace=("brief",))
    assert job
    assert job.due == clock[-1]


async def test_answers_that_are_only_counted_on_hold_up_no_new_one(
    store: Store, clock: list[datetime.datetime]
):
    for number in range(BURST):
        place = Place("T1", "C1", f"{number}.1")
        job = await explain(store, place, [f"cause {number}"])
        assert job
        await store.jobs.settle(job, f"{number}.2")
    clock.append(clock[-1] + 15 * MINUTE)
    for number in range(BURST):
        async with store.deciding(Place("T1", "C1", f"{number}.5")) as deciding:
            await deciding.begin("counted", f"{number}.5")
            await deciding.count({f"cause {number}": []}, 30 * MINUTE)
    async with store.deciding(Place("T1", "C1", "9.9")) as deciding:
        job = await deciding.begin("brief", "9.9", pace=("brief",))
    assert job
    assert job.due == clock[-1]


async def test_work_outlives_a_restart(database_url: str, clock: list[datetime.datetime]):
    first = Store(database_url)
    await first.open()
    await first.jobs.begin(PLACE, "asked")
    await first.close()
    second = Store(database_url)
    await second.open()
    assert not await second.jobs.begin(PLACE, "asked")
    clock.append(clock[-1] + LEASE + SECOND)
    assert len(await second.jobs.due()) == 1
    await second.close()


async def test_the_past_of_a_thread_and_of_its_channel(
    store: Store, clock: list[datetime.datetime]
):
    await explain(store, Place("T1", "C1", "1.1"), ["a", "b"])
    await explain(store, Place("T1", "C1", "1.2"), ["c"], "1.1")
    clock.append(clock[-1] + 2 * HOUR)
    await explain(store, Place("T1", "C1", "2.1"), ["d"])
    await explain(store, Place("T1", "C2", "1.1"), ["elsewhere"])
    await explain(store, Place("T2", "C1", "1.1"), ["in another workspace"])
    assert await past(store, "1.1") == Past(
        in_thread=frozenset("abc"), in_channel=frozenset("d"), answers_in_thread=2
    )
    assert await past(store, "9.9") == Past(in_channel=frozenset("d"))


async def test_dropped_work_has_explained_nothing(store: Store):
    job = await explain(store, PLACE, ["a"])
    assert job
    await store.jobs.drop(job)
    assert await past(store, PLACE.ts) == Past()
    assert await explain(store, PLACE, ["a"])


async def test_two_instances_decide_about_a_channel_one_after_the_other(store: Store, other: Store):
    async with store.deciding(PLACE) as first:
        assert await first.begin("brief", "1.1", causes=["a"])
        waiting = asyncio.create_task(past(other, "1.1"))
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
    assert await waiting == Past(frozenset("a"), frozenset("a"), 1)


async def test_a_busy_channel_keeps_no_other_waiting(postgres_url: str):
    busy, other = Store(postgres_url), Store(postgres_url)
    await busy.open()
    async with other.deciding(PLACE):
        waiting = [asyncio.create_task(past(busy, f"{n}.1")) for n in range(2 * CONNECTIONS)]
        await asyncio.sleep(0)
        async with busy.deciding(Place("T1", "C2", "1.1")) as deciding:
            assert await deciding.past("1.1", HOUR) == Past()
    await asyncio.gather(*waiting)
    await busy.close()
    await other.close()


async def test_how_often_a_cause_was_seen(store: Store, clock: list[datetime.datetime]):
    job = await explain(store, PLACE, ["a"])
    assert job
    await store.jobs.settle(job, "1.2")
    for number, domains in enumerate([(1,), (2,), (1, 2)]):
        clock.append(clock[-1] + 10 * SECOND)
        async with store.deciding(Place("T1", "C1", f"{number}.5")) as deciding:
            await deciding.count({"a": domains, "b": ()}, HOUR)
    assert await store.seen(PLACE) == {"a": (4, 2, clock[0])}
    again = await store.jobs.claim(PLACE)
    assert again
    assert (again.version, again.answer_ts) == (2, "1.2"), "its answer is to show the count"


async def test_what_is_counted_while_the_answer_is_on_its_way_is_shown_later(
    store: Store, clock: list[datetime.datetime]
):
    job = await explain(store, PLACE, ["a"])
    assert job
    for number in range(3):
        async with store.deciding(Place("T1", "C1", f"{number}.5")) as deciding:
            await deciding.count({"a": ()}, HOUR)
    assert await store.jobs.settle(job, "1.2"), "it was written before the others came"
    clock.append(clock[-1] + CHANGED_EVERY)
    again = await store.jobs.claim(PLACE)
    assert again
    assert again.answer_ts == "1.2"
    assert (await store.seen(PLACE))["a"].times == 4


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
    assert [(line.who, line.what, line.at) for line in await audit(store, "T1")] == [
        ("U1", "Mute here", clock[0]),
        ("U2", "/smtp here quiet", clock[1]),
    ]


async def test_two_people_may_set_a_channel_at_the_same_moment(store: Store, other: Store):
    modes = [Mode.OFF, Mode.QUIET] * 5
    await asyncio.gather(
        *(
            instance.channels.set_mode("T1", "C1", mode, f"U{number}", "test")
            for number, mode in enumerate(modes)
            for instance in (store, other)
        )
    )
    assert await store.channels.mode("T1", "C1") in modes
    assert len(await audit(store, "T1")) == 2 * len(modes)


async def test_it_is_time_to_sweep_a_day_after_it_was_done(
    store: Store, clock: list[datetime.datetime]
):
    await store.sweep()
    assert not store.is_due_to_sweep
    clock.append(clock[-1] + tables.DAY + SECOND)
    assert store.is_due_to_sweep
    await store.sweep()
    assert not store.is_due_to_sweep


async def test_whoever_decides_about_a_message_deletes_nothing_old(
    store: Store, clock: list[datetime.datetime]
):
    await explain(store, PLACE, ["a"])
    clock.append(clock[-1] + tables.WEEK + HOUR)
    assert await past(store, PLACE.ts, 2 * tables.WEEK) != Past()
    await store.sweep()
    assert await past(store, PLACE.ts, 2 * tables.WEEK) == Past()


async def test_settings_stay_when_the_rest_is_old(store: Store, clock: list[datetime.datetime]):
    await explain(store, PLACE, ["a"])
    await store.channels.set_mode("T1", "C1", Mode.OFF, "U1", "Mute here")
    clock.append(clock[-1] + tables.YEAR + HOUR)
    await store.sweep()
    assert await past(store, PLACE.ts, 2 * tables.YEAR) == Past()
    assert await audit(store, "T1") == []
    assert await store.channels.mode("T1", "C1") is Mode.OFF


async def test_a_forgotten_workspace_leaves_no_row_and_others_keep_theirs(store: Store):
    for team in ("T1", "T2"):
        await explain(store, Place(team, "C1", PLACE.ts), ["a"])
        await store.channels.set_mode(team, "C1", Mode.OFF, "U1", "Mute here")
    await store.forget("T1")
    assert await past(store, PLACE.ts) == Past()
    assert await audit(store, "T1") == []
    assert await store.channels.setting("T1", "C1") is None
    assert await explain(store, PLACE, ["a"])
    assert not await explain(store, Place("T2", "C1", PLACE.ts), ["a"])
    assert await store.channels.mode("T2", "C1") is Mode.OFF


async def test_the_migrations_make_the_tables_that_the_code_uses(store: Store):
    def described(connection: Connection) -> dict[str, set[str]]:
        found = inspect(connection)
        return {
            name: {column["name"] for column in found.get_columns(name)}
            for name in found.get_table_names()
        }

    # An upgrade of slack-sdk may want other tables: then they need a migration.
    installations = Installations("1.1", store.engine, Seal(KEY))
    used = [tables.METADATA, installations.metadata, States(1, store.engine).metadata]
    async with store.engine.connect() as connection:
        made = await connection.run_sync(described)
        differences = await connection.run_sync(
            lambda it: compare_metadata(MigrationContext.configure(it), used)
        )
    assert made.keys() - {"alembic_version"} == {name for each in used for name in each.tables}
    assert differences == []


async def test_several_instances_start_at_once(database_url: str):
    stores = [Store(database_url) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    assert await stores[0].jobs.begin(PLACE, "asked")
    assert not await stores[1].jobs.begin(PLACE, "asked")
    for store in stores:
        await store.close()


async def test_a_file_of_the_first_version_keeps_what_is_in_it(tmp_path: Path):
    file = tmp_path / "old.sqlite3"
    with sqlite3.connect(file) as old:
        old.executescript(FIRST_VERSION)
    old.close()
    store = Store(f"sqlite+aiosqlite:///{file}")
    await store.open()
    assert await store.channels.mode("T1", "C1") is Mode.QUIET
    assert not await store.jobs.begin(Place("T1", "C1", "1.1"), "asked"), "it was answered"
    assert await store.jobs.due() == []
    await store.close()


FIRST_VERSION = f"""
CREATE TABLE answered (team VARCHAR(32) NOT NULL, channel VARCHAR(32) NOT NULL,
    ts VARCHAR(32) NOT NULL, answer_ts VARCHAR(32), at DATETIME NOT NULL,
    PRIMARY KEY (team, channel, ts));
CREATE TABLE causes (team VARCHAR(32) NOT NULL, channel VARCHAR(32) NOT NULL,
    ts VARCHAR(32) NOT NULL, entry VARCHAR(200) NOT NULL, thread_ts VARCHAR(32) NOT NULL,
    at DATETIME NOT NULL, PRIMARY KEY (team, channel, ts, entry));
CREATE TABLE channels (team VARCHAR(32) NOT NULL, channel VARCHAR(32) NOT NULL,
    mode VARCHAR(16) NOT NULL, who VARCHAR(32) NOT NULL, at DATETIME NOT NULL,
    PRIMARY KEY (team, channel));
CREATE TABLE audit (team VARCHAR(32) NOT NULL, channel VARCHAR(32) NOT NULL,
    who VARCHAR(32) NOT NULL, what VARCHAR(64) NOT NULL, at DATETIME NOT NULL);
CREATE INDEX ix_audit_team ON audit (team);
INSERT INTO answered VALUES ('T1', 'C1', '1.1', '1.2', '{tables.now():%Y-%m-%d %H:%M:%S.%f}');
INSERT INTO channels VALUES ('T1', 'C1', 'quiet', 'U1', '{tables.now():%Y-%m-%d %H:%M:%S.%f}');
"""


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


async def test_rows_go_when_the_settings_say(database_url: str, clock: list[datetime.datetime]):
    day = datetime.timedelta(days=1)
    store = Store(database_url, kept=tables.kept(2 * day, 3 * day))
    await store.open()
    await explain(store, PLACE, ["a"])
    await store.channels.note("T1", "C1", "U1", "Mute here")
    clock.append(clock[-1] + 2 * day + HOUR)
    await store.sweep()
    assert await past(store, PLACE.ts, 9 * day) == Past()
    assert len(await audit(store, "T1")) == 1
    clock.append(clock[-1] + day)
    await store.sweep()
    assert await audit(store, "T1") == []
    await store.close()
