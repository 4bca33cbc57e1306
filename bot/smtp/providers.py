"""Tell whose servers a text comes from: by what only they print, by link, host name or address."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

from bot.smtp.knowledge import Knowledge, Publisher
from bot.smtp.words import Words

_PIECE = re.compile(r"[^\W_]+")


class Recognized(NamedTuple):
    """Who said it: the provider that runs the servers, and any publisher whose words were seen."""

    provider: str | None
    publisher: Publisher | None


class Recognizer:
    """Knows every publisher's marks and hosts."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._marks: dict[str, list[tuple[str, Publisher]]] = defaultdict(list)
        self._hosts: dict[str, Publisher] = {}
        for publisher in knowledge.publishers:
            for mark in publisher.marks:
                longest = max(_PIECE.findall(mark) or [mark], key=len)
                self._marks[longest].append((mark, publisher))
            for host in publisher.hosts:
                self._hosts[host] = publisher

    def recognize(self, text: str, words: Words) -> Recognized:
        """Who said this lower-case text, cut into these words."""
        marked = self._by_mark(text, words)
        if marked and marked.kind.runs_servers:
            return Recognized(marked.name, marked)
        for hosts in (words.hosts, words.domains):
            for host in hosts:
                publisher = self._by_host(host)
                if publisher and publisher.kind.runs_servers:
                    return Recognized(publisher.name, publisher)
        return Recognized(None, marked)

    def _by_mark(self, text: str, words: Words) -> Publisher | None:
        pieces = set(words.words)
        for dotted in (*words.links, *words.hosts):
            pieces.update(_PIECE.findall(dotted))
        seen = [
            (publisher.kind.runs_servers, len(mark), mark, publisher)
            for piece in pieces & self._marks.keys()
            for mark, publisher in self._marks[piece]
            if mark in text
        ]
        # Whose servers it is goes before whose software; a longer mark is surer.
        return max(seen, key=lambda each: each[:3])[3] if seen else None

    def _by_host(self, host: str) -> Publisher | None:
        labels = host.split(".")
        for start in range(len(labels) - 1):
            publisher = self._hosts.get(".".join(labels[start:]))
            if publisher:
                return publisher
        return None
