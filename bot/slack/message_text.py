"""The text of a Slack message, wherever the sender put it: text, blocks, attachments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Keys of blocks and attachments that hold text people read, in reading order.
_ATTACHMENT_TEXTS = ("pretext", "title", "text", "fallback")
MOST_DEPTH = 20  # elements inside each other; Slack's own are six


def text_of(message: dict[str, Any]) -> str:
    """Everything readable in a message, each piece once, a line each; whatever it is made of.

    Alert tools leave `text` empty, or shorter than their blocks and attachments.
    """
    pieces: dict[str, None] = {}
    said = _text(message.get("text"))
    if said.strip():
        pieces[said] = None
    for attachment in _objects(message.get("attachments")):
        for piece in _attachment(attachment):
            pieces.setdefault(piece)
    # A person's blocks repeat the text; a bot's may say more.
    if not said.strip() or message.get("bot_id"):
        for piece in _in_blocks(message.get("blocks")):
            pieces.setdefault(piece)
    return "\n".join(piece for piece in pieces if piece.strip())


def _attachment(attachment: dict[str, Any]) -> Iterator[str]:
    for key in _ATTACHMENT_TEXTS:
        value = _text(attachment.get(key))
        # The fallback repeats the rest where there is any.
        if value and not (key == "fallback" and attachment.get("text")):
            yield value
    for field in _objects(attachment.get("fields")):
        yield f"{_text(field.get('title'))}: {_text(field.get('value'))}"
    yield from _in_blocks(attachment.get("blocks"))


def _in_blocks(blocks: Any) -> Iterator[str]:
    for block in _objects(blocks):
        if block.get("type") == "rich_text":
            for element in _objects(block.get("elements")):
                yield "".join(_rich_text(element))
        else:
            yield from _texts(block)


def _rich_text(element: dict[str, Any], depth: int = 0) -> Iterator[str]:
    if element.get("type") in ("text", "link"):
        yield _text(element.get("text")) or _text(element.get("url"))
    for child in _objects(element.get("elements")) if depth < MOST_DEPTH else ():
        yield from _rich_text(child, depth + 1)
        if child.get("type") == "rich_text_section":
            yield "\n"


def _texts(part: Any, depth: int = 0) -> Iterator[str]:
    """The texts of text objects anywhere in a block, in order."""
    if depth > MOST_DEPTH:
        return
    if isinstance(part, list):
        for each in part:
            yield from _texts(each, depth + 1)
    elif isinstance(part, dict):
        if part.get("type") in ("mrkdwn", "plain_text") and isinstance(part.get("text"), str):
            yield part["text"]
        else:
            for key in ("text", "fields", "elements"):
                yield from _texts(part.get(key), depth + 1)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list, where it is one."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
