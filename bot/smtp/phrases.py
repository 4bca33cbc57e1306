"""The index over all phrases: which of them a text resembles, and what its words speak for.

Each known word is one character, so a text and a phrase are short strings: RapidFuzz aligns them
at C speed, and a phrase that the text holds whole is a plain substring.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import add, attrgetter
from typing import NamedTuple

from rapidfuzz.fuzz import partial_ratio_alignment

from bot.smtp.codes import EnhancedCode
from bot.smtp.knowledge import PLACEHOLDER, Entry, Knowledge
from bot.smtp.reasons import Reason
from bot.smtp.words import cut

CANDIDATES = 16  # phrases compared closely for one text; 24 changed one right reason in 700
PER_ENTRY = 3  # of them of one entry, so that an entry of many wordings leaves room for others
RARE = 60  # a word in at most so many phrases leads to them by itself
COMMON = 150  # a pair of words in more phrases than this leads nowhere
TOLD_REASONS = 6  # reasons that one word speaks for or against; the rest tell next to nothing
NEAR = 3  # words apart at most where a subject and its predicate stand: "user ... does not exist"
# Words are not independent: evidence grows with a power of their number, their root; pairs share
# words with one another, and are even less so.
WORDS_DAMPED, PAIRS_DAMPED = 0.5, 0.7
WHOLE = 0.97  # the share of a phrase from which it counts as whole
# Known words that a piece of a phrase has at least, and the words beside it at most (its code, the
# id at its end); fewer words stand in many phrases.
PIECE, BESIDE = 5, 3
# Times the weight of a phrase that is one word with digits, and of one entry alone: 0x800CCC0E and
# S3140 stand nowhere by chance. From 1.5 on the entry comes before general words; the sets do not
# tell more.
TAG = 1.5
LEAST = 0.45  # of a phrase's weight; with less of it the text is about something else
APART = 1e-12  # what keeps phrases of equal rank apart: the first in the knowledge comes first
LIKELY = 1.0  # ranks above it usually suffice; the others need not be sorted then
MARGIN = 2  # words around the place where a phrase fits best that may still belong to it
_FIRST, _GAP_FROM, _GAP = 0x100, 0xD800, 0x800  # characters that are no surrogates

PLACE = {reason: place for place, reason in enumerate(Reason)}
_LETTER = {reason: chr(place) for reason, place in PLACE.items()}
Told = tuple[tuple[int, float], ...]  # places of reasons, and how much likelier a word makes them


@dataclass(eq=False, slots=True)
class Phrase:
    """One phrase of an entry; its words as characters, each once too, and their rarity's weight."""

    entry: Entry
    entry_id: str
    reason: Reason
    text: str
    sequence: str
    words: str
    weight: float
    lead: float = 0.0  # what each word and pair that a text shares with it counts


