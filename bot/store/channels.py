"""How the bot behaves in each channel, and who changed that."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store import tables
from bot.store.engine import upsert
from bot.store.tables import AUDIT, CHANNELS


class Mode(StrEnum):
    """What the bot does about an error it sees in a channel."""

    THREAD = "thread"  # answers in the thread; so it is where nobody has set anything
    QUIET = "quiet"  # adds a reaction, and answers who adds the same
    ALERTS = "alerts"  # answers other bots' messages only
    OFF = "off"


@dataclass(frozen=True)
class Setting:
    """The mode of a channel, who set it and when; people and channels by their Slack ids."""

    mode: Mode
    who: str
    at: datetime.datetime


@dataclass(frozen=True)
class Change:
    """One line of the audit trail."""

    channel: str
    who: str
    what: str
    at: datetime.datetime


class Channels:
    """The settings of channels; part of the store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def setting(self, team: str, channel: str) -> Setting | None:
        """What somebody set for a channel; None when nobody has."""
        wanted = select(CHANNELS).where(tables.matching(CHANNELS, team=team, channel=channel))
        async with self._engine.connect() as connection:
            row = (await connection.execute(wanted)).first()
        return Setting(Mode(row.mode), row.who, tables.in_utc(row.at)) if row else None

    async def mode(self, team: str, channel: str) -> Mode | None:
        """The mode somebody set for a channel; None when nobody has."""
        setting = await self.setting(team, channel)
        return setting.mode if setting else None

    async def modes(self, team: str, channels: Collection[str]) -> dict[str, Mode]:
        """The modes that somebody set, of some channels."""
        wanted = select(CHANNELS.c.channel, CHANNELS.c.mode).where(
            (CHANNELS.c.team == team) & CHANNELS.c.channel.in_(channels)
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(wanted)
            return {row.channel: Mode(row.mode) for row in rows}

    async def set_mode(self, team: str, channel: str, mode: Mode, who: str, how: str) -> None:
        """Set a channel's mode; `how` is what the audit trail calls it."""
        place = {"team": team, "channel": channel}
        setting = {"mode": mode.value, "who": who, "at": tables.now()}
        async with self._engine.begin() as connection:
            await upsert(connection, CHANNELS, place | setting, setting)
            await _note(connection, team, channel, who, how)

    async def note(self, team: str, channel: str, who: str, what: str) -> None:
        """Write one line of the audit trail."""
        async with self._engine.begin() as connection:
            await _note(connection, team, channel, who, what)

    async def latest(self, team: str, most: int, skipped: int = 0) -> list[Change]:
        """A part of the audit trail of a workspace, latest first."""
        # Whole rows decide between changes of the same moment, so that no page repeats one.
        newest = (AUDIT.c.at.desc(), AUDIT.c.channel, AUDIT.c.who, AUDIT.c.what)
        wanted = select(AUDIT.c.channel, AUDIT.c.who, AUDIT.c.what, AUDIT.c.at).where(
            AUDIT.c.team == team
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(wanted.order_by(*newest).limit(most).offset(skipped))
            return [Change(row.channel, row.who, row.what, tables.in_utc(row.at)) for row in rows]


async def _note(connection: AsyncConnection, team: str, channel: str, who: str, what: str) -> None:
    row = {"team": team, "channel": channel, "who": who, "what": what, "at": tables.now()}
    await connection.execute(insert(AUDIT).values(row))
