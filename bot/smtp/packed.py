"""An answer as a short text and back, to travel with a button; it holds nothing that was pasted."""

from __future__ import annotations

import json
from typing import Any

from bot.smtp.answer import ALTERNATIVES, Answer, Guess
from bot.smtp.codes import EnhancedCode, Persistence, ReplyCode
from bot.smtp.knowledge import Entry, Knowledge


def pack(answer: Answer) -> str:
    """The answer's findings as JSON of some hundred characters (a Slack button takes 2,000)."""
    return json.dumps(
        {
            "entries": [[guess.entry.id, guess.confidence] for guess in answer.guesses],
            "phrase": _phrase_number(answer),
            "reply": str(answer.reply_code or ""),
            "enhanced": str(answer.enhanced_code or ""),
            "provider": answer.provider,
            "persistence": answer.persistence,
            "asked_code": answer.asked_code,
        },
        separators=(",", ":"),
    )


def unpack(packed: str, knowledge: Knowledge) -> Answer:
    """The answer that was packed; alternatives that are no longer known are left out.

    Raises ValueError when the text was not packed here, or when its entry is known no more: the
    next best reading is not the answer that was given.
    """
    try:
        fields: dict[str, Any] = json.loads(packed)
        best, others = fields["entries"][:1], fields["entries"][1 : ALTERNATIVES + 1]
        phrase = fields["phrase"]
        return Answer(
            text="",
            guesses=(
                *(_guess(knowledge[entry_id], sure, phrase) for entry_id, sure in best),
                *(
                    _guess(entry, sure, None)
                    for entry_id, sure in others
                    if (entry := knowledge.get(entry_id))
                ),
            ),
            reply_code=ReplyCode.parse(fields["reply"]) if fields["reply"] else None,
            enhanced_code=EnhancedCode.parse(fields["enhanced"]) if fields["enhanced"] else None,
            provider=_provider(fields["provider"], knowledge),
            persistence=Persistence(fields["persistence"]) if fields["persistence"] else None,
            asked_code=bool(fields["asked_code"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as mistake:
        raise ValueError("this button belongs to an older version of the bot") from mistake


def _provider(name: Any, knowledge: Knowledge) -> str | None:
    """The provider of that name, when it is known."""
    return next((each.name for each in knowledge.publishers if each.name == name), None)


def _guess(entry: Entry, confidence: float, number: int | None) -> Guess:
    """A guess with the phrase of that number; without, when there is none any more."""
    known = number is not None and 0 <= number < len(entry.phrases)
    return Guess(entry, float(confidence), entry.phrases[number or 0] if known else None)


def _phrase_number(answer: Answer) -> int | None:
    if not answer.guesses or answer.guesses[0].phrase is None:
        return None
    return answer.guesses[0].entry.phrases.index(answer.guesses[0].phrase)
