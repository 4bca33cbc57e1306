"""Rank what we know against a text: by its words, its codes and whose server said it.

Every piece of evidence counts in the same unit, the log of how much likelier it makes an entry, so
that a rare phrase, a telling code and the right provider can be added up.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from bot.smtp.codes import CodePattern, EnhancedCode, ReplyCode
from bot.smtp.knowledge import Entry, Knowledge
from bot.smtp.phrases import Found, PhraseIndex
from bot.smtp.reading import Codes
from bot.smtp.reasons import Reason


class Weights(NamedTuple):
    """What each piece of evidence is worth.

    Fitted as one multinomial model on the development texts (1,307 errors, notices and wrapped
    errors), on the knowledge's own examples, and on 2,500 of its phrases without their own entries;
    fitted anew on four fifths, the left-out fifth comes within half a point of these.
    """

    there: float = 0.75  # the root of the weight of a phrase's words that the text has
    missing: float = -0.03  # the weight of those it lacks
    whole: float = 1.7  # the phrase is there whole
    reply: float = 0.45  # the entry names the reply code; the same off for another
    enhanced: float = 0.55  # it names the enhanced code
    other_enhanced: float = -0.9  # it names enhanced codes, and the text has another
    code_reasons: float = 0.25  # the reasons this enhanced code stands for in the knowledge
    word_reasons: float = 0.4  # the reasons these words stand for in the knowledge
    provider: float = 0.5  # the entry is about whose server answered
    other_provider: float = -2.0  # it is about somebody else's
    no_provider: float = -0.5  # it is about one provider, and the text tells none
    unspecified: float = -2.85  # the entry only says that something failed
    standard: float = 1.0  # the code's own entry in the standards


WEIGHTS = Weights()
NOTHING = 2.2  # the score at which "none of what we know" is as likely as the best match
WHOLE = 0.97  # the share of a phrase from which it counts as whole


class Evidence(NamedTuple):
    """What each kind of evidence gave an entry; their sum is its score."""

    words: float
    codes: float
    usual_for_the_code: float
    usual_for_the_words: float
    provider: float
    says_little: float
    standard: float


class Match(NamedTuple):
    """An entry, how much speaks for it, and the phrase that was found."""

    entry: Entry
    score: float
    found: Found | None = None
    evidence: Evidence | None = None

    def told_by_words(self, worth: float) -> Match:
        """This match with what the text's words by themselves speak for."""
        evidence = self.evidence and self.evidence._replace(usual_for_the_words=worth)
        return Match(self.entry, self.score + worth, self.found, evidence)

    @property
    def phrase(self) -> str | None:
        """The phrase found, as the knowledge has it."""
        return self.found.phrase.text if self.found else None


