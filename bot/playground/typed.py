"""Turn what a person types into what Slack stores: escaped, linked, and as rich text.

Slack escapes `&`, `<` and `>`, and links addresses, URLs and anything that looks like a host
name, in pasted errors too: a bot never sees the paste as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .records import Json

# Top-level domains people meet in bounces; Slack knows them all, this many show the effect.
TLDS = "com|net|org|edu|gov|int|mil|info|biz|io|dev|app|cloud|email|eu|de|uk|fr|nl|us|ca|au|jp|ch"

TOKEN = re.compile(
    rf"""
    (?P<user>    @[A-Za-z][\w.-]*(?:[ ]bot\b)? (?<![.]) )                # @smtpbot, @SMTP bot
  | (?P<channel> (?<!\S)\#[a-z0-9][a-z0-9_-]* )                          # #mail-ops
  | (?P<email>   [\w.+=%-]{{1,64}}@(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}} )
  | (?P<url>     https?://[^\s<>"'`|]*[^\s<>"'`|.,;:!?)\]] )
  | (?P<host>    (?<![\w.@/-])(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}(?:{TLDS})\b(?![\w@-]|\.\w) )
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Piece:
    """A stretch of typed text: plain `text`, a `link`, a `user` or a `channel`."""

    kind: str
    text: str
    target: str = ""


# A mention becomes one only when someone of that name is there.
Resolve = Callable[[str, str], str | None]


def escape(text: str) -> str:
    """As Slack stores ordinary text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def pieces(typed: str, resolve: Resolve) -> Iterator[Piece]:
    """The stretches of a typed text, in order; nothing is lost."""
    end = 0
    for found in TOKEN.finditer(typed):
        kind, text = found.lastgroup or "", found.group()
        target = _target(kind, text, resolve)
        if not target:
            continue
        if found.start() > end:
            yield Piece("text", typed[end : found.start()])
        yield Piece("link" if kind in ("email", "url", "host") else kind, text, target)
        end = found.end()
    if end < len(typed):
        yield Piece("text", typed[end:])


def _target(kind: str, text: str, resolve: Resolve) -> str | None:
    if kind == "email":
        return f"mailto:{text}"
    if kind == "url":
        return text
    if kind == "host":
        return f"http://{text}"
    return resolve(kind, text[1:])


def as_mrkdwn(typed: str, resolve: Resolve) -> str:
    """The `text` of the message."""
    return "".join(_mrkdwn(piece) for piece in pieces(typed, resolve))


def _mrkdwn(piece: Piece) -> str:
    if piece.kind == "text":
        return escape(piece.text)
    if piece.kind == "user":
        return f"<@{piece.target}>"
    if piece.kind == "channel":
        return f"<#{piece.target}|{piece.text[1:]}>"
    target, label = escape(piece.target), escape(piece.text)
    return f"<{target}>" if target == label else f"<{target}|{label}>"


FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)


def as_rich_text(typed: str, resolve: Resolve) -> list[Json]:
    """The `blocks` of the message: what Slack's own composer sends beside the text."""
    elements: list[Json] = []
    end = 0
    for fence in FENCE.finditer(typed):
        _add(elements, "rich_text_section", typed[end : fence.start()].strip("\n"), resolve)
        _add(elements, "rich_text_preformatted", fence.group(1), resolve)
        end = fence.end()
    _add(elements, "rich_text_section", typed[end:].strip("\n") if end else typed, resolve)
    return [{"type": "rich_text", "elements": elements}] if elements else []


def _add(elements: list[Json], kind: str, typed: str, resolve: Resolve) -> None:
    if typed:
        parts = [_rich(piece) for piece in pieces(typed, resolve)]
        elements.append({"type": kind, "elements": parts})


def _rich(piece: Piece) -> Json:
    if piece.kind == "user":
        return {"type": "user", "user_id": piece.target}
    if piece.kind == "channel":
        return {"type": "channel", "channel_id": piece.target}
    if piece.kind == "link":
        link: Json = {"type": "link", "url": piece.target}
        return link if piece.text == piece.target else link | {"text": piece.text}
    return {"type": "text", "text": piece.text}
