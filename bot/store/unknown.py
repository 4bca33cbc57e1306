"""What people asked about and the bot could not explain, counted by its masked form."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import tables
from bot.store.engine import upsert
from bot.store.tables import UNKNOWN


@dataclass(frozen=True)
class Unknown:
    """An error nobody could be told about: its masked form, how often, and when last."""

    masked: str
    count: int
    at: datetime.datetime


class Unknowns:
    """The counts of unknown errors; part of the store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def count(self, team: str, masked: str) -> None:
        """Count an error once more for a workspace; `masked` comes from bot/smtp/masked.py."""
        now = tables.now()
        row = {"team": team, "masked": masked, "count": 1, "first_at": now, "at": now}
        once_more = {"count": UNKNOWN.c.count + 1, "at": now}
        async with self._engine.begin() as connection:
            await upsert(connection, UNKNOWN, row, once_more)

    async def lately(self, team: str, limit: int) -> list[Unknown]:
        """The errors a workspace asked about most often, the most frequent first."""
        return await self._found(_MOST_FREQUENT.where(UNKNOWN.c.team == team).limit(limit))

    async def everywhere(self, limit: int) -> list[Unknown]:
        """The same of all workspaces together."""
        return await self._found(_MOST_FREQUENT.limit(limit))

    async def _found(self, wanted: Select[Any]) -> list[Unknown]:
        async with self._engine.connect() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(wanted)).all()
        return [Unknown(row.masked, row.times, tables.in_utc(row.last)) for row in rows]


_TIMES, _LAST = func.sum(UNKNOWN.c.count), func.max(UNKNOWN.c.at)
_MOST_FREQUENT = (
    select(UNKNOWN.c.masked, _TIMES.label("times"), _LAST.label("last"))
    .group_by(UNKNOWN.c.masked)
    .order_by(_TIMES.desc(), _LAST.desc(), UNKNOWN.c.masked)
)