class Matcher:
    """Ranks the entries of a `Knowledge` for what was read in a text."""

    def __init__(self, knowledge: Knowledge, weights: Weights = WEIGHTS) -> None:
        self.phrases = PhraseIndex(knowledge)
        self._weights = weights
        self._by_code = _entries_by_code(knowledge)
        self._code_reasons = _reasons_by_code(knowledge)
        self._codes_of = {entry.id: entry.codes for entry in knowledge}
        # Few pairs of codes make up nearly all texts.
        self._worth_of_codes = lru_cache(maxsize=100_000)(self._count_codes)
        self._known_by_code = lru_cache(maxsize=10_000)(self._rank_by_code)

    def rank(self, sequence: str, codes: Codes, provider: str | None) -> list[Match]:
        """The best entry of each reason that something speaks for, best first.

        `sequence` comes from `self.phrases.sequence`.
        """
        by_words = self.phrases.reasons(sequence)
        # A notice of success is told by its whole words; a part of them stands in failures too.
        found = [
            each
            for each in self.phrases.find(sequence)
            if each.share >= WHOLE or each.phrase.entry.reason is not Reason.NOT_AN_ERROR
        ]
        best = _best_of_each_reason(
            (
                *(self._match(each.phrase.entry, each, codes, provider) for each in found),
                *self._known_by_code(codes.reply, codes.enhanced, provider),
            )
        )
        weight = self._weights.word_reasons
        told = [
            match.told_by_words(weight * by_words.get(match.entry.reason, 0.0)) for match in best
        ]
        return sorted(told, key=lambda match: -match.score)

    def _match(
        self, entry: Entry, found: Found | None, codes: Codes, provider: str | None
    ) -> Match:
        """The evidence for an entry, but for what the words by themselves speak for."""
        by_code = self._code_reasons.get(codes.enhanced or "", _NO_REASONS)
        by_codes = self._worth_of_codes(entry.id, codes.reply, codes.enhanced)
        evidence = Evidence(
            self._worth_of_phrase(found) if found else 0.0,
            by_codes,
            self._weights.code_reasons * by_code.get(entry.reason, 0.0),
            0.0,
            self._worth_of_provider(entry, provider),
            self._weights.unspecified if entry.reason is Reason.UNSPECIFIED else 0.0,
            self._weights.standard if entry.is_standard and by_codes > 0 else 0.0,
        )
        return Match(entry, sum(evidence), found, evidence)

    def _rank_by_code(
        self, reply: str | None, enhanced: str | None, provider: str | None
    ) -> tuple[Match, ...]:
        """The best entry of each reason that names the codes, whatever the words."""
        codes = Codes(reply, enhanced)
        standard = (e for e in self._by_code.get(reply or "", ()) if e.is_standard)
        naming = (*self._by_code.get(enhanced or "", ()), *standard)
        return tuple(
            _best_of_each_reason(self._match(entry, None, codes, provider) for entry in naming)
        )

    def _worth_of_phrase(self, found: Found) -> float:
        worth = self._weights.there * math.sqrt(found.there) + self._weights.missing * found.missing
        return worth + self._weights.whole if found.share >= WHOLE else worth

    def _count_codes(self, entry_id: str, reply: str | None, enhanced: str | None) -> float:
        """What the best fitting of an entry's code patterns is worth for the codes read."""
        patterns = self._codes_of[entry_id]
        if not patterns or not (reply or enhanced):
            return 0.0
        code = ReplyCode.parse(reply) if reply else None
        status = EnhancedCode.parse(enhanced) if enhanced else None
        return max(self._worth_of_pattern(pattern, code, status) for pattern in patterns)

    def _worth_of_pattern(
        self, pattern: CodePattern, code: ReplyCode | None, status: EnhancedCode | None
    ) -> float:
        weights = self._weights
        worth = 0.0
        if code and pattern.reply:
            worth += weights.reply if pattern.covers_reply(code) else -weights.reply
        if status and pattern.enhanced:
            covers = pattern.covers_enhanced(status)
            worth += weights.enhanced if covers else weights.other_enhanced
        return worth

    def _worth_of_provider(self, entry: Entry, provider: str | None) -> float:
        if entry.provider is None:
            return 0.0
        if provider is None:
            return self._weights.no_provider
        is_theirs = entry.provider == provider
        return self._weights.provider if is_theirs else self._weights.other_provider


def _best_of_each_reason(matches: Iterable[Match]) -> Iterable[Match]:
    """Of the matches of one reason the best, the first of equals."""
    best: dict[Reason, Match] = {}
    for match in matches:
        known = best.get(match.entry.reason)
        if known is None or match.score > known.score:
            best[match.entry.reason] = match
    return best.values()


_NO_REASONS: dict[Reason, float] = {}
WIDEST = 250  # details; a pattern over more of them (X.7.x) says too little to lead to its entry


def _entries_by_code(knowledge: Knowledge) -> dict[str, list[Entry]]:
    """Entries by each exact code they name; a registry entry stands for all classes."""
    table: dict[str, list[Entry]] = defaultdict(list)
    for entry in knowledge:
        for code in dict.fromkeys(_codes_named(entry)):
            table[code].append(entry)
    return table


def _codes_named(entry: Entry) -> Iterator[str]:
    for pattern in entry.codes:
        if pattern.enhanced is not None:
            class_, subject, first, last = pattern.enhanced
            if subject is None or last - first > WIDEST:
                continue
            for each in (2, 4, 5) if class_ is None else (class_,):
                yield from (f"{each}.{subject}.{detail}" for detail in range(first, last + 1))
        elif pattern.reply and pattern.is_exact:
            yield pattern.reply


REGISTRY_COUNTS = 3  # times: the registry's reading of a code against one server's use of it
PRIOR_COUNTS = 3  # entries' worth of belief that a code is used as all entries are


def _reasons_by_code(knowledge: Knowledge) -> dict[str, dict[Reason, float]]:
    """For each enhanced code, how much likelier it makes each reason, counted over the entries."""
    having: dict[str, Counter[Reason]] = defaultdict(Counter)
    overall: Counter[Reason] = Counter()
    for entry in knowledge:
        if entry.reason is Reason.UNSPECIFIED:
            continue
        counts = REGISTRY_COUNTS if entry.is_standard else 1
        for code in {code for code in _codes_named(entry) if "." in code}:
            having[code][entry.reason] += counts
        overall[entry.reason] += 1
    shares = {reason: count / overall.total() for reason, count in overall.items()}
    return {
        code: {
            reason: math.log(
                (reasons[reason] + PRIOR_COUNTS * share) / (reasons.total() + PRIOR_COUNTS) / share
            )
            for reason, share in shares.items()
        }
        for code, reasons in having.items()
    }
