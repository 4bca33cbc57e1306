"""Find entries by what people ask for: a code, a publisher's name, or a few words of a title."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from rapidfuzz import fuzz, process, utils

from bot.smtp.codes import CodePattern, EnhancedCode, ReplyCode
from bot.smtp.knowledge import Entry, Kind, Knowledge, Publisher
from bot.smtp.reasons import Reason

CLOSE = 60  # WRatio, 0 to 100, from which a title is worth offering; below it they share no topic
NEAREST = 3  # titles offered when nothing better was found


class Lookup:
    """Indexes over a `Knowledge` for questions that are not pasted errors."""

    def __init__(self, knowledge: Knowledge, usual: Mapping[Reason, Entry]) -> None:
        """`usual` has each reason's usual cause, as `confidence.usual_entries` finds it."""
        self._knowledge = knowledge
        self._usual = usual
        self._names: dict[str, Publisher] = {}
        self._of_publisher: dict[str, list[Entry]] = defaultdict(list)
        for publisher in knowledge.publishers:
            named = publisher.kind is not Kind.CAUSES
            for name in (publisher.id, *publisher.aliases, *([publisher.name] if named else [])):
                self._names.setdefault(_plain(name), publisher)
        for entry in knowledge:
            self._of_publisher[entry.publisher.id].append(entry)
        self._titles = {
            entry.id: utils.default_process(f"{entry.title} {entry.id}") for entry in knowledge
        }

    def publisher(self, name: str) -> Publisher | None:
        """The publisher of that name, alias or id; None when there is none."""
        if len(name) > LONGEST_NAME:
            return None
        return self._names.get(_plain(name))

    def of_publisher(self, publisher: Publisher) -> tuple[Entry, ...]:
        """All entries of a publisher, in the order of its file."""
        return tuple(self._of_publisher[publisher.id])

    def matching(self, pattern: CodePattern) -> tuple[Entry, ...]:
        """The standards' entries whose code a pattern covers: 4xx, 5.7.x."""
        return tuple(
            entry for entry in self._knowledge if entry.is_standard and _covers(pattern, entry)
        )

    def by_code(self, reply: str, enhanced: str) -> list[Entry]:
        """Entries that name a code, the best first.

        A pair of codes that servers mostly use for one reason means that, in words for all servers
        where there are any. Of other codes the standards come first, then what single servers mean.
        """
        code = ReplyCode.parse(reply) if reply else None
        status = EnhancedCode.parse(enhanced) if enhanced else None
        found: list[tuple[int, Entry]] = []
        for entry in self._knowledge:
            fits = max((_fit(pattern, code, status) for pattern in entry.codes), default=0)
            # One server's use of a bare reply code (550) tells nothing about anybody else's.
            if fits and (status or entry.is_standard):
                found.append((fits, entry))
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
        if agreed and not _is_of_one(exact) and ranked[0].publisher.kind not in FOR_ALL:
            general = [self._usual[agreed]] if agreed in self._usual else []
            return list(dict.fromkeys([*general, *ranked]))
        return ranked

    def nearest(self, words: str) -> tuple[Entry, ...]:
        """The entries whose titles come closest to some words, for when nothing else is known."""
        if len(words) > LONGEST_QUERY:
            return ()  # a text so long that tells us nothing is not a question about a topic
        query = utils.default_process(words)
        found = process.extract(
            query, self._titles, scorer=fuzz.WRatio, score_cutoff=CLOSE, limit=NEAREST
        )
        return tuple(self._knowledge[entry_id] for _, _, entry_id in found)


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
LONGEST_QUERY = 100  # characters compared with titles, which have at most 70


def _plain(name: str) -> str:
    return "".join(ch for ch in name.lower() if ch.isalnum())


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


def _covers(pattern: CodePattern, entry: Entry) -> bool:
    """Whether an asked pattern covers the code of a standards entry."""
    for code in entry.codes:
        if code.enhanced is None and code.reply and pattern.reply:
            if pattern.covers_reply(ReplyCode.parse(code.reply)):
                return True
        elif code.enhanced is not None and pattern.enhanced is not None:
            class_, subject, first, _ = code.enhanced
            asked_class = pattern.enhanced[0]
            if subject is not None and pattern.covers_enhanced(
                EnhancedCode(class_ or asked_class or 5, subject, first)
            ):
                return True
    return False
