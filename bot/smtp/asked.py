"""Answer what people ask in a few words: a code, a publisher, a publisher's codes or topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.smtp.answer import ALTERNATIVES, Answer, Guess
from bot.smtp.codes import CodePattern, EnhancedCode, ReplyCode
from bot.smtp.knowledge import Entry, Kind, Knowledge, Publisher
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
            return self._all_of(named)
        if not typed.codes:
            return None
        if len(typed.codes) > 1 or not typed.codes[0].is_exact:
            return self._listed(typed.codes)
        return self._exact(typed)

    def about(self, typed: Typed) -> Answer:
        """What comes closest to a question in which no error was found."""
        if typed.publisher is None:
            return Answer(typed.text, nearest=self._lookup.nearest(typed.topic))
        entries = self._lookup.on_topic(typed.publisher, typed.topic)
        if len(entries) == 1:
            return Answer(typed.text, guesses=_guesses(entries), provider=typed.provider)
        heading = f"{_named(typed.publisher)}: {' '.join(typed.topic)}"
        return (
            Answer(typed.text, heading=heading, listing=entries)
            if entries
            else self._all_of(typed.publisher)
        )

    def _all_of(self, publisher: Publisher) -> Answer:
        return Answer("", heading=_named(publisher), listing=self._lookup.of_publisher(publisher))

    def _listed(self, codes: tuple[CodePattern, ...]) -> Answer:
        listing = [entry for code in codes for entry in self._lookup.matching(code)]
        heading = f"Codes {', '.join(map(str, codes))}"
        return Answer("", heading=heading, listing=tuple(dict.fromkeys(listing)))

    def _exact(self, typed: Typed) -> Answer:
        """What one code means: to a publisher, if one is named and gave it a meaning."""
        [code], publisher = typed.codes, typed.publisher
        own = self._lookup.with_code(publisher, code) if publisher else ()
        if publisher and len({entry.reason for entry in own}) > 1:
            return Answer("", heading=f"{_named(publisher)}: {code}", listing=own)
        reply, _, enhanced = str(code).partition(" ")
        if "." in reply:
            reply, enhanced = "", reply
        entries = (*own, *self._lookup.by_code(reply, enhanced))
        read = ReplyCode.parse(reply) if reply else None
        status = EnhancedCode.parse(enhanced) if enhanced else None
        said = read or status
        return Answer(
            "",
            guesses=_guesses(entries),
            reply_code=read,
            enhanced_code=status,
            provider=typed.provider,
            persistence=said.persistence if said else None,
            asked_code=True,
        )


def _guesses(entries: Sequence[Entry]) -> tuple[Guess, ...]:
    return tuple(Guess(entry, ALONE) for entry in dict.fromkeys(entries))[: ALTERNATIVES + 1]


def _named(publisher: Publisher) -> str:
    """What stands above a publisher's entries."""
    # Causes are nobody's words in particular; their file's name says what they are about.
    return publisher.id.capitalize() if publisher.kind is Kind.CAUSES else publisher.name
