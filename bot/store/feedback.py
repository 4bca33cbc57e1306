"""Whether answers helped, as people say by the buttons under them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import tables
from bot.store.engine import upsert
from bot.store.tables import FEEDBACK


class Rater(NamedTuple):
    """One person before one answer; all of it Slack's ids."""

    team: str
    channel: str
    ts: str
    who: str


@dataclass(frozen=True)
class Verdict:
    """What one person thought of one cause that an answer named.

    `reason` is the class they say it was really, `lack` what was wrong with the answer; "" when
    they did not say.
    """

    entry: str
    verdict: str
    who: str
    at: datetime.datetime
    reason: str = ""
    lack: str = ""


class Feedback:
    """The verdicts on answers; part of the store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def give(self, rater: Rater, entries: Iterable[str], verdict: str) -> None:
        """Note a verdict on the causes an answer named: a person's last one counts, once."""
        said = {"verdict": verdict, "reason": "", "lack": "", "at": tables.now()}
        is_other = FEEDBACK.c.verdict != verdict  # what they chose with the same one stays
        async with self._engine.begin() as connection:
            for entry in entries:
                row = rater._asdict() | {"entry": entry} | said
                await upsert(connection, FEEDBACK, row, said, is_other)

    async def explain(self, rater: Rater, entries: Iterable[str], reason: str, lack: str) -> None:
        """Add to a verdict what the person chose in the form."""
        theirs = tables.matching(FEEDBACK, **rater._asdict())
        said = theirs & FEEDBACK.c.entry.in_(list(entries))
        async with self._engine.begin() as connection:
            await connection.execute(update(FEEDBACK).where(said).values(reason=reason, lack=lack))

    async def given(self, team: str) -> list[Verdict]:
        """All verdicts of a workspace, oldest first."""
        wanted = select(FEEDBACK).where(FEEDBACK.c.team == team).order_by(FEEDBACK.c.at)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(wanted)).all()
        return [
            Verdict(row.entry, row.verdict, row.who, tables.in_utc(row.at), row.reason, row.lack)
            for row in rows
        ]
