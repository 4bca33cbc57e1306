"""What the bot must remember: what it has answered, and how to behave where. SQLite by default."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, delete, event, insert, select, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store import tables
from bot.store.channels import Change, Channels, Mode, Setting
from bot.store.tables import ANSWERED, CAUSES, DAY, KEPT, METADATA

__all__ = ["Change", "Channels", "Mode", "Past", "Setting", "Store"]


@dataclass(frozen=True)
class Past:
    """What was explained before, by entry ids: in a thread, and in its channel lately."""

    in_thread: frozenset[str] = frozenset()
    in_channel: frozenset[str] = frozenset()
    answers_in_thread: int = 0


class Store:
    """The bot's memory in a database; open it before use, close it after."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(url)
        self.channels = Channels(self.engine)
        # Held from looking at the past to claiming: an outage reports one cause many times at once.
        self.deciding = asyncio.Lock()
        self._swept = tables.now()
        if url.startswith("sqlite"):
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)

    async def open(self) -> None:
        """Create what is missing, forget what is old; SQLAlchemyError when it cannot be used."""
        async with self.engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        await self.sweep()

    async def sweep(self) -> None:
        """Forget what is old; done at the start, and once a day while messages come in."""
        self._swept = tables.now()
        async with self.engine.begin() as connection:
            for table, kept in KEPT.items():
                await connection.execute(delete(table).where(table.c.at < self._swept - kept))

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

    async def past(
        self, team: str, channel: str, thread_ts: str, lately: datetime.timedelta
    ) -> Past:
        """What was explained in a thread, and in the whole channel `lately`."""
        here = (CAUSES.c.team == team) & (CAUSES.c.channel == channel)
        recent = CAUSES.c.at >= tables.now() - lately
        wanted = select(CAUSES.c.entry, CAUSES.c.ts, CAUSES.c.thread_ts, recent.label("recent"))
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                wanted.where(here & (recent | (CAUSES.c.thread_ts == thread_ts)))
            )
            found = rows.all()
        in_thread = [row for row in found if row.thread_ts == thread_ts]
        return Past(
            in_thread=frozenset(row.entry for row in in_thread),
            in_channel=frozenset(row.entry for row in found if row.recent),
            answers_in_thread=len({row.ts for row in in_thread}),
        )

    async def claim(
        self, team: str, channel: str, ts: str, thread_ts: str = "", causes: Iterable[str] = ()
    ) -> bool:
        """Take a message, for explaining these causes in a thread; False when it is taken already
        (redelivered, edited)."""
        if tables.now() - self._swept > DAY:
            await self.sweep()
        row = {"team": team, "channel": channel, "ts": ts, "at": tables.now()}
        explained = [row | {"thread_ts": thread_ts, "entry": cause} for cause in causes]
        try:
            async with self.engine.begin() as connection:
                await connection.execute(insert(ANSWERED).values(row))
                if explained:
                    await connection.execute(insert(CAUSES).values(explained))
        except IntegrityError:
            return False
        return True

    async def answered(self, team: str, channel: str, ts: str, answer_ts: str | None) -> None:
        """Note where the answer to a claimed message stands; None when it stands no more."""
        async with self.engine.begin() as connection:
            await connection.execute(
                update(ANSWERED)
                .where(_this(ANSWERED, team, channel, ts))
                .values(answer_ts=answer_ts)
            )

    async def is_claimed(self, team: str, channel: str, ts: str) -> bool:
        """Whether a message was taken, be it for an answer or for a reaction."""
        wanted = select(ANSWERED.c.ts).where(_this(ANSWERED, team, channel, ts))
        async with self.engine.connect() as connection:
            return (await connection.execute(wanted)).first() is not None

    async def answer_to(self, team: str, channel: str, ts: str) -> str | None:
        """Where the answer to a message stands; None when there is none."""
        wanted = select(ANSWERED.c.answer_ts).where(_this(ANSWERED, team, channel, ts))
        async with self.engine.connect() as connection:
            return (await connection.execute(wanted)).scalar()

    async def answer_removed(self, team: str, channel: str, answer_ts: str) -> None:
        """Note that an answer stands no more, whichever message it was for."""
        place = (ANSWERED.c.team == team) & (ANSWERED.c.channel == channel)
        async with self.engine.begin() as connection:
            await connection.execute(
                update(ANSWERED)
                .where(place & (ANSWERED.c.answer_ts == answer_ts))
                .values(answer_ts=None)
            )

    async def explained(self, team: str, channel: str, ts: str) -> frozenset[str]:
        """What the answer to a message explains, by entry ids; nothing if it was asked for."""
        wanted = select(CAUSES.c.entry).where(_this(CAUSES, team, channel, ts))
        async with self.engine.connect() as connection:
            return frozenset((await connection.execute(wanted)).scalars())

    async def explain(
        self, team: str, channel: str, ts: str, thread_ts: str, causes: Iterable[str]
    ) -> None:
        """Note what the answer to a message explains now, in place of what it did before."""
        row = {"team": team, "channel": channel, "ts": ts, "thread_ts": thread_ts}
        rows = [row | {"entry": cause, "at": tables.now()} for cause in causes]
        async with self.engine.begin() as connection:
            await connection.execute(delete(CAUSES).where(_this(CAUSES, team, channel, ts)))
            if rows:
                await connection.execute(insert(CAUSES).values(rows))

    async def release(self, team: str, channel: str, ts: str) -> None:
        """Give a claimed message back, for a redelivery to answer."""
        async with self.engine.begin() as connection:
            for table in (ANSWERED, CAUSES):
                await connection.execute(delete(table).where(_this(table, team, channel, ts)))

    async def forget(self, team: str) -> None:
        """Delete all that is stored for a workspace."""
        async with self.engine.begin() as connection:
            for table in METADATA.sorted_tables:
                await connection.execute(delete(table).where(table.c.team == team))


def _this(table: Table, team: str, channel: str, ts: str) -> ColumnElement[bool]:
    return (table.c.team == team) & (table.c.channel == channel) & (table.c.ts == ts)


def _tune_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Readers do not block the writer, and a busy file is waited for."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
