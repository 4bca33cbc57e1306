"""Rank what we know against a text: by its words, its codes and whose server said it.

Every piece of evidence counts in the same unit (the log of how much likelier it makes an entry), so
that a rare phrase, a telling code and the right provider can be added up. Words are compared as
sequences: each known word is one character, so RapidFuzz aligns whole phrases with a text at C speed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from rapidfuzz.fuzz import partial_ratio_alignment

from bot.smtp.codes import EnhancedCode, ReplyCode
from bot.smtp.knowledge import PLACEHOLDER, Entry, Kind, Knowledge
from bot.smtp.reading import Codes
from bot.smtp.reasons import Reason
from bot.smtp.words import cut


class Weights(NamedTuple):
    """What each piece of evidence is worth; tuned on the development texts by cross-validation."""

    missing: float = 0.9  # a phrase's word that the text lacks, against one that it has
    pair: float = 4.0  # the entry names reply and enhanced code together
    enhanced: float = 3.0  # ... the enhanced code
    reply: float = 0.7  # ... the reply code
    other_code: float = -2.0  # it names enhanced codes, and the text has another
    code_reason: float = 0.8  # the reasons this enhanced code usually stands for
    word_reason: float = 0.35  # the reasons these words usually stand for
    provider: float = 2.5  # the entry is about whose server answered
    other_provider: float = -5.0  # it is about somebody else's
    no_provider: float = -0.7  # it is about one provider, and the text tells none
    unspecified: float = -4.0  # the entry only says that something failed


WEIGHTS = Weights()
CANDIDATES = 10  # phrases that are aligned for one text
RARE = 40  # a word in at most so many phrases leads to them by itself
COMMON = 150  # a pair of words in more phrases than this leads nowhere
FIRST_CHARACTER = 0x100  # words become characters from here on


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of an entry as a string of one character per word."""

    entry: Entry
    text: str
    sequence: str
    words: frozenset[str]
    weight: float


class Match(NamedTuple):
    """An entry, how much speaks for it, and what did."""

    entry: Entry
    score: float
    phrase: str | None = None  # the phrase found
    covered: float = 0.0  # the share of that phrase's weight that the text has
    evidence: tuple[tuple[str, float], ...] = ()


@dataclass(slots=True)
class _Index:
    vocabulary: dict[str, str] = field(default_factory=dict)
    weight: dict[str, float] = field(default_factory=dict)
    phrases: list[Phrase] = field(default_factory=list)
    by_word: dict[str, list[int]] = field(default_factory=dict)
    by_pair: dict[str, list[int]] = field(default_factory=dict)
    reasons: dict[str, tuple[tuple[Reason, float], ...]] = field(default_factory=dict)


