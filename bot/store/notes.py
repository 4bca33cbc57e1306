"""What the people of a workspace add to an entry: the one text of theirs that is stored."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store import tables
from bot.store.tables import NOTE_HISTORY, NOTES, WHAT_LENGTH

NEVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class Note:
    """A team's note on an entry as it was last saved; without text it was removed, or never was.

    `version` counts the saves. `name` is what to call the author where mentioning them would notify
    them; it comes from Slack and is not stored.
    """

    entry: str
    text: str = ""
    who: str = ""
    at: datetime.datetime = NEVER
    version: int = 0
    locked: bool = False
    name: str = ""


class NoteChanged(Exception):
    """Somebody saved the note meanwhile; `now` is what it says."""

    def __init__(self, now: Note) -> None:
        super().__init__(f"the note on {now.entry} changed meanwhile")
        self.now = now


class NoteLocked(Exception):
    """Only admins may change this note, or lock one."""


class Notes:
    """The notes of all workspaces; part of the store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, team: str, entries: Iterable[str]) -> dict[str, Note]:
        """The notes that a team has on these entries, by entry id."""
        wanted = select(NOTES).where((NOTES.c.team == team) & NOTES.c.entry.in_(list(entries)))
        return {note.entry: note for note in await self._read(wanted.where(NOTES.c.text != ""))}

    async def all(self, team: str) -> list[Note]:
        """All notes of a team, the latest first."""
        wanted = select(NOTES).where((NOTES.c.team == team) & (NOTES.c.text != ""))
        return await self._read(wanted.order_by(NOTES.c.at.desc(), NOTES.c.entry))

    async def latest(self, team: str, entry: str) -> Note:
        """What was last saved on an entry; an empty note when nothing was, or it was removed."""
        found = await self._read(
            select(NOTES).where(tables.matching(NOTES, team=team, entry=entry))
        )
        return found[0] if found else Note(entry)

    async def history(self, team: str, entry: str, most: int = 5) -> list[Note]:
        """The last few saves on an entry, the latest first; what removed it has no text."""
        wanted = select(NOTE_HISTORY).where(tables.matching(NOTE_HISTORY, team=team, entry=entry))
        return await self._read(wanted.order_by(NOTE_HISTORY.c.version.desc()).limit(most))

    async def save(
        self,
        team: str,
        entry: str,
        text: str,
        who: str,
        *,
        version: int,
        is_admin: bool,
        locked: bool | None = None,
    ) -> str:
        """Save a note, or remove it with an empty text; `locked` None leaves the lock as it is.

        Gives what happened, in the words of the audit trail: "added", "changed, locked", "" when
        nothing changed. Raises NoteChanged when `version` is not the latest any more, NoteLocked
        when it is not for this person to change. Nothing is saved then.
        """
        before = await self.latest(team, entry)
        lock = bool(text) and (before.locked if locked is None else locked)
        if (before.locked or lock) and not is_admin:
            raise NoteLocked
        if before.version != version:
            raise NoteChanged(before)
        note = Note(entry, text, who, tables.now(), version + 1, lock)
        if done := _difference(before, note):
            async with self._engine.begin() as connection:
                saved = await _replace(connection, team, note)
            if not saved:  # somebody else was quicker by less than a second
                raise NoteChanged(await self.latest(team, entry))
        return done

    async def _read(self, wanted: Any) -> list[Note]:
        async with self._engine.connect() as connection:
            return [_note(row) for row in await connection.execute(wanted)]


def on_record(entry: str, done: str) -> str:
    """What the audit trail says of a saved note; of a long entry id it keeps the beginning."""
    room = WHAT_LENGTH - len(f"note on : {done}")
    named = entry if len(entry) <= room else entry[: room - 1] + "…"
    return f"note on {named}: {done}"


async def _replace(connection: AsyncConnection, team: str, note: Note) -> bool:
    """Write a note over the version before it; False when that is not there any more."""
    row = {
        "text": note.text,
        "who": note.who,
        "at": note.at,
        "version": note.version,
        "locked": note.locked,
    }
    place = {"team": team, "entry": note.entry}
    if note.version == 1:
        try:
            async with connection.begin_nested():
                await connection.execute(insert(NOTES).values(place | row))
        except IntegrityError:
            return False
    else:
        before = tables.matching(NOTES, **place) & (NOTES.c.version == note.version - 1)
        if not (await connection.execute(update(NOTES).where(before).values(row))).rowcount:
            return False
    await connection.execute(insert(NOTE_HISTORY).values(place | row))
    return True


def _difference(before: Note, after: Note) -> str:
    done = []
    if before.text != after.text:
        done.append(("changed" if after.text else "removed") if before.text else "added")
    # What is removed has no lock to speak of.
    if before.locked != after.locked and after.text:
        done.append("locked" if after.locked else "unlocked")
    return ", ".join(done)


def _note(row: Row[Any]) -> Note:
    return Note(row.entry, row.text, row.who, tables.in_utc(row.at), row.version, row.locked)
