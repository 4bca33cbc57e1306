"""Tell whose servers a text comes from: by what only they print, by link, host name or address."""

from __future__ import annotations

import re
from collections import defaultdict

from bot.smtp.codes import is_enhanced
from bot.smtp.knowledge import Knowledge, Publisher
from bot.smtp.words import Words

_PIECE = re.compile(r"[^\W_]+")


class Recognizer:
    """Knows the marks and hosts of every publisher that runs servers."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._marks: dict[str, list[tuple[str, Publisher]]] = defaultdict(list)
        self._hosts: dict[str, Publisher] = {}
        for publisher in knowledge.publishers:
            if not publisher.kind.runs_servers:
                continue
            for mark in publisher.marks:
                longest = max(_PIECE.findall(mark) or [mark], key=len)
                self._marks[longest].append((mark, publisher))
            for host in publisher.hosts:
                self._hosts[host] = publisher
        self._pieces = frozenset(self._marks)
        self._codes = _own_codes(knowledge)

    def provider(self, text: str, words: Words, enhanced: str | None = None) -> str | None:
        """Who runs the servers that said this lower-case text, cut into these words.

        `enhanced` is the enhanced code read in it.
        """
        if marked := self._by_mark(text, words):
            return marked.name
        for host in (*words.hosts, *words.domains):
            if publisher := self._by_host(host):
                return publisher.name
        return self._codes.get(enhanced) if enhanced else None

    def _by_mark(self, text: str, words: Words) -> Publisher | None:
        pieces = self._pieces.intersection(words.words)
        for dotted in (*words.links, *words.hosts):
            pieces |= self._pieces.intersection(_PIECE.findall(dotted))
        seen = [
            (len(mark), mark, publisher)
            for piece in pieces
            for mark, publisher in self._marks[piece]
            if mark in text
        ]
        # A longer mark is surer.
        return max(seen, key=lambda each: each[:2])[2] if seen else None

    def _by_host(self, host: str) -> Publisher | None:
        labels = host.split(".")
        for start in range(len(labels) - 1):
            publisher = self._hosts.get(".".join(labels[start:]))
            if publisher:
                return publisher
        return None


def _own_codes(knowledge: Knowledge) -> dict[str, str]:
    """The names of providers by the enhanced codes that they alone use (5.7.708: Microsoft)."""
    users: dict[str, set[Publisher]] = defaultdict(set)
    for entry in knowledge:
        for code in filter(is_enhanced, entry.named_codes):
            users[code].add(entry.publisher)
    return {
        code: publisher.name
        for code, [publisher, *others] in users.items()
        if not others and publisher.kind.runs_servers
    }
