"""The index over all phrases: which of them a text resembles, and what its words speak for.

Each known word is one character, so a text and a phrase are short strings: RapidFuzz aligns them
at C speed, and a phrase that the text holds whole is a plain substring.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from rapidfuzz.fuzz import partial_ratio_alignment

from bot.smtp.knowledge import PLACEHOLDER, Entry, Knowledge
from bot.smtp.reasons import Reason
from bot.smtp.words import cut

CANDIDATES = 12  # phrases compared closely for one text; 24 changed one right reason in 700
PER_ENTRY = 3  # of them of one entry, so that an entry of many wordings leaves room for others
RARE = 40  # a word in at most so many phrases leads to them by itself
COMMON = 150  # a pair of words in more phrases than this leads nowhere
TOLD_REASONS = 6  # reasons that one word speaks for or against; the rest tell next to nothing
LEAST = 0.45  # of a phrase's weight; with less of it the text is about something else
MARGIN = 2  # words around the place where a phrase fits best that may still belong to it
_FIRST, _GAP_FROM, _GAP = 0x100, 0xD800, 0x800  # characters that are no surrogates


class Phrase(NamedTuple):
    """One phrase of an entry; its words as characters, and the weight of their rarity."""

    entry: Entry
    text: str
    sequence: str
    words: frozenset[str]
    weight: float


class Found(NamedTuple):
    """A phrase that a text resembles: the weight of its words that are there, and that are not."""

    phrase: Phrase
    there: float
    missing: float

    @property
    def share(self) -> float:
        """The share of the phrase's weight that the text has, 0 to 1."""
        return self.there / self.phrase.weight


