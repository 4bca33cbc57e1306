"""What holds of everything that the bot says, whatever it was given."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from bot.playground.validity import problems_of_blocks
from bot.render.blocks import Message

_OURS = re.compile(r"<https://[^<>|]+\|[^<>]*>|<@U0YOU000001>")  # what may work in mrkdwn


def check_message(message: Message) -> None:
    """Slack takes it, and nothing in it comes alive but links of ours."""
    assert message["text"].strip()
    problems = problems_of_blocks(message["blocks"])
    assert problems == [], problems
    for text in (message["text"], *_mrkdwn(message["blocks"])):
        rest = _OURS.sub("", text)
        assert "<" not in rest, rest
    json.dumps(message).encode()


def _mrkdwn(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for each in part:
            yield from _mrkdwn(each)
    elif isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for value in part.values():
            yield from _mrkdwn(value)


def check_terminal(shown: str) -> None:
    """Nothing controls the terminal, hides, or turns what follows around."""
    for letter in shown:
        kind = unicodedata.category(letter)
        assert letter == "\n" or kind not in ("Cc", "Cf", "Cs", "Zl", "Zp"), repr(letter)
