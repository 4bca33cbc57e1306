"""What a file is split into."""

from __future__ import annotations

from typing import NamedTuple

Numbered = tuple[int, str]  # a line of a file


class Report(NamedTuple):
    """A piece of a file that may hold an error: its first line, whose mail it was, and when."""

    text: str
    line: int = 1
    domain: str = ""  # the receiving domain, where the piece tells it
    at: str = ""  # as the file writes it
    is_whole: bool = False  # the file is one text, not a list of records
