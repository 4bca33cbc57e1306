"""The work that is written down before Slack is told that we have its event.

A row of `answered` says what Slack should show for a message (`version` counts its changes) and
what it shows as far as we know (`delivered`). An instance claims a row for a while, brings Slack up
to date and settles it; a claim that has run out is anybody's.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store import tables
from bot.store.tables import ANSWERED, CAUSES, DOMAINS, matching

# Kinds of work, as the database names them.
BRIEF = "brief"  # an unasked answer in a thread
MARK = "mark"  # the magnifier on a message
COUNTED = "counted"  # one more message of an outage
FILES = "files"  # an unasked answer to files, which are read first
ASKED = "asked"  # an answer to a question
WHISPER = "whisper"  # the answer to a marked message, for who asked by adding the mark
REMOVE = "remove"  # a message of ours that somebody does not want to see
INTRODUCE = "introduce"  # a line to who invited the bot
CLICK = "click"  # on a button that does what it is for only once

CLAIM_SECONDS = 45  # how long work stays with an instance that says nothing more about it
TAKEN_AT_ONCE = 50
# Slack takes about one message a second in a channel and tolerates short bursts: so many messages
# in as many seconds.
BURST = 5


@dataclass(frozen=True)
class Place:
    """A message, and whose token reaches it.

    `team` is what rows are keyed by: the workspace's id, or the organisation's where that installed
    the bot as a whole.
    """

    team: str
    channel: str
    ts: str
    team_id: str | None = None
    enterprise_id: str | None = None

    @property
    def key(self) -> dict[str, str]:
        """The columns that rows about the message have in common."""
        return {"team": self.team, "channel": self.channel, "ts": self.ts}


@dataclass(frozen=True)
class Job:
    """What is to be done about a message; `content` is empty when nothing shall be shown.

    `unsure`: somebody began before, and what came of it is not known. `until`: when this
    instance's claim runs out; None where it has none.
    """

    place: Place
    kind: str
    thread_ts: str | None
    content: str
    answer_ts: str | None
    version: int
    attempts: int
    unsure: bool
    due: datetime.datetime
    at: datetime.datetime
    until: datetime.datetime | None


class Jobs:
    """The work of all instances; part of the store. `me` names this instance."""

    def __init__(self, engine: AsyncEngine, me: str, claim_seconds: float) -> None:
        self._engine = engine
        self._me = me
        self.claimed_for = datetime.timedelta(seconds=claim_seconds)

    async def begin(
        self, place: Place, kind: str, thread_ts: str | None = None, content: str = "{}"
    ) -> Job | None:
        """Write work down, claimed by this instance; None when it is written down already."""
        try:
            async with self._engine.begin() as connection:
                return await self.write(connection, place, kind, thread_ts, content)
        except IntegrityError:
            return None

    async def write(
        self,
        connection: AsyncConnection,
        place: Place,
        kind: str,
        thread_ts: str | None,
        content: str,
        pace: Sequence[str] = (),
    ) -> Job:
        """Write work down within a transaction; IntegrityError when it is written down already.

        `pace` names the kinds that share the channel's pace; with it the work may be due later.
        """
        now = tables.now()
        due = await _paced(connection, place, pace, now) if pace else now
        row: dict[str, Any] = {
            **place.key,
            "team_id": place.team_id,
            "enterprise_id": place.enterprise_id,
            "kind": kind,
            "thread_ts": thread_ts,
            "content": content,
            "version": 1,
            "due": due,
            "at": now,
        }
        until = now + self.claimed_for if due <= now else None
        if until:
            row |= {"claimed_by": self._me, "claimed_until": until, "attempts": 1}
        await connection.execute(insert(ANSWERED).values(row))
        return Job(place, kind, thread_ts, content, None, 1, 1, False, due, now, until)

    async def due(self) -> list[Job]:
        """Claim what is due and nobody is at work on."""
        now = tables.now()
        wanted = select(ANSWERED).where(_free(now)).order_by(ANSWERED.c.due).limit(TAKEN_AT_ONCE)
        async with self._engine.connect() as connection:
            found = (await connection.execute(wanted)).all()
        return [job for row in found if (job := await self._claim(row))]

    async def claim(self, place: Place) -> Job | None:
        """Claim one piece of work if it is due and nobody is at it."""
        wanted = select(ANSWERED).where(this(place) & _free(tables.now()))
        async with self._engine.connect() as connection:
            row = (await connection.execute(wanted)).first()
        return await self._claim(row) if row else None

    async def _claim(self, row: Any) -> Job | None:
        place = Place(row.team, row.channel, row.ts, row.team_id, row.enterprise_id)
        now = tables.now()
        until = now + self.claimed_for
        mine = {"claimed_by": self._me, "claimed_until": until, "attempts": row.attempts + 1}
        # Since the row was read, others may have claimed, changed, or even settled it.
        same = (ANSWERED.c.version == row.version) & (ANSWERED.c.attempts == row.attempts)
        async with self._engine.begin() as connection:
            taken = await connection.execute(
                update(ANSWERED).where(this(place) & _free(now) & same).values(mine)
            )
        return _job(place, row, until) if taken.rowcount else None

    async def renew(self, job: Job, longer: datetime.timedelta | None = None) -> Job | None:
        """Claim a job for longer; None when it is somebody else's by now."""
        until = tables.now() + max(self.claimed_for, longer or self.claimed_for)
        async with self._engine.begin() as connection:
            kept = await connection.execute(
                update(ANSWERED).where(self._ours(job)).values(claimed_until=until)
            )
        return replace(job, until=until) if kept.rowcount else None

    async def settle(self, job: Job, answer_ts: str | None) -> bool:
        """Note that Slack shows what this job wanted; whether there is more to do by now."""
        done = {"answer_ts": answer_ts, "delivered": job.version, "attempts": 0}
        async with self._engine.begin() as connection:
            settled = await connection.execute(
                update(ANSWERED)
                .where(this(job.place) & (ANSWERED.c.delivered < job.version))
                .values(done | _FREE)
                .returning(ANSWERED.c.version)
            )
            version = settled.scalar()
        return version is not None and version > job.version

    async def postpone(self, job: Job, until: datetime.datetime, began: bool) -> None:
        """Leave a job for later. `began`: Slack may have done it all the same."""
        later: dict[str, Any] = {"due": until, "claimed_until": None}
        if not began:
            later["claimed_by"] = None
        async with self._engine.begin() as connection:
            await connection.execute(update(ANSWERED).where(self._ours(job)).values(later))

    async def drop(self, job: Job) -> None:
        """Forget a job, as if the message had never been seen."""
        async with self._engine.begin() as connection:
            dropped = await connection.execute(delete(ANSWERED).where(self._ours(job)))
            for table in (CAUSES, DOMAINS) if dropped.rowcount else ():
                await connection.execute(delete(table).where(this(job.place, table)))

    def _ours(self, job: Job) -> ColumnElement[bool]:
        """The condition that nobody has claimed the job since we did."""
        is_ours = (ANSWERED.c.claimed_by == self._me) & (ANSWERED.c.claimed_until == job.until)
        return this(job.place) & is_ours

    async def waiting(self) -> tuple[int, float]:
        """How many jobs wait or are at work, and for how many seconds the oldest has been due."""
        unsettled = ANSWERED.c.delivered < ANSWERED.c.version
        wanted = select(func.count(), func.min(ANSWERED.c.due)).where(unsettled)
        async with self._engine.connect() as connection:
            count, oldest = (await connection.execute(wanted)).one()
        age = (tables.now() - tables.in_utc(oldest)).total_seconds() if oldest else 0.0
        return count, max(0.0, age)


