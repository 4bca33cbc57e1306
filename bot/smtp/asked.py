"""Answer what people ask in a few words: a code, a publisher, a publisher's codes or topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.smtp.answer import ALTERNATIVES, Answer, Guess
from bot.smtp.codes import CodePattern, EnhancedCode, ReplyCode
from bot.smtp.knowledge import Entry, Knowledge, Publisher
from bot.smtp.lookup import Lookup
from bot.smtp.phrases import PhraseIndex
from bot.smtp.reasons import Reason
from bot.smtp.typed import Typed, TypedReader

# A code without its text settles the reason in fewer than half of all cases; so does a topic.
ALONE = 0.5


class Asked:
    """Answers short questions that quote no error."""

    def __init__(
        self, knowledge: Knowledge, usual: Mapping[Reason, Entry], phrases: PhraseIndex
    ) -> None:
        """`usual` has each reason's usual cause, as `confidence.usual_entries` finds it."""
        self._lookup = Lookup(knowledge, usual)
        self._reader = TypedReader(self._lookup.names, phrases.used)

    def read(self, cleaned: str) -> Typed | None:
        """What a cleaned text comes to as a question; None when it is too long for one."""
        return self._reader.read(cleaned)

    def by_itself(self, typed: Typed) -> Answer | None:
        """The answer when nothing is asked about but codes, a publisher, or a publisher's codes."""
        named = self._lookup.publisher(typed.text) or (not typed.topic and typed.publisher)
        if named:
            return _listed(named.heading, self._lookup.of_publisher(named))
        if not typed.codes:
            return None
        asked = ", ".join(map(str, typed.codes))
        own = self._lookup.with_codes(typed.publisher, typed.codes) if typed.publisher else ()
        is_one = len(typed.codes) == 1 and typed.codes[0].is_exact
        if typed.publisher and own and not (is_one and len({e.reason for e in own}) == 1):
            return _listed(f"{typed.publisher.heading}: {asked}", own)
        if is_one:
            return self._exact(typed, own)
        entries = [entry for code in typed.codes for entry in self._lookup.matching(code)]
        listing = tuple(dict.fromkeys(entries)) or self._lookup.with_codes(None, typed.codes)
        return Answer("", heading=f"Codes {asked}", listing=listing)

    def about(self, publisher: Publisher, topic: Sequence[str], codes: str) -> Answer:
        """What is known of a publisher about a topic, else by the codes read, else at all."""
        if entries := self._lookup.on_topic(publisher, topic):
            return _listed(f"{publisher.heading}: {' '.join(topic)}", entries)
        read = [CodePattern.parse(codes)] if codes else []
        if entries := self._lookup.with_codes(publisher, read):
            return _listed(f"{publisher.heading}: {codes}", entries)
        return _listed(publisher.heading, self._lookup.of_publisher(publisher))

    def nearest(self, topic: Sequence[str]) -> tuple[Entry, ...]:
        """The entries whose titles come closest to a topic that nothing is known about."""
        return self._lookup.nearest(topic)

    def _exact(self, typed: Typed, own: Sequence[Entry]) -> Answer:
        """What one code means: first what its publisher means by it, if one was named."""
        [code] = typed.codes
        reply, _, enhanced = str(code).partition(" ")
        if "." in reply:
            reply, enhanced = "", reply
        read = ReplyCode.parse(reply) if reply else None
        status = EnhancedCode.parse(enhanced) if enhanced else None
        said = read or status
        by_code = self._lookup.by_code
        return Answer(
            "",
            # Of a pair whose second half nobody knows the first still says something.
            guesses=_guesses([*own, *(by_code(reply, enhanced) or by_code(reply, ""))]),
            reply_code=read,
            enhanced_code=status,
            provider=typed.provider,
            persistence=said.persistence if said else None,
            asked_code=True,
        )


def _listed(heading: str, entries: Sequence[Entry]) -> Answer:
    """Entries under a heading; a single one is told at once."""
    if len(entries) == 1:
        return Answer("", guesses=_guesses(entries))
    return Answer("", heading=heading, listing=tuple(entries))


def _guesses(entries: Sequence[Entry]) -> tuple[Guess, ...]:
    guesses = tuple(Guess(entry, ALONE) for entry in dict.fromkeys(entries))
    return guesses[: ALTERNATIVES + 1]
