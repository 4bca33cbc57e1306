"""An answer as a short text and back, to travel with a button; it holds nothing that was pasted."""

from __future__ import annotations

import json
from typing import Any

from bot.smtp.codes import EnhancedCode, Persistence, ReplyCode
from bot.smtp.explain import Answer, Guess
from bot.smtp.knowledge import Knowledge


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
    """The answer that was packed; entries that are no longer known are left out.

    Raises ValueError when the text was not packed here.
    """
    try:
        fields: dict[str, Any] = json.loads(packed)
        known = [
            (entry, float(confidence))
            for entry_id, confidence in fields["entries"]
            if (entry := knowledge.get(entry_id))
        ]
        number = fields["phrase"]
        phrases = known[0][0].phrases if known else ()
        phrase = phrases[number] if isinstance(number, int) and number < len(phrases) else None
        return Answer(
            text="",
            guesses=tuple(
                Guess(entry, confidence, None if place else phrase)
                for place, (entry, confidence) in enumerate(known)
            ),
            reply_code=ReplyCode.parse(fields["reply"]) if fields["reply"] else None,
            enhanced_code=EnhancedCode.parse(fields["enhanced"]) if fields["enhanced"] else None,
            provider=fields["provider"],
            persistence=Persistence(fields["persistence"]) if fields["persistence"] else None,
            asked_code=bool(fields["asked_code"]),
        )
    except (KeyError, TypeError, json.JSONDecodeError) as mistake:
        raise ValueError("this button belongs to an older version of the bot") from mistake


def _phrase_number(answer: Answer) -> int | None:
    if not answer.guesses or answer.guesses[0].phrase is None:
        return None
    return answer.guesses[0].entry.phrases.index(answer.guesses[0].phrase)
