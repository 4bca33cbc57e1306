"""The text of a Slack message, wherever the sender put it: text, blocks, attachments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Keys of blocks and attachments that hold text people read, in reading order.
_ATTACHMENT_TEXTS = ("pretext", "title", "text", "fallback")


def text_of(message: dict[str, Any]) -> str:
    """Everything readable in a message, each piece once, a line each.

    Alert tools leave `text` empty, or shorter than their blocks and attachments.
    """
    pieces: dict[str, None] = {}
    said = message.get("text") or ""
    if said.strip():
        pieces[said] = None
    for attachment in message.get("attachments") or ():
        for piece in _attachment(attachment):
            pieces.setdefault(piece)
    # A person's blocks repeat the text; a bot's may say more.
    if not said.strip() or message.get("bot_id"):
        for piece in _in_blocks(message.get("blocks") or ()):
            pieces.setdefault(piece)
    return "\n".join(piece for piece in pieces if piece.strip())


def _attachment(attachment: dict[str, Any]) -> Iterator[str]:
    for key in _ATTACHMENT_TEXTS:
        value = attachment.get(key)
        # The fallback repeats the rest where there is any.
        if isinstance(value, str) and value and not (key == "fallback" and attachment.get("text")):
            yield value
    for field in attachment.get("fields") or ():
        yield f"{field.get('title', '')}: {field.get('value', '')}"
    yield from _in_blocks(attachment.get("blocks") or ())


def _in_blocks(blocks: list[dict[str, Any]] | tuple[()]) -> Iterator[str]:
    for block in blocks:
        if block.get("type") == "rich_text":
            for element in block.get("elements") or ():
                yield "".join(_rich_text(element))
        else:
            yield from _texts(block)


def _rich_text(element: dict[str, Any]) -> Iterator[str]:
    if element.get("type") in ("text", "link"):
        yield element.get("text") or element.get("url") or ""
    for child in element.get("elements") or ():
        yield from _rich_text(child)
        if child.get("type") == "rich_text_section":
            yield "\n"


def _texts(part: Any) -> Iterator[str]:
    """The texts of text objects anywhere in a block, in order."""
    if isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict):
        if part.get("type") in ("mrkdwn", "plain_text") and isinstance(part.get("text"), str):
            yield part["text"]
        else:
            for key in ("text", "fields", "elements"):
                yield from _texts(part.get(key))
