"""Explain a mail error: text in, answer out. It joins reading, matching and knowledge."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from bot.smtp.answer import ALTERNATIVES, Answer, Guess
from bot.smtp.asked import Asked
from bot.smtp.codes import EnhancedCode, Persistence, ReplyCode
from bot.smtp.confidence import READ, beside, certainty, usual_entries
from bot.smtp.knowledge import Entry, Kind, Knowledge
from bot.smtp.masked import masked
from bot.smtp.match import NOTHING, Match, Matcher
from bot.smtp.passage import clean, find_passage
from bot.smtp.providers import Recognizer
from bot.smtp.reading import Codes, read_codes
from bot.smtp.reasons import USUAL_PERSISTENCE, Reason, Who
from bot.smtp.words import Words, cut

# Few codes make up nearly all texts.
_reply_code = lru_cache(maxsize=1_000)(ReplyCode.parse)
_enhanced_code = lru_cache(maxsize=1_000)(EnhancedCode.parse)
# An incident says the same thing to a thousand addresses. What is kept of a text are words that
# phrases have, codes and provider: nobody's data.
READINGS = 2_000


class _Reading(NamedTuple):
    """What the words, codes and provider of a text come down to, and the best match's score."""

    score: float
    guesses: tuple[Guess, ...]


class Explainer:
    """Answers what a code, a pasted error, or a few words about mail mean."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._matcher = Matcher(knowledge)
        self._recognizer = Recognizer(knowledge)
        self._usual = usual_entries([e for e in knowledge if e.publisher.kind is Kind.CAUSES])
        self._asked = Asked(knowledge, self._usual, self._matcher.phrases)
        self._known_reading = lru_cache(maxsize=READINGS)(self._new_reading)

    def explain(self, text: str) -> Answer:
        """The answer to anything a person types or pastes; never raises, always an Answer."""
        cleaned = clean(text).strip()
        if not cleaned:
            return Answer("")
        typed = self._asked.read(cleaned)
        if typed is None:
            return self.explain_error(cleaned)
        if answer := self._asked.by_itself(typed):
            return replace(answer, text=cleaned)
        answer = self.explain_error(typed.text, typed.provider)
        if typed.publisher and answer.confidence < READ:
            # Of the error only what was read stays, so that it can be counted.
            answer = replace(
                self._asked.about(typed.publisher, typed.topic, answer.codes),
                passage=answer.passage,
                reply_code=answer.reply_code,
                enhanced_code=answer.enhanced_code,
            )
        elif not answer.guesses:
            answer = replace(answer, nearest=self._asked.nearest(typed.topic))
        return replace(answer, text=cleaned)

    def explain_error(self, cleaned: str, provider: str | None = None) -> Answer:
        """The answer to a cleaned text that is not a code or a name asked for by itself.

        `provider` is whose servers it is about if the text itself does not tell.
        """
        body, quote = find_passage(cleaned)
        codes = _codes(body, quote)
        words = whole = cut(quote.lower())
        if quote != cleaned:
            whole = cut(body.lower())
        told = self._recognizer.provider(cleaned.lower(), whole, codes.enhanced)
        provider = told or provider
        score, guesses = self._read(words, codes, provider)
        if whole is not words and score < NOTHING:
            # The quoted reply says nothing we know; what stands around it may.
            _, guesses = self._read(whole, codes, provider)
        entry = guesses[0].entry if guesses else None
        return Answer(
            text=cleaned,
            passage=quote,
            guesses=guesses,
            reply_code=_reply_code(codes.reply) if codes.reply else None,
            enhanced_code=_enhanced_code(codes.enhanced) if codes.enhanced else None,
            provider=provider,
            persistence=_persistence(body, codes, entry),
        )

    def _read(self, words: Words, codes: Codes, provider: str | None) -> _Reading:
        known = tuple(self._matcher.phrases.known(words.words))
        return self._known_reading(known, Codes(codes.reply, codes.enhanced), provider)

    def _new_reading(self, known: tuple[str, ...], codes: Codes, provider: str | None) -> _Reading:
        matches = self._matcher.rank(known, codes, provider)
        return _Reading(matches[0].score if matches else -math.inf, _guesses(matches, self._usual))

    def masked(self, answer: Answer) -> str:
        """What an answer was about, without anybody's data; "" when that was no mail error."""
        return masked(answer.passage, self.knows)

    def knows(self, word: str) -> bool:
        """Whether servers are known to use a word."""
        return self._matcher.phrases.knows(word)


