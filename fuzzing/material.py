"""Bytes of the fuzzer as the things that the bot is given: texts, and values as JSON has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from benchmarks.hostile import LONGEST
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import load
from fuzzing.slow import FRAGMENTS

Target = Callable[[bytes], None]

_REPEATS = 250  # from this byte on a fragment is repeated, as far as a text may be long
DEEPEST = 40  # values inside each other


@cache
def explainer() -> Explainer:
    """The real thing, built once."""
    return Explainer(load())


def text_of(data: bytes) -> str:
    """Bytes as a text: plain, or, when the first is odd, each as a fragment that patterns know."""
    if not data or data[0] % 2 == 0:
        return data[1:].decode("utf-8", "surrogateescape" if data[:1] == b"\2" else "replace")
    pieces: list[str] = []
    for place, number in enumerate(data[1:]):
        fragment = FRAGMENTS[number % len(FRAGMENTS)]
        if number >= _REPEATS and place:
            fragment = pieces[-1] * min(100, LONGEST // (len(pieces[-1]) or 1))
        pieces.append(fragment)
    return "".join(pieces)[: 2 * LONGEST]


class Values:
    """Reads bytes as values of JSON, with names that Slack and we use."""

    def __init__(self, data: bytes, names: list[str]) -> None:
        self._data, self._at, self._names = data, 0, names

    def byte(self) -> int:
        """The next byte; 0 when there is none any more."""
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def name(self) -> str:
        """The name of a field."""
        return self._names[self.byte() % len(self._names)]

    def value(self, depth: int = 0) -> Any:
        """Any value; beyond DEEPEST none that holds others."""
        kind = self.byte() % (10 if depth < DEEPEST else 7)
        if kind < len(_PLAIN):
            return _PLAIN[kind]
        if kind == len(_PLAIN):
            begin, self._at = self._at, self._at + self.byte()
            return text_of(self._data[begin : self._at])
        if kind == len(_PLAIN) + 1:
            return self.name()
        if kind == len(_PLAIN) + 2:
            return self.byte() * 10 ** (self.byte() * 4)
        if kind == len(_PLAIN) + 3:
            return [self.value(depth + 1) for _ in range(self.byte() % 4)]
        return {self.name(): self.value(depth + 1) for _ in range(self.byte() % 6)}


_PLAIN = (None, True, -1.5, "")


def packed(value: Any) -> str:
    """A value as JSON."""
    return json.dumps(value)
