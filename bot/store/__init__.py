"""What the bot must remember: what it has answered, and how to behave where.

SQLite in one file, or PostgreSQL for several instances and many workspaces.
"""

from __future__ import annotations

import asyncio
import datetime
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple
from weakref import WeakValueDictionary

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.store import tables
from bot.store.channels import Change, Channels, Mode, Setting
from bot.store.counts import Counts
from bot.store.deciding import Answered, Deciding, Past
from bot.store.engine import connect, hold_channel, migrate
from bot.store.feedback import Feedback, Verdict
from bot.store.jobs import CLAIM_SECONDS, MARK, Job, Jobs, Place, this
from bot.store.notes import Note, NoteChanged, NoteLocked, Notes
from bot.store.tables import ANSWERED, CAUSES, DAY, DOMAINS, KEPT, METADATA, Kept
from bot.store.unknown import Unknown, Unknowns

__all__ = [
    "Answered",
    "Change",
    "Channels",
    "Counts",
    "Deciding",
    "Feedback",
    "Job",
    "Jobs",
    "Mode",
    "Note",
    "NoteChanged",
    "NoteLocked",
    "Notes",
    "Past",
    "Place",
    "Seen",
    "Setting",
    "Store",
    "Unknown",
    "Unknowns",
    "Verdict",
]


class Seen(NamedTuple):
    """How often a cause was met since its answer, and for how many receiving domains."""

    times: int
    domains: int
    since: datetime.datetime


class Store:
    """The bot's memory in a database; open it before use, close it after."""

    def __init__(self, url: str, claim_seconds: float = CLAIM_SECONDS, kept: Kept = KEPT) -> None:
        self.kept = kept
        self.engine = connect(url)
        self.channels = Channels(self.engine)
        self.counts = Counts(self.engine)
        self.feedback = Feedback(self.engine)
        self.notes = Notes(self.engine)
        self.unknown = Unknowns(self.engine)
        self.jobs = Jobs(self.engine, uuid.uuid4().hex, claim_seconds)
        self._swept = tables.now()
        self._queues: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def open(self) -> None:
        """Bring the tables up to date and forget what is old.

        Raises SQLAlchemyError when the database cannot be used.
        """
        await migrate(self.engine)
        await self.sweep()

    async def sweep(self) -> None:
        """Forget what is old; done at the start, and once a day (bot/sweeping.py).

        Raises SQLAlchemyError when the database cannot be used; then it stays due.
        """
        now = tables.now()
        async with self.engine.begin() as connection:
            for table, kept in self.kept.items():
                await connection.execute(delete(table).where(table.c.at < now - kept))
        self._swept = now

    @property
    def is_due_to_sweep(self) -> bool:
        """Whether it is a day ago that what is old was forgotten."""
        return tables.now() - self._swept > DAY

    async def is_reachable(self) -> bool:
        """Whether the database answers."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(select(1))
        except (SQLAlchemyError, OSError):
            return False
        return True

    async def close(self) -> None:
        """Let go of the database."""
        await self.engine.dispose()

    @asynccontextmanager
    async def deciding(self, place: Place) -> AsyncIterator[Deciding]:
        """Decide about a message while nobody else decides about its channel."""
        # Whoever waits here takes no connection from those who decide about other channels.
        queue = self._queues.setdefault((place.team, place.channel), asyncio.Lock())
        async with queue, self.engine.begin() as connection:
            await hold_channel(connection, place.team, place.channel)
            yield Deciding(connection, self.jobs, place)

    async def is_marked(self, place: Place) -> bool:
        """Whether a message has our mark, and no answer."""
        wanted = select(ANSWERED.c.ts).where(this(place) & (ANSWERED.c.kind == MARK))
        async with self.engine.connect() as connection:
            return (await connection.execute(wanted)).first() is not None

    async def removed(self, team: str, channel: str, answer_ts: str) -> None:
        """Note that an answer stands no more, whichever message it was for."""
        gone = tables.matching(ANSWERED, team=team, channel=channel, answer_ts=answer_ts)
        async with self.engine.begin() as connection:
            await connection.execute(
                update(ANSWERED).where(gone).values(answer_ts=None, content="")
            )

    async def take_back(self, place: Place) -> bool:
        """Let an answer be shown no more; False when there is none."""
        nothing = {"content": "", "version": ANSWERED.c.version + 1, "due": tables.now()}
        async with self.engine.begin() as connection:
            taken = await connection.execute(
                update(ANSWERED).where(this(place) & (ANSWERED.c.kind != MARK)).values(nothing)
            )
        return bool(taken.rowcount)

    async def unexplain(self, place: Place) -> None:
        """Forget what a message's answer explained, so that it may be explained again."""
        async with self.engine.begin() as connection:
            for table in (CAUSES, DOMAINS):
                await connection.execute(delete(table).where(this(place, table)))

    async def seen(self, place: Place) -> dict[str, Seen]:
        """Of each cause of an answer: how often it was seen, for how many domains, since when."""
        causes = select(CAUSES.c.entry, CAUSES.c.seen, CAUSES.c.at).where(this(place, CAUSES))
        domains = (
            select(DOMAINS.c.entry, func.count())
            .where(this(place, DOMAINS))
            .group_by(DOMAINS.c.entry)
        )
        async with self.engine.connect() as connection:
            rows = (await connection.execute(causes)).all()
            counted = {row[0]: row[1] for row in await connection.execute(domains)}
        return {
            row.entry: Seen(row.seen, counted.get(row.entry, 0), tables.in_utc(row.at))
            for row in rows
        }

    async def forget(self, team: str) -> None:
        """Delete all that is stored for a workspace."""
        async with self.engine.begin() as connection:
            for table in METADATA.sorted_tables:
                await connection.execute(delete(table).where(table.c.team == team))
