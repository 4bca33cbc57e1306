"""What we tell someone about a text."""

from __future__ import annotations

from dataclasses import dataclass

from bot.smtp.codes import EnhancedCode, Persistence, ReplyCode
from bot.smtp.knowledge import Entry
from bot.smtp.match import Match
from bot.smtp.reasons import Reason, Who

ALTERNATIVES = 3  # other readings named beside the best one


@dataclass(frozen=True, slots=True)
class Guess:
    """An entry, how sure we are of its reason (0 to 1), and the known phrase that led to it."""

    entry: Entry
    confidence: float
    phrase: str | None = None
    match: Match | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What we tell someone about a text. `guesses` is empty when we know nothing about it.

    `listing` holds the entries asked for by a pattern (4xx) or a publisher's name, under `heading`;
    `nearest` the entries whose titles come close when nothing else was found.
    """

    text: str
    passage: str = ""
    guesses: tuple[Guess, ...] = ()
    reply_code: ReplyCode | None = None
    enhanced_code: EnhancedCode | None = None
    provider: str | None = None
    persistence: Persistence | None = None
    heading: str = ""
    listing: tuple[Entry, ...] = ()
    nearest: tuple[Entry, ...] = ()
    asked_code: bool = False

    @property
    def entry(self) -> Entry | None:
        return self.guesses[0].entry if self.guesses else None

    @property
    def alternatives(self) -> tuple[Guess, ...]:
        return self.guesses[1:]

    @property
    def confidence(self) -> float:
        """How sure we are of the reason, 0 to 1; 0 when we know nothing."""
        return self.guesses[0].confidence if self.guesses else 0.0

    @property
    def codes(self) -> str:
        """The codes it is about, as servers print them: "550 5.7.26", or ""."""
        return " ".join(str(code) for code in (self.reply_code, self.enhanced_code) if code)

    @property
    def reason(self) -> Reason | None:
        return self.entry.reason if self.entry else None

    @property
    def who(self) -> Who | None:
        return self.entry.who if self.entry else None

    @property
    def retry(self) -> bool | None:
        """Whether sending the same message again later, unchanged, makes sense."""
        if self.entry is None:
            return None
        if self.entry.retry is not None:
            return self.entry.retry
        return self.persistence is Persistence.TRANSIENT
