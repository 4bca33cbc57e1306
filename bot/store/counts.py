"""How often each cause was met, by day."""

from __future__ import annotations

import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import tables
from bot.store.tables import COUNTS


class Counts:
    """The counts by cause and day; part of the store. They are made while deciding."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def lately(self, team: str, lately: datetime.timedelta, most: int) -> dict[str, int]:
        """The entries that a workspace met most often since then, the most frequent first."""
        since = (tables.now() - lately).date().isoformat()
        times = func.sum(COUNTS.c.count)
        wanted = (
            select(COUNTS.c.entry, times)
            .where((COUNTS.c.team == team) & (COUNTS.c.day > since))
            .group_by(COUNTS.c.entry)
            .order_by(times.desc(), COUNTS.c.entry)
            .limit(most)
        )
        async with self._engine.connect() as connection:
            return {row[0]: int(row[1]) for row in await connection.execute(wanted)}
