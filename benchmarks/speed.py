"""The table of speeds: explaining, spotting, starting."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial
from itertools import chain
from statistics import mean, median

from rich.console import Console

from benchmarks import bolt, chat, errors, hostile, logs, startup
from benchmarks.clock import MS, ROUNDS, core_seconds, seconds_each
from benchmarks.figures import Figure, table
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge, load
from bot.smtp.spot import Spotter

# Texts a round: enough for the median to settle, few enough not to wait long.
NOTICES, MESSAGES, NEAR_MISSES = 200, 10_000, 1_000
SEED = 1
LONG_TRIES = 3  # of each hostile text; the median counts

# The aims: nobody waits for an answer, and a busy workspace's chat costs next to nothing.
EXPLAINED = 10_000  # texts a second
SPOTTED = 300_000  # messages a second
SHARE_OF_BOLT = 5  # percent
LONGEST_MS = 50


def report(console: Console) -> None:
    """Measure and print; takes about three quarters of a minute."""
    console.print("Measuring; this takes about three quarters of a minute.", style="dim")
    knowledge = load()
    explainer = Explainer(knowledge)
    shapes = hostile.texts(knowledge)
    spotter = Spotter(explainer)
    sections = {
        "Explained": _explaining(knowledge, explainer, shapes),
        "Spotted": _spotting(spotter, shapes),
        "Files": [logs.figure(knowledge, spotter)],
        "Start-up and memory": startup.figures(knowledge),
    }
    caption = (
        f"On one core, median of {ROUNDS} rounds with different texts. "
        f"Python {platform.python_version()}."
    )
    console.print(table("Speed", sections, caption))


def _explaining(knowledge: Knowledge, explainer: Explainer, shapes: dict[str, str]) -> list[Figure]:
    # Each text once, as what was read lately is remembered; then all of them again.
    every = errors.pasted(knowledge, SEED)
    pasted = [every[first::ROUNDS] for first in range(ROUNDS)]
    notices = [errors.notices(knowledge, seed)[:NOTICES] for seed in range(ROUNDS)]
    return [
        _rate("errors never seen before", explainer.explain, pasted, EXPLAINED),
        _rate("the same once more", explainer.explain, pasted, EXPLAINED),
        _rate("whole notices", explainer.explain, notices),
        _slowest(explainer.explain, shapes),
    ]


def _spotting(spotter: Spotter, shapes: dict[str, str]) -> list[Figure]:
    usual = [chat.messages(MESSAGES, seed) for seed in range(ROUNDS)]
    near = [chat.messages(NEAR_MISSES, seed, chat.ALL) for seed in range(ROUNDS)]
    bolt_takes = bolt.seconds_an_event(usual[0])
    spotted = _rate("harmless chat", spotter.spot, usual, SPOTTED)
    assert spotted.value is not None
    count = sum(map(len, usual + near))
    return [
        spotted,
        Figure(
            f"share of Bolt's own {bolt_takes * MS:.2f} ms an event",
            100 / spotted.value / bolt_takes,
            "%",
            digits=1,
            at_most=SHARE_OF_BOLT,
        ),
        _rate("near misses only", spotter.spot, near),
        Figure(
            f"unwanted replies to these {count:,}",
            sum(bool(spotter.spot(text)) for text in chain(*usual, *near)),
            at_most=0,
        ),
        _slowest(spotter.spot, shapes),
    ]


def _rate(
    what: str,
    work: Callable[[str], object],
    rounds: list[list[str]],
    at_least: float | None = None,
) -> Figure:
    length = mean(len(text) for text in chain(*rounds))
    what = f"{what} ({length:,.0f} characters)"
    return Figure(what, 1 / seconds_each(work, rounds), "a second", at_least=at_least)


def _slowest(work: Callable[[str], object], shapes: dict[str, str]) -> Figure:
    """The hostile text that took longest."""
    took = {
        name: median(core_seconds(partial(work, text)) for _ in range(LONG_TRIES))
        for name, text in shapes.items()
    }
    worst = max(took, key=lambda name: took[name])
    what = f"worst {hostile.LONGEST:,} characters: {worst}"
    return Figure(what, took[worst] * MS, "ms", digits=1, at_most=LONGEST_MS)
