"""The tables of accuracy: how right the answers are, and whether their confidence is deserved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import mean

from rich.console import Console
from rich.table import Table

from benchmarks.clock import core_seconds
from benchmarks.corpus import Row
from benchmarks.figures import Figure, percent, plain, table
from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import load
from bot.smtp.reasons import Reason

SURE = 0.8  # from here on an answer counts as confident
OTHERS = 2  # alternatives shown beside the best answer: "the first three"
BINS = 10  # of confidence, each a tenth wide

# The aims for errors as people paste them, in percent.
RIGHT, IN_THREE, SURE_SHARE, RIGHT_WHEN_SURE, PERSISTENCE, CODES = 90, 97, 65, 98, 98, 99


@dataclass(frozen=True, slots=True)
class Judged:
    """A row beside the answer it got."""

    row: Row
    answer: Answer

    @property
    def has_known_reason(self) -> bool:
        return self.row.reason not in (None, Reason.UNSPECIFIED)

    @property
    def is_right(self) -> bool:
        return self.answer.reason in self.row.right_reasons

    @property
    def is_right_in_three(self) -> bool:
        others = (guess.entry.reason for guess in self.answer.alternatives[:OTHERS])
        return self.is_right or any(reason in self.row.right_reasons for reason in others)

    @property
    def is_sure(self) -> bool:
        return self.answer.confidence >= SURE


def report(rows: list[Row], name: str, console: Console) -> None:
    """Explain every row and print what came of it."""
    explainer = Explainer(load())
    judged: list[Judged] = []
    took = core_seconds(
        lambda: judged.extend(Judged(row, explainer.explain(row.text)) for row in rows)
    )
    length = round(mean(len(row.text) for row in rows))
    speed = Figure(f"on one core ({length:,} characters)", len(rows) / took, "a second")
    known = [each for each in judged if each.has_known_reason]
    console.print(
        table(
            f"Accuracy on {name}: {len(rows):,} texts, {len(known):,} with a known reason",
            {"Reason": _reasons(known), "Read right": _facts(judged), "Speed": [speed]},
            caption="The aims are for errors as people paste them.",
        )
    )
    if known:
        console.print(_confidence(known))
        console.print(_by_reason(known))


def _reasons(known: list[Judged]) -> list[Figure]:
    sure = [each for each in known if each.is_sure]
    return [
        _share("right", known, lambda j: j.is_right, RIGHT),
        _share("right among the first three", known, lambda j: j.is_right_in_three, IN_THREE),
        _share(f"confident (at least {SURE})", known, lambda j: j.is_sure, SURE_SHARE),
        _share("right when confident", sure, lambda j: j.is_right, RIGHT_WHEN_SURE),
    ]


def _facts(judged: list[Judged]) -> list[Figure]:
    lasting = [j for j in judged if j.row.persistence]
    replies = [j for j in judged if j.row.reply_code]
    enhanced = [j for j in judged if j.row.enhanced_code]
    return [
        _share(
            "transient or permanent",
            lasting,
            lambda j: j.answer.persistence is j.row.persistence,
            PERSISTENCE,
        ),
        _share(
            "reply code",
            replies,
            lambda j: str(j.answer.reply_code) == j.row.reply_code,
            CODES,
        ),
        _share(
            "enhanced code",
            enhanced,
            lambda j: str(j.answer.enhanced_code) == j.row.enhanced_code,
            CODES,
        ),
    ]


def _share(
    what: str, all_of: list[Judged], is_so: Callable[[Judged], bool], at_least: float
) -> Figure:
    so = sum(map(is_so, all_of))
    what = f"{what} ({so:,} of {len(all_of):,})"
    return Figure(what, percent(so, len(all_of)), "%", digits=1, at_least=at_least)


def _confidence(known: list[Judged]) -> Table:
    """Confidence against truth: of answers that claim 70 %, seven in ten should be right."""
    bins: list[list[Judged]] = [[] for _ in range(BINS)]
    for each in known:
        bins[min(int(each.answer.confidence * BINS), BINS - 1)].append(each)
    off = sum(abs(_claimed(some) - _true(some)) * len(some) for some in bins if some) / len(known)
    shown = plain(
        "Confidence against truth",
        "Confidence",
        caption=f"Mean distance between the last two: {off:.1%}.",
    )
    _numbers(shown, "Answers", "Right", "Claimed", "True")
    for number, some in enumerate(bins):
        name = f"{number / BINS:.1f} to {(number + 1) / BINS:.1f}"
        right = sum(each.is_right for each in some)
        shares = (f"{_claimed(some):.0%}", f"{_true(some):.0%}") if some else ("", "")
        shown.add_row(name, f"{len(some)}", f"{right}", *shares)
    return shown


def _by_reason(known: list[Judged]) -> Table:
    """The same by the reason that would have been right, most frequent first."""
    shown = plain("By reason", "Reason")
    _numbers(shown, "Texts", "Right", "Claimed", "True")
    shown.add_column("Mistaken for")
    reasons = Counter(each.row.reason for each in known if each.row.reason)
    for reason, count in reasons.most_common():
        some = [each for each in known if each.row.reason is reason]
        shown.add_row(
            reason,
            f"{count}",
            f"{sum(each.is_right for each in some)}",
            f"{_claimed(some):.0%}",
            f"{_true(some):.0%}",
            _mistaken_for(some),
        )
    return shown


def _mistaken_for(some: Iterable[Judged]) -> str:
    wrong = Counter(each.answer.reason or "nothing known" for each in some if not each.is_right)
    return ", ".join(f"{reason} {count}" for reason, count in wrong.most_common(1))


def _claimed(some: list[Judged]) -> float:
    return mean(each.answer.confidence for each in some)


def _true(some: list[Judged]) -> float:
    return mean(each.is_right for each in some)


def _numbers(shown: Table, *names: str) -> None:
    for name in names:
        shown.add_column(name, justify="right")
