"""Decide about one channel at a time, over all instances: what was said there, and what to say."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables
from bot.store.channels import Mode
from bot.store.engine import upsert
from bot.store.jobs import FILES, Job, Jobs, Place, this
from bot.store.tables import ANSWERED, CAUSES, CHANNELS, COUNTS, DOMAINS

# An answer that counts on is changed so often at most: Slack takes some fifty changes a minute.
CHANGED_EVERY = datetime.timedelta(seconds=5)


@dataclass(frozen=True)
class Past:
    """What was explained before, by entry ids: in a thread, and in its channel lately."""

    in_thread: frozenset[str] = frozenset()
    in_channel: frozenset[str] = frozenset()
    answers_in_thread: int = 0


@dataclass(frozen=True)
class Answered:
    """An answer that stands, or is to be given: where, and what it explains by entry ids."""

    thread_ts: str | None
    causes: frozenset[str]


class Deciding:
    """One transaction, in which nobody else decides about the same channel."""

    def __init__(self, connection: AsyncConnection, jobs: Jobs, place: Place) -> None:
        self._connection = connection
        self._jobs = jobs
        self._place = place

    def _here(self, table: Table) -> ColumnElement[bool]:
        """The condition that picks the rows of the message's channel."""
        return tables.matching(table, team=self._place.team, channel=self._place.channel)

    async def mode(self) -> Mode | None:
        """The mode somebody set for the channel; None when nobody has."""
        wanted = select(CHANNELS.c.mode).where(self._here(CHANNELS))
        mode = (await self._connection.execute(wanted)).scalar()
        return Mode(mode) if mode else None

    async def past(self, thread_ts: str, lately: datetime.timedelta) -> Past:
        """What was explained in a thread, and in the whole channel `lately`."""
        recent = CAUSES.c.at >= tables.now() - lately
        wanted = select(CAUSES.c.entry, CAUSES.c.ts, CAUSES.c.thread_ts, recent.label("recent"))
        rows = await self._connection.execute(
            wanted.where(self._here(CAUSES) & (recent | (CAUSES.c.thread_ts == thread_ts)))
        )
        found = rows.all()
        in_thread = [row for row in found if row.thread_ts == thread_ts]
        return Past(
            in_thread=frozenset(row.entry for row in in_thread),
            in_channel=frozenset(row.entry for row in found if row.recent),
            answers_in_thread=len({row.ts for row in in_thread}),
        )

    async def recently(self, kind: str, lately: datetime.timedelta) -> int:
        """How much work of a kind the channel had `lately`."""
        same = (ANSWERED.c.kind == kind) & (ANSWERED.c.at >= tables.now() - lately)
        wanted = select(func.count()).select_from(ANSWERED).where(self._here(ANSWERED) & same)
        return (await self._connection.execute(wanted)).scalar_one()

    async def begin(
        self,
        kind: str,
        thread_ts: str,
        content: str = "{}",
        causes: Collection[str] = (),
        pace: Sequence[str] = (),
    ) -> Job | None:
        """Write down what to do about the message; None when that was done before."""
        try:
            async with self._connection.begin_nested():
                job = await self._jobs.write(
                    self._connection, self._place, kind, thread_ts, content, pace
                )
                if causes:
                    await self.explains(thread_ts, causes)
        except IntegrityError:
            return None
        return job

    async def explains(self, thread_ts: str, causes: Collection[str]) -> None:
        """Note what the answer to the message explains now, in place of what it did before."""
        kept = this(self._place, CAUSES) & CAUSES.c.entry.in_(causes)
        known = await self._connection.execute(select(CAUSES.c.entry).where(kept))
        new = set(causes) - set(known.scalars())
        await self._connection.execute(
            delete(CAUSES).where(this(self._place, CAUSES) & CAUSES.c.entry.not_in(causes))
        )
        row = self._place.key | {"thread_ts": thread_ts, "at": tables.now()}
        if new:
            await self._connection.execute(
                insert(CAUSES).values([row | {"entry": cause} for cause in sorted(new)])
            )

    async def answered(self) -> Answered | None:
        """The unasked answer to the message; None when there is none, or it was asked for."""
        wanted = select(ANSWERED.c.content, ANSWERED.c.thread_ts).where(this(self._place))
        row = (await self._connection.execute(wanted)).first()
        causes = await self._connection.execute(
            select(CAUSES.c.entry).where(this(self._place, CAUSES))
        )
        explained = frozenset(causes.scalars())
        return Answered(row.thread_ts, explained) if row and row.content and explained else None

    async def becomes(self, kind: str) -> None:
        """Let the work on the message be of another kind."""
        await self._connection.execute(update(ANSWERED).where(this(self._place)).values(kind=kind))

    async def change(self, content: str) -> None:
        """Let the answer to the message show something else; nothing at all when empty."""
        changed = {
            "content": content,
            "version": ANSWERED.c.version + 1,
            "due": tables.now(),
        }
        await self._connection.execute(update(ANSWERED).where(this(self._place)).values(changed))

    async def count(
        self, causes: Mapping[str, Collection[int]], lately: datetime.timedelta
    ) -> None:
        """Count causes met in the message, each with the numbers of its receiving domains.

        An answer in the channel that explains one already shows the new count soon.
        """
        now = tables.now()
        for cause, domains in causes.items():
            await self._count_day(cause, now)
            since = (CAUSES.c.entry == cause) & (CAUSES.c.at >= now - lately)
            found = select(CAUSES.c.ts).where(self._here(CAUSES) & since)
            latest = found.order_by(CAUSES.c.at.desc()).limit(1)
            ts = (await self._connection.execute(latest)).scalar()
            if ts is None:
                continue
            answer = Place(self._place.team, self._place.channel, ts)
            if ts != self._place.ts:
                await self._count_on(answer, cause, now)
            await self._note_domains(answer, cause, domains, now)

    async def _count_day(self, cause: str, now: datetime.datetime) -> None:
        row = {
            "team": self._place.team,
            "entry": cause,
            "day": now.date().isoformat(),
            "count": 1,
            "at": now,
        }
        await upsert(self._connection, COUNTS, row, {"count": COUNTS.c.count + 1})

    async def _count_on(self, answer: Place, cause: str, now: datetime.datetime) -> None:
        await self._connection.execute(
            update(CAUSES)
            .where(this(answer, CAUSES) & (CAUSES.c.entry == cause))
            .values(seen=CAUSES.c.seen + 1)
        )
        wanted = select(ANSWERED).where(this(answer))
        row = (await self._connection.execute(wanted)).first()
        # A digest of files shows no such count: they would be read anew for it.
        if row is None or not row.content or row.kind == FILES:
            return
        # A change that waits already will show this count too; what is on its way to Slack may not.
        is_on_its_way = row.claimed_until is not None and tables.in_utc(row.claimed_until) > now
        if row.delivered < row.version and not is_on_its_way:
            return
        soon = min(max(now, tables.in_utc(row.due) + CHANGED_EVERY), now + CHANGED_EVERY)
        await self._connection.execute(
            update(ANSWERED).where(this(answer)).values(version=ANSWERED.c.version + 1, due=soon)
        )

    async def _note_domains(
        self, answer: Place, cause: str, domains: Collection[int], now: datetime.datetime
    ) -> None:
        for domain in sorted(domains):
            row = answer.key | {"entry": cause, "domain": domain, "at": now}
            await upsert(self._connection, DOMAINS, row)