_FREE = {"claimed_by": None, "claimed_until": None}


def this(place: Place, table: Table = ANSWERED) -> ColumnElement[bool]:
    """The condition that picks the rows about one message."""
    return matching(table, **place.key)


def _free(now: datetime.datetime) -> ColumnElement[bool]:
    """The condition that there is work to do, by now, and nobody at it."""
    is_free = or_(ANSWERED.c.claimed_until.is_(None), ANSWERED.c.claimed_until < now)
    return (ANSWERED.c.delivered < ANSWERED.c.version) & (ANSWERED.c.due <= now) & is_free


def _job(place: Place, row: Any, until: datetime.datetime) -> Job:
    return Job(
        place,
        row.kind,
        row.thread_ts,
        row.content or "",
        row.answer_ts,
        row.version,
        row.attempts + 1,
        row.claimed_by is not None,
        tables.in_utc(row.due),
        tables.in_utc(row.at),
        until,
    )


async def _paced(
    connection: AsyncConnection, place: Place, kinds: Sequence[str], now: datetime.datetime
) -> datetime.datetime:
    """When one more message of these kinds may go out to a channel."""
    here = matching(ANSWERED, team=place.team, channel=place.channel)
    # What stands and was changed since is due for the change, which is no message of its own.
    is_message = (ANSWERED.c.version == 1) | ANSWERED.c.answer_ts.is_(None)
    before = (
        select(ANSWERED.c.due)
        .where(here & is_message & ANSWERED.c.kind.in_(kinds))
        .order_by(ANSWERED.c.due.desc())
        .offset(BURST - 1)
        .limit(1)
    )
    earlier = (await connection.execute(before)).scalar()
    if earlier is None:
        return now
    return max(now, tables.in_utc(earlier) + datetime.timedelta(seconds=BURST))
