"""What is in the way of a database file, found without opening it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url

from bot.store.engine import is_sqlite

MAGIC = b"SQLite format 3\0"  # https://sqlite.org/fileformat.html#magic_header_string


def file_of(database_url: str) -> Path | None:
    """The file of an SQLite database; None for one in memory, and for a server's."""
    name = make_url(database_url).database if is_sqlite(database_url) else None
    return Path(name) if name else None


def in_the_way(database_url: str) -> str | None:
    """Why SQLite could not use its file; None when it can, and for servers.

    Looked at first, as a try that fails leaves a thread of aiosqlite behind, which may complain on
    standard error when the event loop closes.
    """
    file = file_of(database_url)
    if file is None:
        return None
    if not file.absolute().parent.is_dir():
        return f"{file} is in no folder"
    if not file.exists():
        return None
    with suppress(OSError), file.open("rb") as begin:
        return None if begin.read(len(MAGIC)) in (b"", MAGIC) else f"{file} is no database"
    return f"{file} cannot be read"
