"""Find entries by what people ask for: a code, a publisher's name, or a few words of a title."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process, utils

from bot.smtp.codes import CodePattern, EnhancedCode, ReplyCode
from bot.smtp.knowledge import Entry, Kind, Knowledge, Publisher
from bot.smtp.phrases import phrase_words
from bot.smtp.reasons import Reason
from bot.smtp.typed import plain

CLOSE = 60  # token_set_ratio, 0 to 100, from which a title is worth offering
NEAREST = 3  # titles offered when nothing better was found


class Lookup:
    """Indexes over a `Knowledge` for questions that are not pasted errors."""

    def __init__(self, knowledge: Knowledge, usual: Mapping[Reason, Entry]) -> None:
        """`usual` has each reason's usual cause, as `confidence.usual_entries` finds it."""
        self._knowledge = knowledge
        self._usual = usual
        self.names: dict[str, Publisher] = {}  # by what is typed for them, plain
        self._of_publisher: dict[str, list[Entry]] = defaultdict(list)
        self._by_code = knowledge.by_code()
        for publisher in knowledge.publishers:
            named = publisher.kind is not Kind.CAUSES
            for name in (publisher.id, *publisher.aliases, *([publisher.name] if named else [])):
                self.names.setdefault(plain(name), publisher)
        for entry in knowledge:
            self._of_publisher[entry.publisher.id].append(entry)
        self._titles = {
            entry.id: utils.default_process(f"{entry.title} {entry.id}") for entry in knowledge
        }

    def publisher(self, name: str) -> Publisher | None:
        """The publisher of that name, alias or id; None when there is none."""
        if len(name) > LONGEST_NAME:
            return None
        return self.names.get(plain(name))

    def of_publisher(self, publisher: Publisher) -> tuple[Entry, ...]:
        """All entries of a publisher, in the order of its file."""
        return tuple(self._of_publisher[publisher.id])

    def matching(self, pattern: CodePattern) -> tuple[Entry, ...]:
        """The standards' entries whose code a pattern covers: 4xx, 5.7.x.

        They name a reply code or an enhanced one; of a pattern of both, either is enough.
        """
        standards = (entry for entry in self._knowledge if entry.is_standard)
        return tuple(entry for entry in standards if _names_one(entry, pattern.halves))

    def by_code(self, reply: str, enhanced: str) -> list[Entry]:
        """Entries that name a code, the best first.

        A pair of codes that servers mostly use for one reason means that, in words for all servers
        where there are any. Of other codes the standards come first, then what single servers mean.
        """
        code = ReplyCode.parse(reply) if reply else None
        status = EnhancedCode.parse(enhanced) if enhanced else None
        found: list[tuple[int, Entry]] = []
        for entry in self._by_code.get(str(status or code), ()):
            fits = max((_fit(pattern, code, status) for pattern in entry.codes), default=0)
            if fits:
                found.append((fits, entry))
        if status is None and any(entry.is_standard for _, entry in found):
            # One server's use of a bare reply code (550) tells nothing about anybody else's.
            found = [each for each in found if each[1].is_standard]
        exact = [entry for fits, entry in found if fits == TO_THE_LETTER]
        agreed = _agreed(exact)

        def rank(each: tuple[int, Entry]) -> tuple[int, int, int]:
            fits, entry = each
            is_agreed = entry.reason is agreed and (fits == TO_THE_LETTER or entry.is_standard)
            leads = is_agreed if agreed else entry.is_standard
            kind = entry.publisher.kind
            if leads:
                return LEADS, kind is not Kind.CAUSES, _ORDER.index(kind)
            return FOLLOWS, -fits, _ORDER.index(kind)

        ranked = [entry for _, entry in sorted(found, key=rank)]
        # A code that no registry has is its users' own: what they mean by it needs no wider words.
        is_theirs = _is_of_one(exact) or not any(entry.is_standard for _, entry in found)
        if agreed and not is_theirs and ranked[0].publisher.kind not in FOR_ALL:
            general = [self._usual[agreed]] if agreed in self._usual else []
            return list(dict.fromkeys([*general, *ranked]))
        return ranked

    def with_codes(
        self, publisher: Publisher | None, asked: Sequence[CodePattern]
    ) -> tuple[Entry, ...]:
        """A publisher's entries, or anybody's, that name one of these codes, in their order."""
        return tuple(
            entry
            for entry in (self._of_publisher[publisher.id] if publisher else self._knowledge)
            if _names_one(entry, asked)
        )

    def on_topic(self, publisher: Publisher, words: Sequence[str]) -> tuple[Entry, ...]:
        """The entries of a publisher that have most of these words; () when they have none."""
        have = {
            entry: len(self._words_of(entry).intersection(words))
            for entry in self._of_publisher[publisher.id]
        }
        most = max(have.values(), default=0)
        return tuple(entry for entry, count in have.items() if count == most > 0)

    def nearest(self, words: Sequence[str]) -> tuple[Entry, ...]:
        """The entries whose titles come closest to some words, for when nothing else is known."""
        found = process.extract(
            " ".join(words),
            self._titles,
            scorer=fuzz.token_set_ratio,
            score_cutoff=CLOSE,
            limit=None,
        )
        # Of titles equally close those that are about anybody's server.
        ranked = sorted((-close, self._order(entry_id), entry_id) for _, close, entry_id in found)
        return tuple(self._knowledge[entry_id] for *_, entry_id in ranked[:NEAREST])

    def _order(self, entry_id: str) -> int:
        return _ORDER.index(self._knowledge[entry_id].publisher.kind)

    def _words_of(self, entry: Entry) -> frozenset[str]:
        """The words of an entry's title and phrases."""
        phrases = (word for phrase in entry.phrases for word in phrase_words(phrase))
        return frozenset([*self._titles[entry.id].split(), *phrases])