class Matcher:
    """Ranks the entries of a `Knowledge` for what was read in a text."""

    def __init__(self, knowledge: Knowledge, weights: Weights = WEIGHTS) -> None:
        self.knowledge = knowledge
        self.weights = weights
        self._index = _build(knowledge)
        self._by_code = _by_code(knowledge)
        self._code_reasons = _code_reasons(knowledge)

    def sequence(self, words: Iterable[str]) -> str:
        """The known words of a text, in order, as one character each."""
        vocabulary = self._index.vocabulary
        return "".join([vocabulary[word] for word in words if word in vocabulary])

    def rank(self, sequence: str, codes: Codes, provider: str | None) -> list[Match]:
        """The entries that something speaks for, best first."""
        found = self._phrases_in(sequence)
        for entry in self._by_code.get(codes.enhanced or "", ()):
            found.setdefault(entry.id, (entry, None, 0.0, 0.0))
        for entry in self._by_code.get(codes.reply or "", ()):
            if entry.publisher.kind is Kind.STANDARDS:
                found.setdefault(entry.id, (entry, None, 0.0, 0.0))
        by_words = self._reasons_of_words(sequence)
        by_code = self._code_reasons.get(codes.enhanced or "", {})
        matches = []
        for entry, phrase, worth, covered in found.values():
            evidence = (
                ("words", worth),
                ("codes", self._codes(entry, codes)),
                ("reasons of the code", self.weights.code_reason * by_code.get(entry.reason, 0.0)),
                (
                    "reasons of the words",
                    self.weights.word_reason * by_words.get(entry.reason, 0.0),
                ),
                ("provider", self._provider(entry, provider)),
                (
                    "says little",
                    self.weights.unspecified if entry.reason is Reason.UNSPECIFIED else 0.0,
                ),
            )
            score = sum(amount for _, amount in evidence)
            matches.append(Match(entry, score, phrase, covered, evidence))
        matches.sort(key=lambda match: -match.score)
        return matches

    def _phrases_in(self, sequence: str) -> dict[str, tuple[Entry, str | None, float, float]]:
        """For each entry with a phrase that the text resembles: the best one, its worth, its share."""
        index = self._index
        best: dict[str, tuple[Entry, str | None, float, float]] = {}
        for number in self._candidates(sequence):
            phrase = index.phrases[number]
            covered, order = self._cover(phrase, sequence)
            have = covered * phrase.weight * (0.5 + 0.5 * order)
            worth = have - self.weights.missing * (phrase.weight - covered * phrase.weight)
            known = best.get(phrase.entry.id)
            if worth > 0 and (known is None or worth > known[2]):
                best[phrase.entry.id] = (phrase.entry, phrase.text, worth, covered)
        return best

    def _candidates(self, sequence: str) -> list[int]:
        index, weight = self._index, self._index.weight
        gathered: dict[int, float] = {}
        for word in set(sequence):
            for number in index.by_word.get(word, ()):
                gathered[number] = gathered.get(number, 0.0) + weight[word]
        for pair in {sequence[i : i + 2] for i in range(len(sequence) - 1)}:
            numbers = index.by_pair.get(pair)
            if numbers:
                worth = weight[pair[0]] + weight[pair[1]]
                for number in numbers:
                    gathered[number] = gathered.get(number, 0.0) + worth
        if len(gathered) > CANDIDATES:
            phrases = index.phrases
            return sorted(
                gathered, key=lambda n: -gathered[n] * gathered[n] / (phrases[n].weight + 5)
            )[:CANDIDATES]
        return list(gathered)

    def _cover(self, phrase: Phrase, sequence: str) -> tuple[float, float]:
        """The share of a phrase's weight found where it fits best, and how well it is in order."""
        if len(phrase.sequence) == 1:
            return 1.0, 1.0
        place = partial_ratio_alignment(phrase.sequence, sequence)
        if place is None:
            return 0.0, 0.0
        window = sequence
        if len(phrase.sequence) <= len(sequence):
            window = sequence[max(0, place.dest_start - 2) : place.dest_end + 2]
        weight = self._index.weight
        there = sum([weight[word] for word in phrase.words.intersection(window)])
        return there / phrase.weight, place.score / 100

    def _codes(self, entry: Entry, codes: Codes) -> float:
        if not entry.codes or not (codes.reply or codes.enhanced):
            return 0.0
        enhanced = EnhancedCode.parse(codes.enhanced) if codes.enhanced else None
        reply = ReplyCode.parse(codes.reply) if codes.reply else None
        best = None
        for pattern in entry.codes:
            worth = 0.0
            if reply and pattern.reply:
                worth += self.weights.reply if pattern.covers_reply(reply) else -self.weights.reply
            if enhanced and pattern.enhanced:
                covers = pattern.covers_enhanced(enhanced)
                worth += self.weights.enhanced if covers else self.weights.other_code
                if covers and reply and pattern.covers_reply(reply):
                    worth = self.weights.pair
            best = worth if best is None else max(best, worth)
        return best or 0.0

    def _provider(self, entry: Entry, provider: str | None) -> float:
        if not entry.provider:
            return 0.0
        if provider is None:
            return self.weights.no_provider
        return self.weights.provider if entry.provider == provider else self.weights.other_provider

    def _reasons_of_words(self, sequence: str) -> dict[Reason, float]:
        total: dict[Reason, float] = {}
        reasons = self._index.reasons
        for word in set(sequence):
            for reason, amount in reasons.get(word, ()):
                total[reason] = total.get(reason, 0.0) + amount
        return total


def phrase_words(phrase: str) -> list[str]:
    """The words of a phrase; what varies (placeholders) is left out."""
    return cut(PLACEHOLDER.sub(" ", phrase).lower()).words


