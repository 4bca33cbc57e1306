"""Rank what we know against a text: by its words, its codes and whose server said it.

Every piece of evidence counts in the same unit, the log of how much likelier it makes an entry, so
that a rare phrase, a telling code and the right provider can be added up.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import attrgetter
from typing import NamedTuple

from bot.smtp.codes import CodePattern, EnhancedCode, ReplyCode, is_enhanced
from bot.smtp.knowledge import Entry, Knowledge
from bot.smtp.phrases import PLACE, Found, PhraseIndex
from bot.smtp.reading import Codes
from bot.smtp.reasons import Reason


class Weights(NamedTuple):
    """What each piece of evidence is worth; more words there are never worth less.

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
    pair_reasons: float = 0.15  # those that its pairs of words near each other stand for
    provider: float = 0.7  # the entry is about whose server answered
    other_provider: float = -2.0  # it is about somebody else's
    no_provider: float = -0.5  # it is about one provider, and the text tells none
    unspecified: float = -2.85  # the entry only says that something failed
    standard: float = 1.0  # the code's own entry in the standards


WEIGHTS = Weights()
UNSPECIFIED_WORDS = 6.0  # the most that words count which only say that something failed
NOTHING = 2.2  # the score at which "none of what we know" is as likely as the best match
SETTINGS = 2_000  # of codes and provider whose evidence is kept


class Evidence(NamedTuple):
    """What each kind of evidence gave an entry; their sum is its score."""

    words: float
    codes: float
    usual_for_the_code: float
    usual_for_the_words: float
    usual_together: float
    provider: float
    says_little: float
    standard: float


class Match(NamedTuple):
    """An entry, how much speaks for it, and the phrase that was found."""

    entry: Entry
    score: float
    found: Found | None = None
    parts: tuple[float, ...] = ()  # of the score, in the order of Evidence; () when not told

    @property
    def evidence(self) -> Evidence | None:
        """What the score is made of; None when it is not told."""
        return Evidence(*self.parts) if self.parts else None

    @property
    def phrase(self) -> str | None:
        """The phrase found, as the knowledge has it."""
        return self.found.phrase.text if self.found else None


class _Beside(NamedTuple):
    """What speaks for an entry beside the words: the sum, and the evidence it is made of."""

    total: float
    codes: float
    usual_for_the_code: float
    provider: float
    says_little: float
    standard: float


class _About(NamedTuple):
    """What counts of an entry beside the words, whatever the text."""

    codes: tuple[CodePattern, ...]
    reason: Reason
    provider: str | None
    says_little: float
    standard: float


class _Setting(dict[str, _Beside]):
    """What speaks for each entry in one setting of codes and provider, counted when asked."""

    def __init__(self, count: Callable[[str], _Beside]) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, entry_id: str) -> _Beside:
        beside = self[entry_id] = self._count(entry_id)
        return beside


class _Lead(NamedTuple):
    """The best entry of a reason so far."""

    score: float
    entry: Entry
    found: Found | None
    words: float


