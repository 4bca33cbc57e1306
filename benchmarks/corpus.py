"""Read a labelled corpus: one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.smtp.codes import Persistence
from bot.smtp.reasons import Reason

FORMAT = """\
FILE holds one JSON object a line, in UTF-8. Only "text" is required; what is
missing or null is not judged, and further fields are not looked at.

  id             whatever names the row for you
  text           the error, as a person would paste it
  reason         its class, as in bot/smtp/reasons.py; "unspecified" is not judged
  reason_any     a list of all classes that count as right (default: reason alone)
  temporality    "temporary", "permanent" or "success" (not judged)
  reply_code     "550"
  enhanced_code  "5.1.1"

{"id": 1, "text": "550 5.1.1 User unknown", "reason": "user_unknown",
 "reason_any": ["user_unknown"], "temporality": "permanent", "reply_code": "550",
 "enhanced_code": "5.1.1"}    (on one line)
"""
_PERSISTENCE = {
    "temporary": Persistence.TRANSIENT,
    "permanent": Persistence.PERMANENT,
    "success": None,
    None: None,
}


class CorpusError(ValueError):
    """Why a file cannot be measured, in one sentence naming file and line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text and what is known to be true of it; None and () where nothing is."""

    text: str
    reason: Reason | None
    right_reasons: frozenset[Reason]
    persistence: Persistence | None
    reply_code: str | None
    enhanced_code: str | None


def read(path: Path) -> list[Row]:
    """All rows of the file; raises CorpusError at the first mistake."""
    try:
        lines = path.read_text("utf8").split("\n")
    except OSError as trouble:
        raise CorpusError(f"Cannot read {path}: {trouble.strerror}.") from trouble
    except UnicodeDecodeError as trouble:
        raise CorpusError(f"Cannot read {path}: it is not text in UTF-8.") from trouble
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                rows.append(_row(line))
            except ValueError as mistake:
                raise CorpusError(f"{path}, line {number}: {mistake}") from mistake
    if not rows:
        raise CorpusError(f"{path} is empty: it should hold one JSON object a line.")
    return rows


def _row(line: str) -> Row:
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as mistake:
        raise ValueError(
            f"not readable as JSON: {mistake.msg} at character {mistake.colno}."
        ) from mistake
    if not isinstance(fields, dict):
        raise ValueError('should be an object like {"text": "550 ..."}.')
    text = _text(fields, "text")
    if not text:
        raise ValueError('the field "text" is missing.')
    reason = _text(fields, "reason")
    right = fields.get("reason_any") or ([reason] if reason else [])
    if not isinstance(right, list):
        raise ValueError('the field "reason_any" should be a list of reasons.')
    temporality = _text(fields, "temporality")
    if temporality not in _PERSISTENCE:
        names = ", ".join(f'"{name}"' for name in _PERSISTENCE if name)
        raise ValueError(f'the field "temporality" should be one of {names}, not "{temporality}".')
    return Row(
        text=text,
        reason=_reason(reason) if reason else None,
        right_reasons=frozenset(_reason(name) for name in right),
        persistence=_PERSISTENCE[temporality],
        reply_code=_text(fields, "reply_code"),
        enhanced_code=_text(fields, "enhanced_code"),
    )


def _text(fields: dict[str, Any], name: str) -> str | None:
    """The field as text; None when it is missing, null or empty."""
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f'the field "{name}" should be a text in quotes.')
    return value or None


def _reason(name: object) -> Reason:
    try:
        return Reason(str(name))
    except ValueError:
        raise ValueError(f'"{name}" is no reason; see bot/smtp/reasons.py for all.') from None
