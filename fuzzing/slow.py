"""Look for texts that take too long: fragments repeated and alternated up to the longest text."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from heapq import nlargest
from pathlib import Path
from typing import NamedTuple

from benchmarks.clock import core_seconds
from benchmarks.hostile import LONGEST
from bot.smtp import digest, masked
from bot.smtp.explain import Explainer
from bot.smtp.logs import reports
from bot.smtp.passage import clean
from bot.smtp.spot import Spotter

SEED = 40
SLOW = 0.05  # seconds on an idle core
SLOWEST = 12  # of one kind of work, measured again and named
TRIES = 3  # of those; the quickest counts, as a busy machine only ever adds
SECTIONS = 0.2  # of a text: how much the front of a text of two halves takes
OPENINGS = ("", "550 5.1.1 ", "smtp error ", "From: a\nTo: b\nSubject: c\nDate: d\n\n", "\n", "<")

# Letters, brackets and lead-ins that the patterns of bot/smtp look for: a JSON text a line.
FRAGMENTS: tuple[str, ...] = tuple(
    map(json.loads, Path(__file__).with_name("fragments.txt").read_text("utf8").splitlines())
)


class Work(NamedTuple):
    """Something that is done to every text people or machines send."""

    name: str
    does: Callable[[str], object]


def works(explainer: Explainer) -> list[Work]:
    """What is measured."""
    spotter = Spotter(explainer)

    def counted(text: str) -> None:
        answer = explainer.explain(text)
        explainer.masked(answer)

    def read_as_file(text: str) -> None:
        for report in reports([text]):
            digest.form_of(report.text)

    return [
        Work("explain", explainer.explain),
        Work("explain and count", counted),
        Work("spot", spotter.spot),
        Work("mask", lambda text: masked.masked(clean(text), explainer.knows)),
        Work("split a file", read_as_file),
    ]


def shapes(length: int) -> Iterator[tuple[str, str]]:
    """Texts and how they are made: every fragment alone, every pair, and some triples."""
    chance = random.Random(SEED)
    for opening in OPENINGS:
        for one in FRAGMENTS:
            yield repr((opening, one)), _filled(opening, one, length)
    while True:
        count = chance.choice((2, 2, 2, 3, 4))
        pieces = [chance.choice(FRAGMENTS) * chance.choice((1, 1, 1, 7)) for _ in range(count)]
        opening = chance.choice(OPENINGS)
        if chance.random() < SECTIONS:
            half, *rest = pieces
            front = _filled(opening, half, length // 2)
            yield repr((opening, half, "then", *rest)), _filled(front, "".join(rest), length)
        else:
            yield repr((opening, *pieces)), _filled(opening, "".join(pieces), length)


def _filled(opening: str, piece: str, length: int) -> str:
    return (opening + piece * (length // len(piece) + 1))[:length]


class Found(NamedTuple):
    """How long a text took."""

    seconds: float
    shape: str
    text: str


def search(
    work: Work, seconds: float, length: int = LONGEST, made: Iterable[tuple[str, str]] | None = None
) -> list[Found]:
    """The texts that took longest, the worst first, measured again by themselves."""
    ends = time.monotonic() + seconds
    slowest: list[Found] = []
    for number, (shape, text) in enumerate(made or shapes(length)):
        took = core_seconds(partial(work.does, text))
        if len(slowest) < SLOWEST or took > slowest[-1].seconds:
            slowest = nlargest(SLOWEST, [*slowest, Found(took, shape, text)])
        if time.monotonic() > ends and number:
            break
    return sorted((_again(work, found) for found in slowest), reverse=True)


def _again(work: Work, found: Found) -> Found:
    tries = (core_seconds(partial(work.does, found.text)) for _ in range(TRIES))
    return found._replace(seconds=min(tries))