class Matcher:
    """Ranks the entries of a `Knowledge` for what was read in a text."""

    def __init__(self, knowledge: Knowledge, weights: Weights = WEIGHTS) -> None:
        self.phrases = PhraseIndex(knowledge)
        self._weights = weights
        self._by_code = knowledge.by_code()
        self._code_reasons = _reasons_by_code(knowledge)
        self._about = {entry.id: _about(entry, weights) for entry in knowledge}
        # Few pairs of codes make up nearly all texts.
        self._setting = lru_cache(maxsize=SETTINGS)(self._new_setting)
        self._known_by_code = lru_cache(maxsize=10_000)(self._rank_by_code)

    def rank(self, known: Sequence[str], codes: Codes, provider: str | None) -> list[Match]:
        """The best entry of each reason that something speaks for, best first.

        `known` are a text's words as the index of phrases knows them.
        """
        sequence = "".join(known)
        setting = self._setting(codes.reply, codes.enhanced, provider)
        best = self._known_by_code(codes.reply, codes.enhanced, provider).copy()
        for found in self.phrases.find(known, sequence):
            better = self._lead(found, setting, best)
            if better is not None and found.missing:
                # It is at best so good; most are not good enough, and need no closer look.
                closely = self.phrases.closely(found.phrase, sequence)
                better = self._lead(closely, setting, best) if closely else None
            if better is not None:
                best[found.phrase.reason] = better
        by_words = self.phrases.reasons(known)
        by_pairs = self.phrases.reasons_together(known)
        weight, together = self._weights.word_reasons, self._weights.pair_reasons
        matches: list[Match] = []
        for reason, lead in best.items():
            score, entry, phrase, by_phrase = lead
            usual = weight * by_words[PLACE[reason]]
            near = together * by_pairs[PLACE[reason]]
            _, by_codes, usual_for_code, by_provider, little, standard = setting[entry.id]
            parts = (
                by_phrase,
                by_codes,
                usual_for_code,
                usual,
                near,
                by_provider,
                little,
                standard,
            )
            matches.append(Match(entry, score + usual + near, phrase, parts))
        matches.sort(key=SCORE, reverse=True)
        return matches

    def _lead(self, found: Found, setting: _Setting, best: dict[Reason, _Lead]) -> _Lead | None:
        """What a found phrase makes of its entry; None when its reason has a better one."""
        phrase, there, missing, whole = found
        words = self._weights.there * math.sqrt(there) + self._weights.missing * missing
        if whole:
            words += self._weights.whole
        elif phrase.reason is Reason.NOT_AN_ERROR:
            # A notice of success is told by its whole words; a part of them stands in failures too.
            return None
        if phrase.reason is Reason.UNSPECIFIED:
            # However long a program's "could not send", a cause beside it says more.
            words = min(words, UNSPECIFIED_WORDS)
        score = words + setting[phrase.entry_id].total
        known = best.get(phrase.reason)
        if known is not None and score <= known.score:
            return None
        return _Lead(score, phrase.entry, found, words)

    def _new_setting(
        self, reply: str | None, enhanced: str | None, provider: str | None
    ) -> _Setting:
        code = ReplyCode.parse(reply) if reply else None
        status = EnhancedCode.parse(enhanced) if enhanced else None
        reasons = self._code_reasons.get(enhanced or "", _NO_REASONS)
        return _Setting(partial(self._count_beside, code, status, reasons, provider))

    def _count_beside(
        self,
        code: ReplyCode | None,
        status: EnhancedCode | None,
        reasons: dict[Reason, float],
        provider: str | None,
        entry_id: str,
    ) -> _Beside:
        patterns, reason, whose, little, standard = self._about[entry_id]
        # The best fitting of the entry's patterns counts.
        worths = [self._worth_of_pattern(pattern, code, status) for pattern in patterns]
        by_codes = max(worths) if worths else 0.0
        usual = self._weights.code_reasons * reasons.get(reason, 0.0)
        by_provider = self._worth_of_provider(whose, provider) if whose else 0.0
        standard = standard if by_codes > 0 else 0.0
        total = by_codes + usual + by_provider + little + standard
        return _Beside(total, by_codes, usual, by_provider, little, standard)

    def _rank_by_code(
        self, reply: str | None, enhanced: str | None, provider: str | None
    ) -> dict[Reason, _Lead]:
        """The best entry of each reason that names the codes, whatever the words."""
        setting = self._setting(reply, enhanced, provider)
        best: dict[Reason, _Lead] = {}
        standard = (e for e in self._by_code.get(reply or "", ()) if e.is_standard)
        for entry in (*self._by_code.get(enhanced or "", ()), *standard):
            score = setting[entry.id].total
            known = best.get(entry.reason)
            if known is None or score > known.score:
                best[entry.reason] = _Lead(score, entry, None, 0.0)
        return best

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

    def _worth_of_provider(self, whose: str, provider: str | None) -> float:
        if provider is None:
            return self._weights.no_provider
        return self._weights.provider if whose == provider else self._weights.other_provider


def _about(entry: Entry, weights: Weights) -> _About:
    little = weights.unspecified if entry.reason is Reason.UNSPECIFIED else 0.0
    standard = weights.standard if entry.is_standard else 0.0
    return _About(entry.codes, entry.reason, entry.provider, little, standard)


SCORE = attrgetter("score")
_NO_REASONS: dict[Reason, float] = {}


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
        for code in filter(is_enhanced, entry.named_codes):
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
