"""An unknown error as the draft of an entry, in the format of knowledge/README.md."""

from __future__ import annotations

import datetime
import json

from bot.render.text import printable
from bot.render.wording import times
from bot.smtp.knowledge import TODO
from bot.smtp.masked import is_kind
from bot.smtp.reading import read_codes
from bot.smtp.reasons import Who

HEAD = """\
# What people asked about and the bot could not explain, the most frequent first. Move each entry to
# the file of who says it, give it a name, and write what says TODO; knowledge/README.md shows how.
# The words were stored without what varies; put capitals and punctuation back where you know them.
"""

_DRAFT = """\
# Asked {times}, last on {last}.
[unknown-{number}]
title = "{todo}: what happened, as a headline of at most 70 characters"
{codes}reason = "{todo}: one of the classes in bot/smtp/reasons.py"
who = "{todo}: {who}"
meaning = \"""
{todo}: what the server is telling you, in at most 400 characters.
\"""
steps = [
  "{todo}: two to five steps of at most 200 characters, in the order an expert takes them.",
]
phrases = [
  {phrase},
]
example = \"""
{todo}: what a person would paste, on reserved names (example.com, 192.0.2.1).
\"""
"""


def draft(number: int, masked: str, count: int, last: datetime.date) -> str:
    """The draft of one entry; the knowledge's checker refuses it until it is written."""
    codes, phrase = _parted(printable(masked))
    return _DRAFT.format(
        times=times(count),
        last=last.isoformat(),
        number=number,
        todo=TODO,
        codes=f"codes = [{_quoted(codes)}]\n" if codes else "",
        who=", ".join(Who),
        phrase=_quoted(phrase),
    )


def _parted(masked: str) -> tuple[str, str]:
    """The code of an error, and its words without codes and without what varies at their ends."""
    codes = read_codes(masked)
    read = {*codes.all_replies, *codes.all_enhanced}
    words = [word for word in masked.split() if word not in read]
    while words and is_kind(words[0]):
        words.pop(0)
    code = " ".join(each for each in (codes.reply, codes.enhanced) if each)
    return code, " ".join(words)


def _quoted(text: str) -> str:
    """A basic string of TOML, which takes what JSON escapes."""
    return json.dumps(text, ensure_ascii=False)
