"""What the bot must remember: which messages it has answered. SQLite by default."""

from __future__ import annotations

import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    MetaData,
    String,
    Table,
    delete,
    event,
    insert,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

_METADATA = MetaData()

# Slack ids only: never a message's text, nor anybody's name or address.
_ANSWERED = Table(
    "answered",
    _METADATA,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("answer_ts", String(32)),
    Column("at", DateTime(timezone=True), nullable=False),
)
KEPT = datetime.timedelta(days=7)  # Slack redelivers for minutes; edits of older messages are rare


class Store:
    """The bot's memory in a database; open it before use, close it after."""

    def __init__(self, url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(url)
        if url.startswith("sqlite"):
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)

    async def open(self) -> None:
        """Create what is missing, forget what is old; SQLAlchemyError when it cannot be used."""
        async with self.engine.begin() as connection:
            await connection.run_sync(_METADATA.create_all)
            await connection.execute(delete(_ANSWERED).where(_ANSWERED.c.at < _now() - KEPT))

    async def close(self) -> None:
        """Let go of the database."""
        await self.engine.dispose()

    async def claim(self, team: str, channel: str, ts: str) -> bool:
        """Take a message for answering; False when it is taken already (redelivered, edited)."""
        row = {"team": team, "channel": channel, "ts": ts, "at": _now()}
        try:
            async with self.engine.begin() as connection:
                await connection.execute(insert(_ANSWERED).values(row))
        except IntegrityError:
            return False
        return True

    async def answered(self, team: str, channel: str, ts: str, answer_ts: str) -> None:
        """Note where the answer to a claimed message stands."""
        async with self.engine.begin() as connection:
            await connection.execute(
                update(_ANSWERED).where(_this(team, channel, ts)).values(answer_ts=answer_ts)
            )

    async def release(self, team: str, channel: str, ts: str) -> None:
        """Give a claimed message back, for a redelivery to answer."""
        async with self.engine.begin() as connection:
            await connection.execute(delete(_ANSWERED).where(_this(team, channel, ts)))

    async def forget(self, team: str) -> None:
        """Delete all that is stored for a workspace."""
        async with self.engine.begin() as connection:
            await connection.execute(delete(_ANSWERED).where(_ANSWERED.c.team == team))


def _this(team: str, channel: str, ts: str) -> ColumnElement[bool]:
    return (_ANSWERED.c.team == team) & (_ANSWERED.c.channel == channel) & (_ANSWERED.c.ts == ts)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _tune_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Readers do not block the writer, and a busy file is waited for."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