class PhraseIndex:
    """All phrases of a `Knowledge`, by their words and pairs of words."""

    def __init__(self, knowledge: Knowledge) -> None:
        pieces = [
            (entry, text, phrase_words(text)) for entry in knowledge for text in entry.phrases
        ]
        words_of: dict[str, set[str]] = defaultdict(set)
        for entry, _, words in pieces:
            words_of[entry.id].update(words)
        entries_with = Counter(chain.from_iterable(words_of.values()))
        self._character = {
            word: chr(code + (_GAP if code >= _GAP_FROM else 0))
            for code, word in enumerate(sorted(entries_with), _FIRST)
        }
        # The rarer a word among the entries, the more it tells (inverse document frequency).
        self._weight = {
            self._character[word]: math.log((len(words_of) + 1) / (count + 0.5))
            for word, count in entries_with.items()
        }
        self._phrases = [self._phrase(entry, text, words) for entry, text, words in pieces if words]
        self._by_word, self._by_pair = self._postings()
        postings = Counter(chain.from_iterable([*self._by_word.values(), *self._by_pair.values()]))
        self._lead = [
            math.sqrt(phrase.weight) / (postings[number] or 1)
            for number, phrase in enumerate(self._phrases)
        ]
        self._reasons = self._reasons_by_word(knowledge, words_of)

    def knows(self, word: str) -> bool:
        """Whether any phrase has this word."""
        return word in self._character

    def sequence(self, words: Iterable[str]) -> str:
        """The words of a text that any phrase has, in order, as one character each."""
        character = self._character
        return "".join([character[word] for word in words if word in character])

    def find(self, sequence: str) -> list[Found]:
        """The phrases that a text resembles most."""
        present = set(sequence)
        found = [
            each
            for phrase in self._candidates(sequence, present)
            if (each := self._compare(phrase, sequence, present))
        ]
        whole = [each.phrase.sequence for each in found if not each.missing]
        # "Access denied" says nothing of its own where "Relay access denied" is there whole.
        return [each for each in found if each.missing or not _inside(each.phrase, whole)]

    def reasons(self, sequence: str) -> dict[Reason, float]:
        """How much likelier the words by themselves make each reason (a log, damped by number)."""
        total: dict[Reason, float] = {}
        distinct = set(sequence)
        for word in distinct:
            for reason, amount in self._reasons[word]:
                total[reason] = total.get(reason, 0.0) + amount
        # Words are not independent: evidence grows with the root of their number.
        damping = math.sqrt(len(distinct) or 1)
        return {reason: amount / damping for reason, amount in total.items()}

    def _phrase(self, entry: Entry, text: str, words: list[str]) -> Phrase:
        sequence = "".join([self._character[word] for word in words])
        distinct = frozenset(sequence)
        # fsum does not depend on the order of a set, so every run gives the same answers.
        weight = math.fsum(self._weight[word] for word in distinct)
        return Phrase(entry, text, sequence, distinct, weight)

    def _postings(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        by_word: dict[str, list[int]] = defaultdict(list)
        by_pair: dict[str, list[int]] = defaultdict(list)
        for number, phrase in enumerate(self._phrases):
            for word in phrase.words:
                by_word[word].append(number)
            for pair in pairs(phrase.sequence):
                by_pair[pair].append(number)
        for word, numbers in by_word.items():
            if len(numbers) > RARE:
                by_word[word] = [n for n in numbers if len(self._phrases[n].sequence) == 1]
        return (
            {word: numbers for word, numbers in by_word.items() if numbers},
            {pair: numbers for pair, numbers in by_pair.items() if len(numbers) <= COMMON},
        )

    def _candidates(self, sequence: str, present: set[str]) -> list[Phrase]:
        by_word, by_pair, phrases = self._by_word, self._by_pair, self._phrases
        shared = Counter(
            chain.from_iterable(
                [by_word[word] for word in present if word in by_word]
                + [by_pair[pair] for pair in pairs(sequence) if pair in by_pair]
            )
        )
        if len(shared) <= CANDIDATES:
            return [phrases[number] for number in shared]
        # By the share that they have in common, as far as counting can tell, and by weight.
        lead = self._lead
        ranked = sorted([(-lead[number] * n, number) for number, n in shared.items()])
        taken: list[Phrase] = []
        per_entry: Counter[str] = Counter()
        for _, number in ranked:
            phrase = phrases[number]
            per_entry[phrase.entry.id] += 1
            if per_entry[phrase.entry.id] <= PER_ENTRY:
                taken.append(phrase)
                if len(taken) == CANDIDATES:
                    break
        return taken

    def _compare(self, phrase: Phrase, sequence: str, present: set[str]) -> Found | None:
        """How much of a phrase is in a text; None when it is less than LEAST."""
        if phrase.sequence in sequence:
            return Found(phrase, phrase.weight, 0.0)
        weight = self._weight
        have = sum([weight[word] for word in phrase.words & present])
        if have < LEAST * phrase.weight:
            return None
        place = partial_ratio_alignment(phrase.sequence, sequence)
        if place is None:
            return None
        near = sequence
        if len(phrase.sequence) + 2 * MARGIN < len(sequence):
            near = sequence[max(0, place.dest_start - MARGIN) : place.dest_end + MARGIN]
        missing = math.fsum([weight[word] for word in phrase.words.difference(near)])
        have = phrase.weight - missing
        if have < LEAST * phrase.weight:
            return None
        # Words out of order count half.
        return Found(phrase, have * (0.5 + place.score / 200), missing)

    def _reasons_by_word(
        self, knowledge: Knowledge, words_of: dict[str, set[str]]
    ) -> dict[str, list[tuple[Reason, float]]]:
        """How much likelier each word makes each reason, counted over the entries' phrases."""
        entries_of: Counter[Reason] = Counter()
        having: dict[str, Counter[Reason]] = defaultdict(Counter)
        for entry_id, words in words_of.items():
            reason = knowledge[entry_id].reason
            entries_of[reason] += 1
            for word in words:
                having[word][reason] += 1
        table: dict[str, list[tuple[Reason, float]]] = {}
        for word, reasons in having.items():
            often = reasons.total() / len(words_of)
            likelier = [
                (reason, math.log((count + 2 * often) / (entries_of[reason] + 2) / often))
                for reason, count in reasons.items()
            ]
            likelier.sort(key=lambda pair: -abs(pair[1]))
            table[self._character[word]] = likelier[:TOLD_REASONS]
        return table


def _inside(phrase: Phrase, sequences: list[str]) -> bool:
    """Whether a phrase is a part of another that was found."""
    length = len(phrase.sequence)
    return any(length < len(other) and phrase.sequence in other for other in sequences)


def phrase_words(phrase: str) -> list[str]:
    """The words of a phrase; what varies (placeholders) is left out."""
    return cut(PLACEHOLDER.sub(" ", phrase).lower()).words


def pairs(sequence: str) -> set[str]:
    """The neighbouring words of a sequence."""
    return {sequence[i : i + 2] for i in range(len(sequence) - 1)}