# Whose reading of a bare code helps most people: everybody's before one server's.
_ORDER = [
    Kind.STANDARDS,
    Kind.CAUSES,
    Kind.PROVIDERS,
    Kind.SERVERS,
    Kind.GATEWAYS,
    Kind.SERVICES,
    Kind.BLOCKLISTS,
    Kind.CLIENTS,
]
FOR_ALL = (Kind.STANDARDS, Kind.CAUSES)  # whose words are meant for all servers
LEADS, FOLLOWS = range(2)  # the places of entries among those that name a code
TO_THE_LETTER = 3  # how well a pattern fits that names both codes
LONGEST_NAME = 60  # characters: the longest name of a publisher and some blanks


def _agreed(entries: list[Entry]) -> Reason | None:
    """The reason of most of these entries; None when they are about all sorts of things.

    Hardly a code says less than 550 5.7.1: a filter means one thing by it, a blocklist another. Of
    two that one publisher has, the first in its file will do: 550 5.4.1 is Microsoft's alone.
    """
    if not entries:
        return None
    [(reason, count)] = Counter(entry.reason for entry in entries).most_common(1)
    is_most = 2 * count > len(entries) or (_is_of_one(entries) and 2 * count == len(entries))
    return reason if is_most else None


def _is_of_one(entries: list[Entry]) -> bool:
    """Whether these entries are all one publisher's."""
    return len({entry.publisher.id for entry in entries}) == 1


def _fit(pattern: CodePattern, reply: ReplyCode | None, enhanced: EnhancedCode | None) -> int:
    """How well an entry's pattern fits a code asked for: 0 not at all, TO_THE_LETTER best."""
    if enhanced is None:
        return 2 if reply and pattern.enhanced is None and pattern.covers_reply(reply) else 0
    if not pattern.covers_enhanced(enhanced):
        return 0
    if reply is None:
        return 2
    if pattern.reply is None:
        return 2
    return TO_THE_LETTER if pattern.covers_reply(reply) else 1


def _names_one(entry: Entry, asked: Sequence[CodePattern]) -> bool:
    """Whether an entry names one of these codes."""
    return any(_overlap(code, pattern) for code in asked for pattern in entry.codes)


def _overlap(one: CodePattern, other: CodePattern) -> bool:
    """Whether some code is named by both patterns; what one leaves open the other may fill."""
    if one.reply and not (other.reply and all(map(_same_digit, one.reply, other.reply))):
        return False
    if one.enhanced is None:
        return True
    if other.enhanced is None:
        return False
    class_, subject, first, last = one.enhanced
    other_class, other_subject, other_first, other_last = other.enhanced
    return (
        (class_ is None or other_class is None or class_ == other_class)
        and (subject is None or other_subject is None or subject == other_subject)
        and first <= other_last
        and other_first <= last
    )


def _same_digit(one: str, other: str) -> bool:
    return one == other or "x" in (one, other)
