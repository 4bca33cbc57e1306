"""Load and check what we know: the TOML files under `knowledge/`."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.smtp.codes import CodePattern, Persistence
from bot.smtp.reasons import Reason, Who

KNOWLEDGE_DIR = Path(__file__).resolve().parents[2] / "knowledge"


class KnowledgeError(ValueError):
    """A mistake in a knowledge file, said in one sentence naming file, entry and field."""


class Kind(StrEnum):
    """What sort of publisher speaks in a file; it is the name of the file's folder."""

    STANDARDS = "standards"
    CAUSES = "causes"
    PROVIDERS = "providers"
    GATEWAYS = "gateways"
    SERVICES = "services"
    SERVERS = "servers"
    BLOCKLISTS = "blocklists"
    CLIENTS = "clients"

    @property
    def runs_servers(self) -> bool:
        """Whether recognising this publisher tells whose servers answered."""
        return self in (Kind.PROVIDERS, Kind.GATEWAYS, Kind.SERVICES)


TODO = "TODO"  # begins a text that somebody has yet to write
PLACEHOLDERS = frozenset(("ip", "domain", "host", "address", "id", "number", "url", "date", "text"))
PLACEHOLDER = re.compile(r"<([a-z]+)>")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who says the words in one file, and how its texts are recognised.

    `hosts` are domain suffixes of its mail servers; `marks` are literal pieces that occur in its
    replies and nobody else's; `aliases` are further names people type to list what is known.
    """

    id: str
    name: str
    kind: Kind
    source: str
    checked: datetime.date
    aliases: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """What stands above its entries; causes are nobody's words, their file says the topic."""
        return self.id.capitalize() if self.kind is Kind.CAUSES else self.name


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing we know: a cause of failure as one publisher words it.

    `retry` says whether sending the same message again later, unchanged, makes sense; None means
    that it follows from the code (transient: yes, permanent: no).
    """

    id: str
    publisher: Publisher
    title: str
    meaning: str
    steps: tuple[str, ...]
    reason: Reason
    who: Who
    example: str
    source: str
    codes: tuple[CodePattern, ...] = ()
    phrases: tuple[str, ...] = ()
    retry: bool | None = None

    @property
    def is_standard(self) -> bool:
        """Whether it is a code's own entry in the standards."""
        return self.publisher.kind is Kind.STANDARDS

    @property
    def named_codes(self) -> tuple[str, ...]:
        """Each code its patterns name, written out, once."""
        return tuple(dict.fromkeys(code for pattern in self.codes for code in pattern.named()))

    @property
    def persistence(self) -> Persistence | None:
        """What all its codes promise; None when it has none, or they promise different things."""
        told = {Persistence.of_digit(code[0]) for code in self.named_codes}
        return told.pop() if len(told) == 1 else None

    @property
    def provider(self) -> str | None:
        """The publisher's name where it runs the servers that say this."""
        return self.publisher.name if self.publisher.kind.runs_servers else None


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All entries by id, in the order of the files, and their publishers."""

    entries: Mapping[str, Entry]
    publishers: tuple[Publisher, ...] = field(default=())

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, entry_id: str) -> Entry:
        return self.entries[entry_id]

    def by_code(self) -> dict[str, list[Entry]]:
        """The entries that name each code; a registry entry stands for all classes."""
        table: dict[str, list[Entry]] = defaultdict(list)
        for entry in self:
            for code in entry.named_codes:
                table[code].append(entry)
        return table

    def get(self, entry_id: str) -> Entry | None:
        """The entry of that id, or None when there is none (any more)."""
        return self.entries.get(entry_id)


def load(folder: Path = KNOWLEDGE_DIR) -> Knowledge:
    """Read every file under `folder`; raises KnowledgeError at the first mistake."""
    entries: dict[str, Entry] = {}
    publishers: list[Publisher] = []
    stems: dict[str, Path] = {}
    for path in sorted(folder.glob("*/*.toml")):
        where = path.relative_to(folder).as_posix()
        if path.stem in stems:
            raise KnowledgeError(
                f"{where}: another file is called {path.stem}.toml too; file names become ids, "
                "so rename one of them."
            )
        stems[path.stem] = path
        publisher, found = _read_file(path, where)
        publishers.append(publisher)
        entries.update((entry.id, entry) for entry in found)
    if not entries:
        raise KnowledgeError(
            f"No knowledge found in {folder}: it should hold folders of .toml files."
        )
    return Knowledge(entries, tuple(publishers))


def _read_file(path: Path, where: str) -> tuple[Publisher, list[Entry]]:
    try:
        document = tomllib.loads(path.read_text("utf8"))
    except (ValueError, RecursionError) as mistake:
        raise KnowledgeError(f"{where}: not readable as TOML: {mistake}.") from mistake
    tables = {name: value for name, value in document.items() if isinstance(value, dict)}
    head = _Fields(where, {k: v for k, v in document.items() if k not in tables})
    try:
        kind = Kind(path.parent.name)
    except ValueError:
        folders = ", ".join(Kind)
        raise KnowledgeError(f"{where}: the folder should be one of {folders}.") from None
    publisher = Publisher(
        id=path.stem,
        name=head.text("publisher"),
        kind=kind,
        source=head.link("source"),
        checked=head.date("checked"),
        aliases=head.texts("aliases"),
        hosts=tuple(host.lower() for host in head.texts("hosts")),
        marks=tuple(mark.lower() for mark in head.texts("marks")),
    )
    head.no_more()
    return publisher, [_entry(publisher, where, name, table) for name, table in tables.items()]


def _entry(publisher: Publisher, where: str, name: str, table: dict[str, Any]) -> Entry:
    fields = _Fields(f"{where}, entry {name}", table)
    entry = Entry(
        id=f"{publisher.id}/{name}",
        publisher=publisher,
        title=fields.text("title"),
        meaning=fields.text("meaning"),
        steps=fields.texts("steps", required=True),
        reason=Reason(fields.one_of("reason", list(Reason))),
        who=Who(fields.one_of("who", list(Who))),
        example=fields.text("example", keep_lines=True),
        source=fields.link("source", default=publisher.source),
        codes=fields.codes("codes"),
        phrases=fields.phrases("phrases"),
        retry=fields.flag("retry"),
    )
    fields.no_more()
    return entry


class _Fields:
    """The fields of one table, each taken once and checked; complaints name the table."""

    def __init__(self, where: str, table: Mapping[str, Any]) -> None:
        self.where = where
        self.left = dict(table)

    def wrong(self, name: str, trouble: str) -> KnowledgeError:
        return KnowledgeError(f"{self.where}, field {name}: {trouble}")

    def text(self, name: str, keep_lines: bool = False) -> str:
        value = self.left.pop(name, None)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "is missing; it should be a text in quotes.")
        self.is_written(name, value)
        return value.strip() if keep_lines else " ".join(value.split())

    def texts(self, name: str, required: bool = False) -> tuple[str, ...]:
        value = self.left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise self.wrong(name, "should be a list of texts in quotes.")
        if required and not value:
            raise self.wrong(name, "is missing; it should be a list of texts in quotes.")
        for text in value:
            self.is_written(name, text)
        return tuple(" ".join(v.split()) for v in value)

    def is_written(self, name: str, text: str) -> None:
        """Refuse what `python -m bot unknown` leaves to be written."""
        if text.strip().startswith(TODO):
            raise self.wrong(name, f"still says {TODO}; replace it by what people should read.")

    def link(self, name: str, default: str | None = None) -> str:
        value = self.left.pop(name, default)
        if not isinstance(value, str) or not value.startswith("https://"):
            raise self.wrong(name, "should be a link that begins with https://.")
        return value

    def date(self, name: str) -> datetime.date:
        value = self.left.pop(name, None)
        if not isinstance(value, datetime.date):
            raise self.wrong(name, "should be a date without quotes, as in 2026-11-20.")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.left.pop(name, None)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "should be true or false.")
        return value

    def one_of(self, name: str, allowed: list[str]) -> str:
        value = self.left.pop(name, None)
        if value not in allowed:
            raise self.wrong(name, f'"{value}" should be one of {", ".join(map(str, allowed))}.')
        return str(value)

    def codes(self, name: str) -> tuple[CodePattern, ...]:
        try:
            return tuple(CodePattern.parse(code) for code in self.texts(name))
        except ValueError as mistake:
            raise self.wrong(name, f"{mistake}.") from mistake

    def phrases(self, name: str) -> tuple[str, ...]:
        phrases = self.texts(name)
        for phrase in phrases:
            unknown = set(PLACEHOLDER.findall(phrase)) - PLACEHOLDERS
            if unknown:
                raise self.wrong(
                    name,
                    f"<{min(unknown)}> is no placeholder; use one of "
                    f"{', '.join(f'<{p}>' for p in sorted(PLACEHOLDERS))}.",
                )
        return phrases

    def no_more(self) -> None:
        if self.left:
            raise self.wrong(min(self.left), "is unknown; see knowledge/README.md for the fields.")