def _codes(body: str, quote: str) -> Codes:
    """The codes of an error: of a notice those in the server's words, else the first in the text.

    What the quotation leaves out (the code in front of it, a DSN's Status) comes from around it.
    """
    around = read_codes(body)
    if "\n\n" not in body:
        return around
    quoted = read_codes(quote)
    return quoted._replace(
        reply=quoted.reply or around.reply, enhanced=quoted.enhanced or around.enhanced
    )


def _guesses(matches: Sequence[Match], usual: Mapping[Reason, Entry]) -> tuple[Guess, ...]:
    """The best entry of each of the likeliest reasons, with the reasons' confidence."""
    if not matches:
        return ()
    sure = certainty(matches)
    readings = [(matches[0], sure), *beside(matches, usual, sure)]
    return tuple(
        Guess(match.entry, round(min(share, sure), 3), match.phrase, match)
        for match, share in readings[: ALTERNATIVES + 1]
    )


# What logs and notices say of the message's fate, whatever the code promises; in lower case.
_GOES_ON = re.compile(
    r"""
    refused\ to\ talk\ to\ me          # Postfix tries again, whatever the greeting's code
    | status=deferred | stat=deferred | \bdefer\ \( | \ ==\ \S{1,200}@ | action:\s*delayed
    | will\ (?:be\ )?retr(?:y|ied) | temporary\ problem | delivery\ incomplete
    | warning\ message\ only | temporarily\ (?:rejected|deferred) | message\ ?delayed
    """,
    re.VERBOSE,
)
# Pieces of the above: looking for them is far cheaper, and most texts have none.
_GOES_ON_PIECES = (
    "to talk",
    "defer",
    " == ",
    "delayed",
    "retr",
    "temporar",
    "incomplete",
    "warning",
)
_GIVEN_UP = re.compile(
    r"""
    status=bounced | \ \*\*\ \S{1,200}@ | action:\s*failed
      | permanent\ (?:fatal\ )?(?:error|failure)
    | failed\ permanently | not\ going\ to\ try\ again | giving\ up | in\ the\ queue\ too\ long
    """,
    re.VERBOSE,
)
_CAME_BACK = re.compile(
    r"""
    (?:could|can|was|has)\ ?not\ (?:be(?:en)?\ )?delivered | un(?:able\ to\ )?deliver
    | delivery\ (?:failed|has\ failed|status\ notification)
    """,
    re.VERBOSE,
)


LATER = "try again later"  # what a server asks for where it gives no code
EXPIRED = "4.4.7"  # RFC 3463, 3.5: delivery time expired; transient trouble, but the end of it
# RFC 9110, 15.5: what a sending service's web API answers, and Sendmail only beside an enhanced
# code. In 1,307 texts no server used one for a reply.
_WEB_STATUSES = range(401, 410)
_PROMISE_NOTHING = {EXPIRED, *map(str, _WEB_STATUSES)}


def _persistence(text: str, codes: Codes, entry: Entry | None) -> Persistence | None:
    """Transient or permanent: by what became of the message, by the code, by the usual."""
    low = text.lower()
    if any(map(low.__contains__, _GOES_ON_PIECES)) and _GOES_ON.search(low):
        return Persistence.TRANSIENT
    for code in (codes.reply, codes.enhanced):
        if code and code not in _PROMISE_NOTHING and (told := Persistence.of_digit(code[0])):
            return told
    if _GIVEN_UP.search(low):
        return Persistence.PERMANENT
    if entry is not None and entry.who is Who.NONE:
        return None
    if LATER in low:
        return Persistence.TRANSIENT
    if _CAME_BACK.search(low):
        return Persistence.PERMANENT
    if entry is not None and entry.retry is not None:
        return Persistence.TRANSIENT if entry.retry else Persistence.PERMANENT
    if codes.enhanced == EXPIRED:
        return Persistence.TRANSIENT
    if entry is None:
        return None
    # A tag without its code (S3140): what all the codes promise that it comes with.
    return entry.persistence or USUAL_PERSISTENCE.get(entry.reason)
