"""Reply codes, enhanced status codes, and patterns over both: parse, compare, print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Persistence(StrEnum):
    """Whether the same message may get through later (RFC 5321, 4.2.1)."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"

    @staticmethod
    def of_digit(digit: int | str) -> Persistence | None:
        """The persistence a code's first digit promises; None for success and for non-replies."""
        return _PERSISTENCE_BY_DIGIT.get(str(digit))


_PERSISTENCE_BY_DIGIT = {"4": Persistence.TRANSIENT, "5": Persistence.PERMANENT}

_REPLY = re.compile(r"[1-9]\d\d", re.ASCII)
# RFC 3463, 2: class is 2, 4 or 5; subject and detail have one to three digits.
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class ReplyCode:
    """The three digits a server answers with (RFC 5321, 4.2).

    Numbers that mail software prints in a reply code's place (101, 111) are allowed, so that they
    can be explained too; `is_standard_class` tells them apart.
    """

    value: int

    @classmethod
    def parse(cls, text: str) -> ReplyCode:
        """Read "421"; raises ValueError with a sentence for anything else."""
        if not _REPLY.fullmatch(text):
            raise ValueError(f'"{text}" is not a reply code: three digits are expected, as in 421')
        return cls(int(text))

    @property
    def persistence(self) -> Persistence | None:
        """Transient for 4yz, permanent for 5yz, else None (RFC 5321, 4.2.1)."""
        return Persistence.of_digit(self.value // 100)

    @property
    def is_transient(self) -> bool:
        return self.persistence is Persistence.TRANSIENT

    @property
    def is_permanent(self) -> bool:
        return self.persistence is Persistence.PERMANENT

    @property
    def is_standard_class(self) -> bool:
        """True for 2yz to 5yz, the classes SMTP servers use (RFC 5321, 4.2.1)."""
        return 200 <= self.value <= 599

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, order=True, slots=True)
class EnhancedCode:
    """An enhanced status code: class.subject.detail (RFC 3463)."""

    class_: int
    subject: int
    detail: int

    @classmethod
    def parse(cls, text: str) -> EnhancedCode:
        """Read "5.7.26"; raises ValueError with a sentence for anything else."""
        parts = _ENHANCED.fullmatch(text)
        if not parts:
            raise ValueError(
                f'"{text}" is not an enhanced status code: class.subject.detail is expected, '
                "as in 5.7.26"
            )
        class_, subject, detail = parts.groups()
        return cls(int(class_), int(subject), int(detail))

    @staticmethod
    def is_one(word: str) -> bool:
        """Whether a word is an enhanced status code."""
        return bool(_ENHANCED.fullmatch(word))

    @property
    def persistence(self) -> Persistence | None:
        """Transient for 4.x.x, permanent for 5.x.x, None for 2.x.x (RFC 3463, 3.1)."""
        return Persistence.of_digit(self.class_)

    @property
    def is_transient(self) -> bool:
        return self.persistence is Persistence.TRANSIENT

    @property
    def is_permanent(self) -> bool:
        return self.persistence is Persistence.PERMANENT

    def __str__(self) -> str:
        return f"{self.class_}.{self.subject}.{self.detail}"


_PATTERN = re.compile(
    r"""
    (?:(?P<reply>[1-9][\dx]{2}))?                  # 421, 42x, 4xx
    (?:(?:^|[ ])
       (?P<class>[245x])\.(?P<subject>\d{1,3}|x)   # 5.7
       (?:\.(?P<detail>\d{1,3}|x)                  # 5.7.26, 5.7.x
          (?:-(?P<last>\d{1,3}))?)?                # 5.7.500-699
    )?
    """,
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class CodePattern:
    """One or many codes: "421", "4xx", "5.7.26", "X.7.26", "5.7.x", "5.7", "550 5.7.500-699".

    `reply` is three digits with "x" for any digit. `enhanced` is class, subject, first and last
    detail; class and subject are None where any will do.
    """

    text: str
    reply: str | None
    enhanced: tuple[int | None, int | None, int, int] | None

    @classmethod
    def parse(cls, text: str) -> CodePattern:
        """Read a pattern; raises ValueError with a sentence when it is none."""
        cleaned = " ".join(text.lower().split())
        parts = _PATTERN.fullmatch(cleaned)
        if not cleaned or not parts:
            raise ValueError(
                f'"{text}" is not a code or a pattern: write 421, 4xx, 5.7.26, X.7.26, 5.7.x, '
                "5.7.500-699 or 550 5.7.26"
            )
        reply = parts["reply"]
        if parts["class"] is None:
            return cls(cleaned, reply, None)
        first, last = _detail_range(parts["detail"], parts["last"])
        enhanced = (_number(parts["class"]), _number(parts["subject"]), first, last)
        return cls(cleaned, reply, enhanced)

    @property
    def is_exact(self) -> bool:
        """True when it names one code only."""
        if self.reply and "x" in self.reply:
            return False
        if self.enhanced is None:
            return True
        class_, subject, first, last = self.enhanced
        return class_ is not None and subject is not None and first == last

    @property
    def halves(self) -> tuple[CodePattern, ...]:
        """Its reply code and its enhanced code, each as a pattern of its own."""
        reply = (CodePattern(self.text, self.reply, None),) if self.reply else ()
        enhanced = (CodePattern(self.text, None, self.enhanced),) if self.enhanced else ()
        return reply + enhanced

    def named(self) -> Iterator[str]:
        """Each code it names: an enhanced one without the reply code, of all classes for X.

        None for a pattern that is as wide as X.7.x: it says too little to lead to an entry.
        """
        if self.enhanced is None:
            if self.reply and self.is_exact:
                yield self.reply
            return
        class_, subject, first, last = self.enhanced
        if subject is None or last - first > WIDEST:
            return
        for each in CLASSES if class_ is None else (class_,):
            yield from (f"{each}.{subject}.{detail}" for detail in range(first, last + 1))

    def covers_reply(self, code: ReplyCode) -> bool:
        """Whether the reply part names this code; False when there is no reply part."""
        if self.reply is None or "x" not in self.reply:
            return self.reply == str(code)
        return all(want in ("x", digit) for want, digit in zip(self.reply, str(code), strict=True))

    def covers_enhanced(self, code: EnhancedCode) -> bool:
        """Whether the enhanced part names this code; False when there is no enhanced part."""
        if self.enhanced is None:
            return False
        class_, subject, first, last = self.enhanced
        return (
            first <= code.detail <= last
            and (class_ is None or class_ == code.class_)
            and (subject is None or subject == code.subject)
        )

    def __str__(self) -> str:
        return self.text


CLASSES = (2, 4, 5)  # RFC 3463, 3.1
WIDEST = 250  # details of a pattern that still leads to its entry
ANY_DETAIL = (0, 999)  # RFC 3463, 2: a detail has at most three digits


def _detail_range(detail: str | None, last: str | None) -> tuple[int, int]:
    if detail in (None, "x"):
        return ANY_DETAIL
    return int(detail or 0), int(last or detail or 0)


def _number(text: str) -> int | None:
    return None if text == "x" else int(text)


def is_enhanced(code: str) -> bool:
    """Whether a code written out is an enhanced one."""
    return "." in code
