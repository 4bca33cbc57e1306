"""Clean a pasted text, and find in a long notice the lines that tell why it failed."""

from __future__ import annotations

import email
import email.message
import email.policy
import html
import re

LONGEST = 40_000  # characters read of one text: Slack's own limit for a message

_SLACK_LINK = re.compile(r"<(?:mailto:)?([^<>|\s]{1,2000}[@:/][^<>|\s]{1,2000})\|[^<>]{0,2000}>")
_SLACK_PLAIN_LINK = re.compile(r"<(?:mailto:)([^<>|\s]{1,2000})>|<(https?://[^<>|\s]{1,2000})>")
_SLACK_MENTION = re.compile(r"<[@#!][^<>\s]{1,80}(?:\|[^<>]{0,80})?>")
_ESCAPED_LINE_END = re.compile(r"\\r\\n|\\n|\\r|\\t")
# Zero-width characters, direction marks and soft hyphens; they hide in pasted web pages.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_BLANKS = re.compile("[\u00a0\u2000-\u200a\u202f\u3000\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean(text: str) -> str:
    """Undo what Slack, JSON and web pages do to a pasted text; at most LONGEST characters."""
    text = text[:LONGEST]
    if "<" in text and ("|" in text or "<mailto:" in text or "<http" in text or "<@" in text):
        text = _SLACK_LINK.sub(r"\1", text)
        text = _SLACK_PLAIN_LINK.sub(lambda m: m[1] or m[2], text)
        text = _SLACK_MENTION.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = _ESCAPED_LINE_END.sub("\n", text)
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    return _BLANKS.sub(" ", text)


LONG = 400  # characters; shorter texts are told whole

_HEADERS = re.compile(
    r"(?:From [^\n]*\n)?(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){3,}"
)
# From here on a notice repeats the message that came back.
_COPY_BEGINS = re.compile(
    r"""
    ^[ \t>*]*(?:
        -{2,}[ ]?(?:below[ ]this[ ]line|this[ ]is[ ]a[ ]copy|original[ ]message|unsent[ ]message
                 |returned[ ]message|message[ ]header|the[ ]header|enclosed[ ]is|the[ ]body[ ]of[ ]the)
      | -{2,}[ ](?:the[ ]following[ ]is[ ])?a[ ]copy[ ]of
      | (?:message|original)[ ](?:message[ ])?headers?(?:[ ]follows?)?[.:]?[ ]*$
      | below[ ]is[ ](?:a[ ]copy[ ]of[ ])?the[ ](?:original|header|first)
      | original[ ]mail[ ]as[ ]follows
      | content-type:[ ]*(?:message/rfc822|text/rfc822-headers|message/global)
      | return-path:[ ]*<
      | received:[ ]*(?:from|by)[ ]
      | (?:x-received|dkim-signature|arc-seal|authentication-results):[ ]
    )
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
# The remote server's own words begin after one of these; the strongest first.
_TELLING = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^diagnostic-code:[ \t]*(?:[\w-]{1,20};)?((?:[^\n]*\n?)(?:[ \t]+[^\n]+\n?){0,12})",
        r"\bsaid:\s((?:[^\n]*\n?)(?:[^\n]+\n?){0,8}?)(?:\(in reply to|\n\s*\n|\Z)",
        r"smtp error from remote (?:mail ?(?:server|er)|server)[^:]{0,60}:(?:\S{1,80})?((?:[^\n]*\n?)(?:[^\n]+\n?){0,8})",
        r"(?:response from the remote server|error that the other server returned|error returned by the server"
        r"|the error was|following error was returned|reason (?:for the problem|given)"
        r"|returned the following error|gave this error|with the following error)[^:\n]{0,40}:\s*((?:[^\n]+\n?){1,8})",
        r"(?:remote (?:host|server) (?:said|returned|replied)|server response|smtp server returned|returned by)[^\n'\"]{0,20}[:'\"]?\s*((?:[^\n]+\n?){1,6})",
        r"\(reason:\s*((?:[^\n]+\n?){1,4})",
        r"^\s*(?:<<<|reason:|error:|<-)\s*((?:[245]\d\d|[a-z])[^\n]*(?:\n\s*<<<[^\n]*){0,6})",
        r"^[ \t]*((?:[45]\d\d[ -]|[45]\.\d\.\d{1,3} )[^\n]*(?:\n[ \t]*[45]\d\d[ -][^\n]*){0,8})",
    )
)


def telling(text: str) -> str:
    """The part of a cleaned text that says why: a short text whole, of a notice the server's words."""
    if len(text) <= LONG and "\n" not in text:
        return text
    body = notice_body(text)
    if len(body) <= LONG:
        return body
    for pattern in _TELLING:
        found = [part.strip() for part in pattern.findall(body)]
        found = [part for part in dict.fromkeys(found) if len(part) > 3]
        if found:
            return "\n".join(found)[:LONGEST]
    return body


def notice_body(text: str) -> str:
    """A notice without its headers and without the copy of the message that came back."""
    head = _HEADERS.match(text)
    if head and "\n\n" in text[head.end() - 1 :][:2] + text[head.end() :][:2]:
        text = _decoded(text) or text[head.end() :]
    begin = len(text) - len(text.lstrip())
    copy = next((m for m in _COPY_BEGINS.finditer(text) if text[begin : m.start()].strip()), None)
    return text[: copy.start()] if copy else text


def _decoded(text: str) -> str | None:
    """The readable parts of a MIME notice, decoded; None when it has no parts to decode."""
    message = email.message_from_string(text, policy=email.policy.compat32)
    if not message.is_multipart() and "content-transfer-encoding" not in message:
        return None
    parts: list[str] = []
    for part in message.walk():
        kind = part.get_content_type()
        if kind in ("message/rfc822", "text/rfc822-headers", "message/global"):
            break
        if kind == "message/delivery-status":
            parts.extend(
                str(block)
                for block in part.get_payload()
                if isinstance(block, email.message.Message)
            )
        elif part.get_content_maintype() == "text" and kind != "text/html":
            parts.append(_text(part))
    return "\n\n".join(parts)


def _text(part: email.message.Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("latin-1")
