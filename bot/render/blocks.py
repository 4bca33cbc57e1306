"""The few Block Kit blocks that our messages are made of, as plain dictionaries."""

from __future__ import annotations

import re
from typing import Any, TypedDict

Block = dict[str, Any]

SECTION_LENGTH = 3000  # characters Slack takes in a section's text
HEADER_LENGTH = 150
CONTEXT_LENGTH = 2000


class Message(TypedDict):
    """A whole message: the sentence that notifications read, and its blocks."""

    text: str
    blocks: list[Block]


def escaped(text: str) -> str:
    """Text that Slack shows as it is: no mention, link or emphasis comes alive in mrkdwn."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub("\u200b\\g<0>", text)


_MARKUP = re.compile(r"[*_~`](?=\S)|(?<=\S)[*_~`]")


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text[:HEADER_LENGTH])}


def section(mrkdwn: str) -> Block:
    """A section of mrkdwn that is ours or escaped."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn[:SECTION_LENGTH]}}


def context(*texts: str) -> Block:
    """Small print; plain text, so nothing in it comes alive."""
    return {"type": "context", "elements": [plain(text[:CONTEXT_LENGTH]) for text in texts]}


def link(url: str, label: str) -> Block:
    """Small print that is one link of ours."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": f"<{url}|{escaped(label)}>"}],
    }


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def button(label: str, action_id: str, value: str) -> Block:
    return {"type": "button", "text": plain(label), "action_id": action_id, "value": value}


def actions(*buttons: Block) -> Block:
    return {"type": "actions", "elements": list(buttons)}


def prose(paragraph: str, steps: tuple[str, ...]) -> Block:
    """A paragraph and numbered steps as rich text; `backticks` become code."""
    return {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": _spans(paragraph)},
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [
                    {"type": "rich_text_section", "elements": _spans(step)} for step in steps
                ],
            },
        ],
    }


def _spans(text: str) -> list[Block]:
    spans: list[Block] = []
    for number, piece in enumerate(text.split("`")):
        if not piece:
            continue
        span: Block = {"type": "text", "text": piece}
        if number % 2:
            span["style"] = {"code": True}
        spans.append(span)
    return spans


def sections(lines: list[str]) -> list[Block]:
    """Lines of mrkdwn in as few sections as hold them."""
    blocks: list[Block] = []
    gathered = ""
    for line in lines:
        if len(gathered) + len(line) + 1 > SECTION_LENGTH:
            blocks.append(section(gathered))
            gathered = ""
        gathered += line + "\n"
    if gathered:
        blocks.append(section(gathered))
    return blocks