class Found(NamedTuple):
    """A phrase that a text resembles: the weight of its words that are there, and that are not."""

    phrase: Phrase
    there: float
    missing: float
    whole: bool = False  # all of it, or as much as there is of a text that was cut short

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
        entries_with = self.used = Counter(chain.from_iterable(words_of.values()))
        self._character = {
            word: chr(code + (_GAP if code >= _GAP_FROM else 0))
            for code, word in enumerate(sorted(entries_with), _FIRST)
        }
        # The rarer a word among the entries, the more it tells (inverse document frequency).
        self._weight = {
            self._character[word]: math.log((len(words_of) + 1) / (count + 0.5))
            for word, count in entries_with.items()
        }
        phrases = [self._phrase(entry, text, words) for entry, text, words in pieces if words]
        self._postings = _by_word_and_pair(phrases)
        postings = Counter(chain.from_iterable(self._postings.values()))
        for number, phrase in enumerate(phrases):
            rank = math.sqrt(phrase.weight) / (postings[phrase] or 1)
            phrase.lead = rank * (1 - number * APART)
        self._told = _told_by(_by_entry(phrases, attrgetter("words")))
        for code in filter(EnhancedCode.is_one, entries_with):
            self._told[self._character[code]] = ()  # codes are evidence of their own
        self._told_together = _told_by(_by_entry(phrases, _unlike))

    def knows(self, word: str) -> bool:
        """Whether any phrase has this word."""
        return word in self._character

    def known(self, words: Iterable[str]) -> list[str]:
        """The words of a text that any phrase has, in order, as one character each.

        It is the same object for the same word, which makes comparing sets of them fast.
        """
        return list(filter(None, map(self._character.get, words)))

    def find(self, known: Sequence[str], sequence: str) -> list[Found]:
        """The phrases that a text of these `known` words resembles most; `sequence` joins them.

        Those that lack a word are found as well as they could be there; `closely` tells.
        """
        found: list[Found] = []
        others: list[Phrase] = []
        for phrase in self._candidates(known):
            if phrase.sequence in sequence:
                found.append(Found(phrase, phrase.weight, 0.0, True))
            else:
                others.append(phrase)
        whole = [each.phrase.sequence for each in found]
        # A text that is one phrase and its code is not the beginning of another.
        is_more = len(sequence) > max(map(len, whole), default=0) + 1
        present = set(known)
        for phrase in others:
            wanted = phrase.sequence
            if (
                is_more
                and len(wanted) > len(sequence)
                and (cut_short := self._cut_short(phrase, sequence))
            ):
                found.append(cut_short)
            elif absent := [word for word in phrase.words if word not in present]:
                if at_best := self._at_best(phrase, absent, sequence):
                    found.append(at_best)
            elif at_odds := self.closely(phrase, sequence):
                found.append(at_odds)
                if not at_odds.missing:
                    whole.append(wanted)
        if len(whole) < 2:
            return found
        # "Access denied" says nothing of its own where "Relay access denied" is there whole.
        return [each for each in found if each.missing or not _inside(each.phrase, whole)]

    def _at_best(self, phrase: Phrase, absent: list[str], sequence: str) -> Found | None:
        """A phrase that lacks words, found as well as `closely` can find it."""
        weight, full, length = self._weight, phrase.weight, len(phrase.sequence)
        missing = sum([weight[word] for word in absent])
        have = full - missing
        if have < LEAST * full:
            return None
        if length <= len(sequence):
            # The most that `closely` gives where so many words are not in order.
            have *= 0.5 + (length - len(absent)) / (2 * length - len(absent))
        return Found(phrase, have, missing)

    def closely(self, phrase: Phrase, sequence: str) -> Found | None:
        """How much of a phrase is in one place of a text; None when it is less than LEAST."""
        wanted = phrase.sequence
        place = partial_ratio_alignment(wanted, sequence)
        if place is None:
            return None
        near = sequence
        if len(wanted) + 2 * MARGIN < len(sequence):
            near = sequence[max(0, place.dest_start - MARGIN) : place.dest_end + MARGIN]
        weight = self._weight
        missing = sum([weight[word] for word in phrase.words if word not in near])
        have = phrase.weight - missing
        if have < LEAST * phrase.weight:
            return None
        # Words out of order count half.
        there = have * (0.5 + place.score / 200)
        return Found(phrase, there, missing, there >= WHOLE * phrase.weight)

    def _cut_short(self, phrase: Phrase, sequence: str) -> Found | None:
        """The phrase when a text is only its beginning: the first line of a long reply, mostly."""
        words, wanted = phrase.words, phrase.sequence
        first, last = 0, len(sequence)
        while first < last and sequence[first] not in words:
            first += 1
        while first < last and sequence[last - 1] not in words:
            last -= 1
        beside, piece = len(sequence) - (last - first), sequence[first:last]
        if len(piece) < PIECE or beside > BESIDE or not wanted.startswith(piece):
            return None
        weight = self._weight
        there = sum([weight[word] for word in dict.fromkeys(piece)])
        return Found(phrase, there, 0.0, True)

    def reasons(self, known: Iterable[str]) -> list[float]:
        """How much likelier the words by themselves make each reason (a log, damped by number).

        In the order of `PLACE`.
        """
        return _summed(map(self._told.__getitem__, words := set(known)), len(words) ** WORDS_DAMPED)

    def reasons_together(self, known: Sequence[str]) -> list[float]:
        """The same by what two words mean that stand near each other, in either order."""
        told = list(filter(None, map(self._told_together.get, dict.fromkeys(near(known)))))
        return _summed(told, len(told) ** PAIRS_DAMPED)

    def _phrase(self, entry: Entry, text: str, words: list[str]) -> Phrase:
        sequence = "".join(self.known(words))
        distinct = "".join(dict.fromkeys(sequence))
        if distinct == sequence:
            distinct = sequence  # most phrases have each word once; one string is kept then
        weight = sum(self._weight[word] for word in distinct)
        if len(words) == 1 and self._is_tag(words[0]):
            weight *= TAG
        return Phrase(entry, entry.id, entry.reason, text, sequence, distinct, weight)

    def _is_tag(self, word: str) -> bool:
        """Whether a word is a program's own mark for one thing: an error number, not a code."""
        has_digits = any(map(str.isdigit, word)) and not EnhancedCode.is_one(word)
        return has_digits and self.used[word] == 1

    def _candidates(self, known: Sequence[str]) -> list[Phrase]:
        """The phrases that share most with a text, as far as counting can tell, best first."""
        leading = {*known, *pairs(known)}
        shared = Counter(chain.from_iterable(filter(None, map(self._postings.get, leading))))
        if len(shared) > CANDIDATES:
            likely = {
                rank: phrase for phrase, n in shared.items() if (rank := phrase.lead * n) > LIKELY
            }
            taken = _best(likely, PER_ENTRY)
            if len(taken) == CANDIDATES:
                return taken
        # By the share that they have in common and by weight.
        ranked = {phrase.lead * n: phrase for phrase, n in shared.items()}
        return _best(ranked, PER_ENTRY if len(shared) > CANDIDATES else CANDIDATES)


