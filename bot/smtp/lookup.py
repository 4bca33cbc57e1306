"""Find entries by what people ask for: a code, a publisher's name, or a few words of a title."""

from __future__ import annotations

from collections import defaultdict

from rapidfuzz import fuzz, process, utils

from bot.smtp.codes import CodePattern, EnhancedCode, ReplyCode
from bot.smtp.knowledge import Entry, Kind, Knowledge, Publisher

CLOSE = 60  # WRatio, 0 to 100, from which a title is worth offering; below it they share no topic
NEAREST = 3  # titles offered when nothing better was found


class Lookup:
    """Indexes over a `Knowledge` for questions that are not pasted errors."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
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
        """Entries that name a code, the closest first; of these the standards, then causes."""
        code = ReplyCode.parse(reply) if reply else None
        status = EnhancedCode.parse(enhanced) if enhanced else None
        ranked: list[tuple[int, int, Entry]] = []
        for entry in self._knowledge:
            fits = max((_fit(pattern, code, status) for pattern in entry.codes), default=0)
            # One server's use of a bare reply code (550) tells nothing about anybody else's.
            if fits and (status or entry.is_standard):
                ranked.append((-fits, _ORDER.index(entry.publisher.kind), entry))
        ranked.sort(key=lambda each: each[:2])
        return [entry for _, _, entry in ranked]

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
LONGEST_NAME = 60  # characters: the longest name of a publisher and some blanks
LONGEST_QUERY = 100  # characters compared with titles, which have at most 70


def _plain(name: str) -> str:
    return "".join(ch for ch in name.lower() if ch.isalnum())


def _fit(pattern: CodePattern, reply: ReplyCode | None, enhanced: EnhancedCode | None) -> int:
    """How well an entry's pattern fits a code asked for: 0 not at all, 3 to the letter."""
    if enhanced is None:
        return 2 if reply and pattern.enhanced is None and pattern.covers_reply(reply) else 0
    if not pattern.covers_enhanced(enhanced):
        return 0
    if reply is None:
        return 2
    if pattern.reply is None:
        return 2
    return 3 if pattern.covers_reply(reply) else 1


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
