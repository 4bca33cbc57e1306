"""Split a file into the errors it may hold: text in, reports out, one at a time.

Mail logs by their records, mails by the recipients of their delivery reports, JSON by its events,
CSV by its rows; a short text of none of these kinds stays whole, as a paste does.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from bot.smtp.events import events
from bot.smtp.mails import is_mail, mails
from bot.smtp.passage import LONGEST
from bot.smtp.receivers import address_domain, receiving_domain
from bot.smtp.report import Numbered, Report

LONGEST_LINE = 4_000  # characters; the rest of a longer line is left out
LONGEST_RECORD = 4_000  # characters of a record of several lines, such as a stack trace
HEAD = 4_096  # characters by which the kind of a file is told
STAMP_WITHIN = 60  # characters at the beginning of a line, in which its time stands


def reports(pieces: Iterable[str], name: str = "") -> Iterator[Report]:
    """The pieces of a text that may hold errors, in order; `name` is the file's.

    Whatever the text: no exception, and of no line more than LONGEST_LINE characters in memory.
    """
    head, pieces = _head(pieces)
    lines = enumerate(_lines(pieces), 1)
    if _is_json(head):
        # Its lines may be as long as the file.
        yield from events(pieces)
    elif is_mail(head, name):
        yield from mails(lines)
    elif columns := _columns(head, name):
        yield from _rows(lines, columns)
    else:
        yield from _passages(lines)


def _head(pieces: Iterable[str]) -> tuple[str, Iterator[str]]:
    """The beginning of a text, with line ends made alike, and the text whole."""
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    alike = (newlines.decode(piece) for piece in pieces)
    kept: list[str] = []
    for piece in alike:
        kept.append(piece)
        if sum(map(len, kept)) >= HEAD:
            break
    return "".join(kept)[:HEAD], chain(kept, alike)


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            yield line[:LONGEST_LINE]
        rest = rest[:LONGEST_LINE]
    if rest:
        yield rest[:LONGEST_LINE]


def _is_json(head: str) -> bool:
    return bool(re.match(r"\s{0,100}(?:\{\s{0,100}[\"}]|\[\s{0,100}\{)", head))


# A record of a log: a line, and those that go on with it.

_STAMP = re.compile(
    r"""
      (?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d(?::\d\d)?)     # 2026-11-20T09:12:41
    | \b(?P<day>[A-Z][a-z]{2}[ ]{1,2}\d{1,2})[ ](?P<clock>\d\d:\d\d:\d\d)  # Nov 20 09:12:41
    """,
    re.VERBOSE | re.ASCII,
)
_REPLY = re.compile(r"[ \t>]*([45]\d\d)[ -]", re.ASCII)
_TRACE = re.compile(r"(?:Traceback \(most recent|Caused by:|During handling of|nested exception)")
_TRACE_ENDS = re.compile(r"[A-Za-z_][\w.]{2,120}(?::|$)", re.ASCII)


def _passages(lines: Iterable[Numbered]) -> Iterator[Report]:
    """A short text that is no list stays whole; of any other the records."""
    begun: list[Numbered] = []
    length = 0
    for line in lines:
        begun.append(line)
        length += len(line[1]) + 1
        if length > LONGEST:
            break
    else:
        if sum(_begins_record(text) for _, text in _records(begun)) <= 1:
            whole = "\n".join(text for _, text in begun)
            if whole.strip():
                yield Report(
                    whole, _first(begun), receiving_domain(whole), _at(whole), is_whole=True
                )
            return
    for number, text in _records(chain(begun, lines)):
        yield Report(text, number, receiving_domain(text), _at(text))


def _first(lines: list[Numbered]) -> int:
    """The first line of a whole text where a reply begins, else its first."""
    return next((number for number, text in lines if _REPLY.match(text)), lines[0][0])


def _begins_record(text: str) -> bool:
    return bool(_STAMP.search(text[:STAMP_WITHIN]) or _REPLY.match(text))


def _records(lines: Iterable[Numbered]) -> Iterator[Numbered]:
    """Join folded lines, the lines of one reply, and stack traces with the line before them."""
    first, begun, before = 0, "", ""
    for number, line in lines:
        if begun and _goes_on(line, before, begun):
            begun = f"{begun}\n{line}"[:LONGEST_RECORD]
        else:
            if begun:
                yield first, begun
            first, begun = number, line if line.strip() else ""
        before = line
    if begun:
        yield first, begun


def _goes_on(line: str, before: str, record: str) -> bool:
    """Whether a line belongs to the record above it."""
    if not line.strip():
        return False
    if before and (reply := _REPLY.match(line)):
        return f"{reply[1]}-" in before  # RFC 5321, 4.2.1: a hyphen means more lines follow
    if _STAMP.search(line[:STAMP_WITHIN]):
        return False
    if _TRACE.match(line):
        return True
    if line[0] in " \t":
        return _indent(line) > _indent(record)
    # The last line of a stack trace names the exception.
    return "Traceback (" in record and before[:1] in (" ", "\t") and bool(_TRACE_ENDS.match(line))


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" \t"))


def _at(text: str) -> str:
    found = _STAMP.search(text[:STAMP_WITHIN])
    if not found:
        return ""
    date, time = found["date"] or found["day"], found["time"] or found["clock"]
    return f"{date} {time}"


# Rows of a table

_TELLING = re.compile(
    r"reason|status|reply|response|error|diagnos|messag|detail|descri|code|bounce|notes", re.I
)
_TO = re.compile(r"recipient|e-?mail|address|\bto\b|rcpt", re.I)
_WHEN = re.compile(r"date|time|created|\bat\b", re.I)
_NOT_TELLING = re.compile(r"message[-_ ]?id|sender|return[-_ ]?path|subject", re.I)
_FIELDS = "#Fields:"  # Exchange names its columns so
MOST_COLUMNS = 200


class _Columns(NamedTuple):
    """Which cells of a row tell what; `delimiter` stands between them."""

    names: list[str]
    telling: tuple[int, ...]
    to: int | None
    when: int | None
    delimiter: str


def _columns(head: str, name: str) -> _Columns | None:
    """The columns that a table's first line names; None when there is none that helps."""
    first = next((line for line in head.splitlines() if line.strip()), "")
    is_table = name.lower().endswith((".csv", ".tsv"))
    if first.startswith("#"):
        named = (line for line in head.splitlines() if line.startswith(_FIELDS))
        first, is_table = next(named, "").removeprefix(_FIELDS), True
    delimiter = max(",;\t", key=first.count)
    names = [each.strip().strip('"') for each in first.split(delimiter)][:MOST_COLUMNS]
    if len(names) == 1 or not all(_NAME.fullmatch(each) for each in names):
        return None
    useful = [(place, each) for place, each in enumerate(names) if not _NOT_TELLING.search(each)]
    telling = tuple(place for place, each in useful if _TELLING.search(each))
    whose = [place for place, each in useful if _TO.search(each)]
    # Of Exchange's columns recipient-status tells, and recipient-address is whose.
    to = next((p for p in whose if p not in telling), next(iter(whose), None))
    when = next((place for place, each in useful if _WHEN.search(each)), None)
    is_table = is_table or to is not None
    return _Columns(names, telling, to, when, delimiter) if telling and is_table else None


_NAME = re.compile(r"[\w /().-]{0,40}")


def _rows(lines: Iterable[Numbered], columns: _Columns) -> Iterator[Report]:
    rows = csv.reader((f"{line}\n" for _, line in lines), delimiter=columns.delimiter)
    while True:
        before = rows.line_num
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:  # a field that never ends
            continue
        if [cell.strip() for cell in row] == columns.names:
            continue
        told = " ".join(row[place] for place in columns.telling if place < len(row)).strip()
        if told and not row[0].startswith("#"):
            yield Report(
                told[:LONGEST_RECORD],
                before + 1,
                address_domain(_cell(row, columns.to)) or receiving_domain(told),
                _at(_cell(row, columns.when)),
            )


def _cell(row: list[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""
