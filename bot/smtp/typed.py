"""Read a few typed words: whose name and which code is among them, and what was mistyped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.smtp.codes import CodePattern
from bot.smtp.knowledge import Kind, Publisher
from bot.smtp.question import ASKING
from bot.smtp.words import listed

LONGEST_TYPED = 100  # characters in one line; more was pasted
MOST_TYPED = 9  # words
LONGEST_NAME = 4  # words: "Trend Micro Email Security"
# Shorter words are one slip from too many others; from so many letters on two slips are likely.
SHORTEST_MENDED, TWO_SLIPS = 4, 9
COMMON = 2  # entries that use a word; what only one uses is not what was meant, mostly
# Names that mostly mean the thing: "tls required" is not about the publisher of TLS errors, nor
# "can I resend it" about Resend. By itself such a name is one.
_THINGS = listed(
    """
    11 appliances c cms dns dnsbl dynamics errno evolution free getaddrinfo go hs magenta meta
    milter momentum monitoring node notes postal rbl resend resolver scanner ssl tls zen
    """
)
# Codes as logs and people run them together: 421-4.7.28, 5505.1.1, #5.7.1.
_RUN_TOGETHER = re.compile(r"\b([245]\d\d)[-/.:]?([245]\.\d{1,3}\.\d{1,3})\b(?!\.)", re.ASCII)
_FIRST_OF_CODES = "0123456789x"
_AROUND = " #,.:;?!\"'()[]*_`<>/|=+-"
# Said of codes and of nothing in particular: "is 4xx a soft bounce", "should I retry 452".
_OF_CODES = ASKING | listed(
    """
    again between bounced bounces difference from get getting got hard i'm or our retry should soft
    vs we when with
    """
)


class Typed(NamedTuple):
    """What somebody typed, as far as it can be told without knowing any errors."""

    text: str  # in lower case, words mended
    publisher: Publisher | None  # named in it
    codes: tuple[CodePattern, ...]  # when it asks about codes and about nothing else
    topic: tuple[str, ...]  # its words without the name and the small words

    @property
    def provider(self) -> str | None:
        """Whose servers the question is about, by the publisher's name."""
        runs = self.publisher is not None and self.publisher.kind.runs_servers
        return self.publisher.name if self.publisher and runs else None


class TypedReader:
    """Reads what people type by hand; what is longer was pasted, and is not its business."""

    def __init__(self, names: Mapping[str, Publisher], used: Mapping[str, int]) -> None:
        """`names` are plain (letters and digits), `used` tells how many entries use a word."""
        named = {
            name: publisher
            for name, publisher in names.items()
            if publisher.kind not in (Kind.CAUSES, Kind.STANDARDS)
        }
        self._names = {name: named[name] for name in named if name not in _THINGS}
        self._things = {name: named[name] for name in named if name in _THINGS}
        pieces = {word for p in self._names.values() for word in _words_of_names(p)}
        names_words = {word: max(COMMON, used.get(word, 0)) for word in (*pieces, *self._names)}
        self._used = {**used, **names_words}
        self._by_letter: dict[str, list[str]] = {}
        for word in filter(_can_be_mistyped, self._used):
            self._by_letter.setdefault(word[0], []).append(word)
        self._mended = lru_cache(maxsize=10_000)(self._mend)

    def read(self, cleaned: str) -> Typed | None:
        """What a cleaned text comes to; None when it is too long to be typed."""
        if len(cleaned) > LONGEST_TYPED or "\n" in cleaned:
            return None
        text = " ".join(map(self._mended, _RUN_TOGETHER.sub(r"\1 \2", cleaned.lower()).split()))
        words = [word.strip(_AROUND) for word in text.split()]
        if len(words) > MOST_TYPED:
            return None
        publisher, topic = _named(words, self._names)
        if publisher is None:
            thing, codes = _named(words, self._things)
            if len(words) == len(codes) + 1 and _codes(codes):
                publisher, topic = thing, codes  # "resend 429", but not "can I resend 429"
        return Typed(text, publisher, _codes(topic), topic)

    def _mend(self, word: str) -> str:
        """The word that was meant by an unknown one: the commonest that is a slip away."""
        if word in self._used or word in _OF_CODES or not _can_be_mistyped(word):
            return word
        slips = 2 if len(word) >= TWO_SLIPS else 1
        near = process.extract(
            word,
            self._by_letter.get(word[0], ()),
            scorer=OSA.distance,
            score_cutoff=slips,
            limit=None,
        )
        meant = [
            (slips, -often, other)
            for other, slips, _ in near
            if (often := self._used[other]) >= COMMON
        ]
        return min(meant)[-1] if meant else word


def _named(
    words: list[str], names: Mapping[str, Publisher]
) -> tuple[Publisher | None, tuple[str, ...]]:
    """The publisher named first, and what is asked about beside its longest name."""
    plain_words = [plain(word) for word in words]
    for first in range(len(words)):
        for last in range(min(first + LONGEST_NAME, len(words)), first, -1):
            if publisher := names.get("".join(plain_words[first:last])):
                return publisher, _topic(words[:first] + words[last:])
    return None, _topic(words)


def _topic(words: list[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word and word not in _OF_CODES)


def _words_of_names(publisher: Publisher) -> list[str]:
    names = " ".join([publisher.id, publisher.name, *publisher.aliases])
    return names.lower().split()


def plain(name: str) -> str:
    """A name as it is compared: its letters and digits, in lower case."""
    return "".join(filter(str.isalnum, name.lower()))


def _can_be_mistyped(word: str) -> bool:
    return word.isalpha() and len(word) >= SHORTEST_MENDED


def _codes(words: tuple[str, ...]) -> tuple[CodePattern, ...]:
    """The codes that these words are, a reply code and its enhanced code as one; () otherwise."""
    codes: list[CodePattern] = []
    if not all(word[0] in _FIRST_OF_CODES for word in words):
        return ()
    for word in dict.fromkeys(words):
        try:
            code = CodePattern.parse(word)
            if codes and code.reply is None and codes[-1].enhanced is None:
                codes[-1] = CodePattern.parse(f"{codes[-1]} {code}")
            else:
                codes.append(code)
        except ValueError:
            return ()
    return tuple(codes)
