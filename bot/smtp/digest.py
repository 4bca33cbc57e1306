"""Count the errors of files: by cause, by receiving domain, by persistence. Sums only, no texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from bot.smtp.answer import Answer, Guess
from bot.smtp.codes import Persistence
from bot.smtp.knowledge import Entry
from bot.smtp.report import Report

# Different texts explained in one file, and their characters: what takes a core ten seconds or so.
MOST_FORMS = 20_000
MOST_CHARACTERS = 5_000_000
MOST_DOMAINS = 10_000  # told apart in one digest; mail to any more is counted as "others"
OTHERS = "others"

Explain = Callable[[Report], Answer | None]


@dataclass
class Cause:
    """One cause of errors: the first of its answers, and what was counted of it."""

    answer: Answer
    count: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    first: str = ""  # where it was found first, as a line number; with the file's where it matters
    last: str = ""

    @property
    def entry(self) -> Entry:
        """What is known about the cause."""
        assert self.answer.entry is not None, "only answers with an entry are counted"
        return self.answer.entry


@dataclass
class Digest:
    """What the errors of one or more files come to."""

    found: dict[str, Cause] = field(default_factory=dict)  # by entry id
    count: int = 0
    persistence: Counter[Persistence | None] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    first_at: str = ""
    last_at: str = ""
    read_to: int = 0  # the line of the last file behind which nothing was read; 0: all was

    @property
    def causes(self) -> list[Cause]:
        """The causes, the most frequent first."""
        return sorted(self.found.values(), key=lambda cause: -cause.count)

    def add(self, reports: Iterable[Report], explain: Explain, where: str = "") -> None:
        """Count the errors among the reports of one file; `where` stands before line numbers.

        Reports that differ only in ids, times and addresses are explained once.
        """
        known: dict[int, Answer | None] = {}
        explained = 0  # characters
        for report in reports:
            form = hash(form_of(report.text))
            if form not in known:
                if len(known) >= MOST_FORMS or explained >= MOST_CHARACTERS:
                    self.read_to = report.line - 1
                    return
                explained += len(report.text)
                answer = explain(report)
                known[form] = answer and _light(answer)
            if answer := known[form]:
                self._count(answer, report, where)

    def _count(self, answer: Answer, report: Report, where: str) -> None:
        assert answer.entry is not None
        cause = self.found.setdefault(answer.entry.id, Cause(answer))
        place = f"{where}{report.line}"
        cause.first, cause.last = cause.first or place, place
        cause.count += 1
        self.count += 1
        codes = " ".join(str(c) for c in (answer.reply_code, answer.enhanced_code) if c)
        if codes:
            cause.codes[codes] += 1
        self.persistence[answer.persistence] += 1
        if report.domain:
            is_room = report.domain in self.domains or len(self.domains) < MOST_DOMAINS
            domain = report.domain if is_room else OTHERS
            self.domains[domain] += 1
            cause.domains[domain] += 1
        self._note_time(report.at)

    def _note_time(self, at: str) -> None:
        if not at:
            return
        if self.first_at[:1].isdigit() and at[:1].isdigit():
            self.first_at, self.last_at = min(self.first_at, at), max(self.last_at, at)
        else:  # without a year ("Nov 20") only the order in the file tells
            self.first_at, self.last_at = self.first_at or at, at


def _light(answer: Answer) -> Answer:
    """An answer without anything that was in the file."""
    guesses = tuple(Guess(each.entry, each.confidence, each.phrase) for each in answer.guesses)
    return replace(answer, text="", passage="", guesses=guesses)


_VARIES = re.compile(
    r"""
      \d{4}-\d\d-\d\d[T ][\d:.,+Z-]+                     # times
    | \b[A-Z][a-z]{2}[ ]{1,2}\d{1,2}[ ]\d\d:\d\d:\d\d
    | \b\d\d:\d\d:\d\d\b
    | delays?=[\d./]+
    | [^\s<>@"'=:,;(]{1,64}(?=@)                         # whose address; the domain may tell
    | \[\d{1,7}\]                                        # a process
    | \b[0-9a-zA-Z]{6}-[0-9a-zA-Z]{6,11}-[0-9a-zA-Z]{2,4}\b  # a message of Exim
    | \b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b
    | \b(?=[A-Za-z]{0,30}\d)[0-9A-Za-z]{9,}\b            # ids
    | \b(?=[A-F]{0,8}\d)[0-9A-F]{6,8}\b
    | \b\d{4,}\b
    """,
    re.VERBOSE | re.ASCII,
)


def form_of(text: str) -> str:
    """A text without what differs between errors of one kind; codes and hosts stay."""
    return _VARIES.sub("#", text)
