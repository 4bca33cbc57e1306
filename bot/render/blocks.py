"""The few Block Kit blocks that our messages are made of, as plain dictionaries."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Any, TypedDict

from bot.render.wording import many

Block = dict[str, Any]
View = dict[str, Any]  # a modal, or a Home tab

SECTION_LENGTH = 3000  # characters Slack takes in a section's text
HEADER_LENGTH = 150
CONTEXT_LENGTH = 2000


class Message(TypedDict):
    """A whole message: the sentence that notifications read, and its blocks."""

    text: str
    blocks: list[Block]


def escaped(text: str) -> str:
    """Text in which no mention and no link comes alive, in `text` and in mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def header(text: str) -> Block:
    """A large line of plain text."""
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
    """Text as labels and buttons take it: nothing in it comes alive."""
    return {"type": "plain_text", "text": text, "emoji": False}


def button(label: str, action_id: str, value: str) -> Block:
    """A button; `value` travels with it, in at most 2,000 characters."""
    return {"type": "button", "text": plain(label), "action_id": action_id, "value": value}


def actions(*buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def sentence(mrkdwn: str) -> Message:
    """A whole message that is one section of mrkdwn of ours."""
    return {"text": mrkdwn, "blocks": [section(mrkdwn)]}


def introduced(mrkdwn: str, message: Message) -> Message:
    """A message under a line of mrkdwn of ours."""
    return {
        "text": f"{mrkdwn} {message['text']}",
        "blocks": [section(mrkdwn), *message["blocks"]],
    }


def modal(title: str, blocks: list[Block], **more: Any) -> View:
    """A modal; `more` are further fields, or others than these."""
    fixed = {"type": "modal", "title": plain(title), "close": plain("Close"), "blocks": blocks}
    return fixed | more


def prose(paragraph: str, steps: tuple[str, ...]) -> Block:
    """A paragraph and numbered steps as rich text; `backticks` become code."""
    return _rich_text(_line(_spans(paragraph)), _list("ordered", map(_spans, steps)))


def lines(title: str, code: str, *others: str) -> Block:
    """A bold title with a code beside it, and lines of text under it, as rich text."""
    spans = [words(title, bold=True)]
    if code:
        spans += [words("  "), words(code, code=True)]
    for other in others:
        spans += _spans("\n" + other)
    return _rich_text(_line(spans))


def repeated(times: int, domains: int, since: datetime.datetime) -> Block:
    """ "Seen 214 times since 09:12, 3 receiving domains", with the time as the reader's clock."""
    clock = _moment(since, "{time}", f"{since:%H:%M} UTC")
    affected = f", {many(domains, 'receiving domain')}" if domains else ""
    return _rich_text(_line([words(f"Seen {times} times since "), clock, words(f"{affected}.")]))


def quotation(heading: list[Block], quoted: list[Block]) -> Block:
    """A line of rich text elements, and under it a quote of such, where there is any."""
    quote = [{"type": "rich_text_quote", "elements": quoted}] if quoted else []
    return _rich_text(_line(heading), *quote)


def bullets(items: list[list[Block]]) -> Block:
    """A list; each item is a line of rich text elements."""
    return _rich_text(_list("bullet", items))


def words(text: str, **style: bool) -> Block:
    """A rich text element that shows its text as it is: nothing in it comes alive."""
    return {"type": "text", "text": text} | ({"style": style} if style else {})


def day(at: datetime.datetime) -> Block:
    """A rich text element that shows a date as it is where the reader lives."""
    return _moment(at, "{date_short}", f"{at:%Y-%m-%d}")


def preformatted(text: str) -> Block:
    """Text of fixed width, in which nothing comes alive."""
    return _rich_text({"type": "rich_text_preformatted", "elements": [words(text)]})


def _rich_text(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _line(spans: list[Block]) -> Block:
    return {"type": "rich_text_section", "elements": spans}


def _list(style: str, items: Iterable[list[Block]]) -> Block:
    return {"type": "rich_text_list", "style": style, "elements": [_line(each) for each in items]}


def _moment(at: datetime.datetime, form: str, fallback: str) -> Block:
    seconds = int(at.timestamp())
    return {"type": "date", "timestamp": seconds, "format": form, "fallback": fallback}


# In our own sentences only: what ends a sentence does not belong to the link.
_LINK = re.compile(r"(https://[^\s`<>\"]*[\w/])")


def _spans(text: str) -> list[Block]:
    """Our own sentence as rich text: `backticks` become code, links can be followed."""
    spans: list[Block] = []
    for number, piece in enumerate(text.split("`")):
        if number % 2:
            spans.append(words(piece, code=True))
            continue
        for place, part in enumerate(_LINK.split(piece)):
            spans.append({"type": "link", "url": part} if place % 2 else words(part))
    return [span for span in spans if span.get("text") or span.get("url")]


def sections(mrkdwn_lines: list[str]) -> list[Block]:
    """Lines of mrkdwn in as few sections as hold them."""
    blocks: list[Block] = []
    gathered = ""
    for line in mrkdwn_lines:
        if len(gathered) + len(line) + 1 > SECTION_LENGTH:
            blocks.append(section(gathered))
            gathered = ""
        gathered += line + "\n"
    if gathered:
        blocks.append(section(gathered))
    return blocks
