"""Reach the database: SQLite in one file, or PostgreSQL; and bring its tables up to date."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"
# Any numbers: whoever holds the lock under the first changes tables, the others wait. Under the
# others, with a hash, a channel is decided about, or a workspace's token renewed.
MIGRATING = 5321
DECIDING = 3463
RENEWING = 6749
CONNECTIONS = 10  # to PostgreSQL, from one instance
WAIT = 10  # seconds for a free connection; Slack waits three for an acknowledgement
SWITCHES, PAUSE = 100, 0.02  # tries, and seconds between them


def connect(url: str) -> AsyncEngine:
    """An engine for a database; it connects when first used."""
    if is_sqlite(url):
        # One connection, for which transactions queue up fairly: SQLite has one writer at a time,
        # and whoever finds the file locked would sleep and try again.
        engine = create_async_engine(
            url, poolclass=AsyncAdaptedQueuePool, pool_size=1, max_overflow=0, pool_timeout=WAIT
        )
        event.listen(engine.sync_engine, "connect", _tune_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_at_once)
        return engine
    return create_async_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT,
        pool_pre_ping=True,  # a restarted database is met with a new connection, not an error
    )


def as_written(url: str) -> str:
    """An address as people write it: without our driver, and without what may be a password."""
    parts = make_url(url)
    return parts.set(drivername=parts.get_backend_name(), query={}).render_as_string()


def is_sqlite(url: str) -> bool:
    """Whether a database is a file of SQLite."""
    return url.startswith("sqlite")


async def migrate(engine: AsyncEngine) -> None:
    """Bring the tables up to date, keeping what is in them; one instance does, others wait.

    Raises SQLAlchemyError when the database cannot be used.
    """
    async with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATING})
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


async def hold_channel(connection: AsyncConnection, team: str, channel: str) -> None:
    """Let nobody else decide about a channel until this transaction ends, in any instance."""
    await _hold(connection, DECIDING, f"{team}/{channel}")


async def hold_tokens(connection: AsyncConnection, installation: str) -> None:
    """Let nobody else renew the token of an installation until this transaction ends."""
    await _hold(connection, RENEWING, installation)


async def _hold(connection: AsyncConnection, number: int, what: str) -> None:
    if connection.dialect.name == "postgresql":
        held = text("SELECT pg_advisory_xact_lock(:n, hashtext(:what))")
        await connection.execute(held, {"n": number, "what": what})
    # In SQLite the transaction itself holds the one connection and the lock to write.


async def upsert(
    connection: AsyncConnection,
    table: Table,
    row: dict[str, Any],
    change: dict[str, Any] | None = None,
    where: ColumnElement[bool] | None = None,
) -> None:
    """Insert a row; where its key is taken, change the row that is there, or leave it as it is.

    With `where`, only a row that fulfils this is changed.
    """
    is_postgresql = connection.dialect.name == "postgresql"
    insert = (postgresql.insert if is_postgresql else sqlite.insert)(table).values(row)
    key = list(table.primary_key)
    if change:
        insert = insert.on_conflict_do_update(index_elements=key, set_=change, where=where)
    else:
        insert = insert.on_conflict_do_nothing(index_elements=key)
    await connection.execute(insert)


def _tune_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Readers of the file do not block the writer, and another writer is waited for."""
    connection.isolation_level = None  # we begin by ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={WAIT * 1000}")
    _log_ahead(cursor)
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is gone from the file, too
    cursor.close()


def _log_ahead(cursor: DBAPICursor) -> None:
    """Switch to a write-ahead log, which a new file needs once.

    Whoever else opens the new file makes SQLite refuse that at once, whatever the busy_timeout.
    """
    for _ in range(SWITCHES):
        with suppress(OperationalError):
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        time.sleep(PAUSE)  # the others are through by then; nothing else runs at the start
    cursor.execute("PRAGMA journal_mode=WAL")


def _begin_at_once(connection: Connection) -> None:
    # A transaction that first reads and then writes fails when another process wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
