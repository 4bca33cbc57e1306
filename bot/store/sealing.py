"""Texts in the database that nobody can read without TOKEN_KEY: encrypted on their way in."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Table, Text, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeDecorator

# Every sealed text begins so, until the year 2106: a version and the time, in base64.
# https://github.com/fernet/spec/blob/master/Spec.md
SEALED = "gAAAA"


class WrongKeyError(ValueError):
    """The database holds texts that no key of TOKEN_KEY opens, in one sentence."""

    def __init__(self) -> None:
        super().__init__(
            "TOKEN_KEY does not open the tokens in the database; add the key they were encrypted "
            "with after a comma, or delete the rows of slack_bots and slack_installations and "
            "install the bot anew."
        )


class Seal:
    """Encrypts with the first of several keys, and opens what any of them encrypted."""

    def __init__(self, keys: str) -> None:
        """`keys` are separated by commas; ValueError when one is malformed."""
        fernets = [Fernet(key.strip()) for key in keys.split(",") if key.strip()]
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)

    def close(self, text: str) -> str:
        """A text as it is stored."""
        return self._newest.encrypt(text.encode()).decode()

    def open(self, stored: str) -> str:
        """What was stored; the first version stored texts as they are. May raise WrongKeyError."""
        if not stored.startswith(SEALED):
            return stored
        try:
            return self._all.decrypt(stored).decode()
        except InvalidToken:
            raise WrongKeyError from None

    def anew(self, stored: str) -> str | None:
        """A stored text under the newest key; None when it is. May raise WrongKeyError."""
        try:
            self._newest.decrypt(stored)
        except InvalidToken:
            return self.close(self.open(stored))
        return None


class Sealed(TypeDecorator[str]):
    """The type of a column that holds sealed texts."""

    impl = Text
    cache_ok = True

    def __init__(self, seal: Seal) -> None:
        super().__init__()
        self.seal = seal

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal a text on its way in."""
        return None if value is None else self.seal.close(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open a text on its way out. May raise WrongKeyError."""
        return None if value is None else self.seal.open(value)


async def seal_anew(connection: AsyncConnection, table: Table) -> None:
    """Bring every sealed text of a table, which has an `id`, under the newest key.

    Raises WrongKeyError.
    """
    for column in table.c:
        if not isinstance(column.type, Sealed):
            continue
        stored = type_coerce(column, Text)
        found = await connection.execute(select(table.c.id, stored).where(column.is_not(None)))
        for row_id, text in found.all():
            if (fresh := column.type.seal.anew(text)) is not None:
                # Unless another instance has just stored something else there.
                same = (table.c.id == row_id) & (stored == text)
                changed = {column: type_coerce(fresh, Text)}
                await connection.execute(update(table).where(same).values(changed))