def _build(knowledge: Knowledge) -> _Index:
    index = _Index()
    cut_phrases = [
        (entry, phrase, phrase_words(phrase)) for entry in knowledge for phrase in entry.phrases
    ]
    entries_with: Counter[str] = Counter()
    by_entry: dict[str, set[str]] = defaultdict(set)
    for entry, _, words in cut_phrases:
        by_entry[entry.id].update(words)
    for words_of_entry in by_entry.values():
        entries_with.update(words_of_entry)
    total = len(by_entry)
    for number, word in enumerate(entries_with):
        character = chr(
            FIRST_CHARACTER + number + (0x800 if number >= 0xD800 - FIRST_CHARACTER else 0)
        )
        index.vocabulary[word] = character
        index.weight[character] = math.log((total + 1) / (entries_with[word] + 0.5))
    _index_phrases(index, cut_phrases)
    index.reasons = _word_reasons(index, knowledge, by_entry)
    return index


def _index_phrases(index: _Index, cut_phrases: list[tuple[Entry, str, list[str]]]) -> None:
    by_word: dict[str, list[int]] = defaultdict(list)
    by_pair: dict[str, list[int]] = defaultdict(list)
    for entry, text, words in cut_phrases:
        sequence = "".join(index.vocabulary[word] for word in words)
        if not sequence:
            continue
        number = len(index.phrases)
        distinct = frozenset(sequence)
        weight = sum(index.weight[word] for word in distinct)
        index.phrases.append(Phrase(entry, text, sequence, distinct, weight))
        for word in distinct:
            by_word[word].append(number)
        for pair in {sequence[i : i + 2] for i in range(len(sequence) - 1)}:
            by_pair[pair].append(number)
    index.by_word = {
        word: [n for n in numbers if len(numbers) <= RARE or len(index.phrases[n].sequence) == 1]
        for word, numbers in by_word.items()
    }
    index.by_pair = {pair: n for pair, n in by_pair.items() if len(n) <= COMMON}


def _word_reasons(
    index: _Index, knowledge: Knowledge, by_entry: dict[str, set[str]]
) -> dict[str, tuple[tuple[Reason, float], ...]]:
    """How much likelier each word makes each reason, counted over the entries' phrases."""
    entries_of: Counter[Reason] = Counter()
    having: dict[str, Counter[Reason]] = defaultdict(Counter)
    for entry_id, words in by_entry.items():
        reason = knowledge[entry_id].reason
        if reason is Reason.UNSPECIFIED:
            continue
        entries_of[reason] += 1
        for word in words:
            having[word][reason] += 1
    everything = sum(entries_of.values())
    table: dict[str, tuple[tuple[Reason, float], ...]] = {}
    for word, reasons in having.items():
        often = sum(reasons.values()) / everything
        table[index.vocabulary[word]] = tuple(
            (reason, math.log((count + 2 * often) / (entries_of[reason] + 2) / often))
            for reason, count in reasons.items()
        )
    return table


def _by_code(knowledge: Knowledge) -> dict[str, list[Entry]]:
    """Entries by each exact code they name; a registry entry stands for all classes."""
    table: dict[str, list[Entry]] = defaultdict(list)
    for entry in knowledge:
        for code in _exact_codes(entry):
            table[code].append(entry)
    return table


def _exact_codes(entry: Entry) -> Iterable[str]:
    for pattern in entry.codes:
        if pattern.enhanced is not None:
            class_, subject, first, last = pattern.enhanced
            if subject is None or last - first > 250:
                continue
            for each in (2, 4, 5) if class_ is None else (class_,):
                yield from (f"{each}.{subject}.{detail}" for detail in range(first, last + 1))
        elif pattern.reply and pattern.is_exact:
            yield pattern.reply


def _code_reasons(knowledge: Knowledge) -> dict[str, dict[Reason, float]]:
    """For each enhanced code, how much likelier it makes each reason, counted over the entries."""
    having: dict[str, Counter[Reason]] = defaultdict(Counter)
    overall: Counter[Reason] = Counter()
    for entry in knowledge:
        if entry.reason is Reason.UNSPECIFIED:
            continue
        codes = {code for code in _exact_codes(entry) if "." in code}
        # The registry's own reading counts for more than one server's use of the code.
        count = 3 if entry.publisher.kind is Kind.STANDARDS else 1
        for code in codes:
            having[code][entry.reason] += count
        overall[entry.reason] += 1
    everything = sum(overall.values())
    table: dict[str, dict[Reason, float]] = {}
    for code, reasons in having.items():
        seen = sum(reasons.values())
        table[code] = {
            reason: math.log((reasons[reason] + 3 * overall[reason] / everything) / (seen + 3))
            - math.log(overall[reason] / everything)
            for reason in overall
        }
    return table
