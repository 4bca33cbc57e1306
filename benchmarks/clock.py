"""Take times: in several rounds, of which the median counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median

ROUNDS = 5  # odd, so that the median is one of the rounds
MS = 1000  # milliseconds in a second


def core_seconds(work: Callable[[], object]) -> float:
    """How long one core works on it: the process's own time, whatever else the machine does."""
    began = time.process_time()
    work()
    return time.process_time() - began


def wall_seconds(work: Callable[[], object]) -> float:
    """How long a person waits for it, other processes that it starts included."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def seconds_each(work: Callable[[str], object], rounds: Sequence[Sequence[str]]) -> float:
    """Core seconds for one text: the median of the rounds, each with texts of its own."""

    def one_round(texts: Sequence[str]) -> None:
        for text in texts:
            work(text)

    return median(core_seconds(partial(one_round, texts)) / len(texts) for texts in rounds)