def _by_entry(
    phrases: Iterable[Phrase], of: Callable[[Phrase], Iterable[str]]
) -> Iterator[tuple[Reason, set[str]]]:
    """The reason of each entry, and the words or pairs of all its phrases."""
    for _, same in groupby(phrases, attrgetter("entry")):
        first, *more = same
        yield first.reason, set(of(first)).union(*map(of, more))


def _unlike(phrase: Phrase) -> list[str]:
    """The pairs of different words that stand near each other in a phrase."""
    return [pair for pair in near(phrase.sequence) if pair[0] != pair[1]]


def _told_by(told_of: Iterable[tuple[Reason, set[str]]]) -> dict[str, Told]:
    """How much likelier each word or pair makes each reason, counted over the entries' phrases."""
    entries_of: Counter[Reason] = Counter()
    # A letter for the reason of each entry that has it: small, as there are many pairs.
    having: dict[str, str] = {}
    for reason, words in told_of:
        entries_of[reason] += 1
        letter = _LETTER[reason]
        for word in words:
            having[word] = having.get(word, "") + letter
    # Most words are of one entry and tell the same as others; kept once they stay at hand.
    kept: dict[str, Told] = {}
    table: dict[str, Told] = {}
    for word, letters in having.items():
        if letters not in kept:
            kept[letters] = _told(letters, entries_of)
        table[word] = kept[letters]
    return table


def _told(letters: str, entries_of: Counter[Reason]) -> Told:
    """What a word tells that the entries of these reasons have, a letter each."""
    often = len(letters) / entries_of.total()
    likelier = [
        (PLACE[reason], math.log((count + 2 * often) / (entries_of[reason] + 2) / often))
        for reason in PLACE
        if (count := letters.count(_LETTER[reason]))
    ]
    likelier.sort(key=lambda pair: -abs(pair[1]))
    return tuple(likelier[:TOLD_REASONS])


def _summed(all_told: Iterable[Told], damping: float) -> list[float]:
    """What words tell of each reason, taken together."""
    total = [0.0] * len(PLACE)
    for told in all_told:
        for place, amount in told:
            total[place] += amount
    return [amount / damping for amount in total] if damping else total


def _by_word_and_pair(phrases: list[Phrase]) -> dict[str, list[Phrase]]:
    """The phrases that have a word, or two words side by side."""
    by_word: dict[str, list[Phrase]] = defaultdict(list)
    by_pair: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in phrases:
        for word in phrase.words:
            by_word[word].append(phrase)
        for pair in pairs(phrase.sequence):
            by_pair[pair].append(phrase)
    for word, having in by_word.items():
        if len(having) > RARE:
            by_word[word] = [phrase for phrase in having if len(phrase.sequence) == 1]
    return {
        **{word: having for word, having in by_word.items() if having},
        **{pair: having for pair, having in by_pair.items() if len(having) <= COMMON},
    }


def _best(ranked: dict[float, Phrase], per_entry: int) -> list[Phrase]:
    """The phrases of the highest ranks, not too many of one entry."""
    taken: list[Phrase] = []
    entries: dict[str, int] = {}
    for rank in sorted(ranked, reverse=True):
        phrase = ranked[rank]
        entry_id = phrase.entry_id
        of_entry = entries[entry_id] = entries.get(entry_id, 0) + 1
        if of_entry <= per_entry:
            taken.append(phrase)
            if len(taken) == CANDIDATES:
                break
    return taken


def _inside(phrase: Phrase, sequences: list[str]) -> bool:
    """Whether a phrase is a part of another that was found."""
    length = len(phrase.sequence)
    return any(length < len(other) and phrase.sequence in other for other in sequences)


def phrase_words(phrase: str) -> list[str]:
    """The words of a phrase; what varies (placeholders) is left out."""
    return cut(PLACEHOLDER.sub(" ", phrase).lower()).words


def pairs(known: Sequence[str]) -> set[str]:
    """The neighbours among known words, as two characters."""
    return set(map(add, known, known[1:]))


def near(known: Sequence[str]) -> Iterator[str]:
    """Every two of the known words that stand near each other, the same in either order."""
    return chain.from_iterable(map(_both, known, known[gap:]) for gap in range(1, NEAR + 1))


def _both(one: str, other: str) -> str:
    return one + other if one < other else other + one
