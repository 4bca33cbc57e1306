"""An Answer as the variables of a workflow: plain text, and words of ours that can be compared.

Nothing of what was pasted is in them, so no mention in it can come alive further on.
"""

from __future__ import annotations

from bot.render.wording import NOT_CERTAIN, headline, outlook, sure_enough, who_acts
from bot.smtp.answer import Answer

UNKNOWN = "unknown"  # reason, persistence or who, where the text does not tell
ASK_FOR_WORDS = (
    "Find the line with the code in the bounce or the log, such as 550 5.1.1 User unknown.",
    "Run the workflow again with that line.",
)


def variables(answer: Answer) -> dict[str, str | int]:
    """What the step "Explain SMTP error" hands on, known or not; `code` only where there is one."""
    entry = answer.entry
    doubt = "" if sure_enough(answer) else f"{NOT_CERTAIN}\n"
    steps = numbered(entry.steps if entry else ASK_FOR_WORDS)
    meaning = entry.meaning if entry else "The text holds no mail error that is known here."
    known: dict[str, str | int] = {
        "title": entry.title if entry else "Not a known mail error",
        "meaning": meaning,
        "steps": steps,
        "reason": str(answer.reason or UNKNOWN),
        "persistence": str(answer.persistence or UNKNOWN),
        "who": str(answer.who or UNKNOWN),
        "confidence": round(100 * answer.confidence),
    }
    if entry:
        verdict = f"{doubt}{headline(answer)}\n{outlook(answer)}. {who_acts(answer)}."
        known["card"] = f"{verdict}\n\n{meaning}\n\n{steps}"
    else:
        known["card"] = f"{known['title']}. {meaning}\n\n{steps}"
    if codes := answer.codes:
        known["code"] = codes
    return known


def numbered(steps: tuple[str, ...]) -> str:
    """Steps as lines of one text."""
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def no_text() -> str:
    """Why the step fails when it is given nothing."""
    return (
        "The step Explain SMTP error was given no text; choose the variable that holds the error "
        "as its input."
    )
