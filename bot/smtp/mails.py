"""Bounces as files: what a saved mail, or a mailbox of them, reports of each recipient."""

from __future__ import annotations

import email.parser
import email.policy
import email.utils
import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from email.message import Message
from itertools import islice
from string import ascii_lowercase, ascii_uppercase

from bot.smtp.receivers import address_domain, receiving_domain
from bot.smtp.report import Numbered, Report

LONGEST_MAIL = 400_000  # characters read of one mail: the report stands before the returned copy
MOST_LINES = 10_000
MOST_PARTS = 100  # in one mail; a bounce has three or four
MOST_DEPTH = 8  # mails and parts inside each other
MOST_RECIPIENTS = 5_000  # of one report
LONGEST_TEXT = 20_000  # characters of a mail's own text

_FIRST_LINE = re.compile(r"(?:From \S+ |[A-Za-z][A-Za-z0-9-]{1,60}:(?: |$))")
_KNOWN = re.compile(
    r"^(?:return-path|received|delivered-to|from|to|cc|subject|date|message-id|mime-version"
    r"|content-type|auto-submitted|reply-to|sender|x-failed-recipients|x-original-to):",
    re.IGNORECASE,
)
KNOWN_HEADERS = 3  # from so many on a text is a mail, whatever its name
_SUCCESS = ("delivered", "relayed", "expanded")  # RFC 3464, 2.3.3: actions that are no failure


def is_mail(head: str, name: str = "") -> bool:
    """Whether a text that begins so is a mail or a mailbox."""
    lines = head.lstrip().split("\n")
    if not lines or not _FIRST_LINE.match(lines[0]):
        return False
    if name.lower().endswith((".eml", ".mbox")):
        return True
    top = lines[: lines.index("")] if "" in lines else lines
    return len({m[0].lower() for line in top if (m := _KNOWN.match(line))}) >= KNOWN_HEADERS


def mails(lines: Iterable[Numbered]) -> Iterator[Report]:
    """What the mails in these lines report, one for each recipient."""
    for mail in _one_by_one(lines):
        yield from _reports(mail)


def _one_by_one(lines: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """The mails of a mailbox, each as far as it is read; the format is RFC 4155's."""
    mail: list[Numbered] = []
    length, is_mailbox, was_blank = 0, None, True
    for number, line in lines:
        if is_mailbox is None and line.strip():
            is_mailbox = line.startswith("From ")
        if is_mailbox and was_blank and line.startswith("From ") and mail:
            yield mail
            mail, length = [], 0
        was_blank = not line
        length += len(line) + 1
        if length <= LONGEST_MAIL and len(mail) < MOST_LINES:
            mail.append((number, line))
    if mail:
        yield mail


def _reports(mail: list[Numbered]) -> Iterator[Report]:
    message = _parsed(mail)
    first = mail[0][0]
    places = [n for n, line in mail if line[:16].lower() == "final-recipient:"]
    texts: list[str] = []
    number = 0
    for part in _parts(message):
        if part.get_content_type() != STATUS:
            texts.append(_text(part))
            continue
        for fields in _recipients(part):
            line = places[number] if number < len(places) else first
            number += 1
            if str(fields.get("Action", "")).strip().lower() not in _SUCCESS:
                told = _told(fields, texts)
                domain = receiving_domain(str(fields)) or receiving_domain(told)
                yield Report(told, line, domain, _when(fields, message))
    whole = "\n\n".join(text for text in texts if text.strip())
    if not number and whole:
        if _SYSTEM.search(f"{message.get('From', '')} {message.get('Auto-Submitted', '')}"):
            whole = f"{message.get('Subject', '')}\n\n{whole}"
        whole = whole[:LONGEST_TEXT]
        failed = address_domain(str(message.get("X-Failed-Recipients", "")))
        yield Report(whole, first, failed or receiving_domain(whole), _when(message))


# Whose subjects tell of a failure too.
_SYSTEM = re.compile(r"mailer-daemon|postmaster|mail delivery|<>|auto-(?:generated|replied)", re.I)
# Python's parser reads a delivery report as fields even where it is in base64; as a text it is
# decoded first, whatever the standard forbids (RFC 3464, 2.1).
STATUS = "text/x-delivery-status"
_STATUS = re.compile(r"message/(?:global-)?delivery-status", re.IGNORECASE)
_HALVES = re.compile("[\ud800-\udfff]")  # of characters; Python's parser stops at them
_PARSER = email.parser.Parser(policy=email.policy.compat32)


def _parsed(mail: list[Numbered]) -> Message:
    """The mail as Python's parser reads it; one with too many parts as plain text."""
    text = _HALVES.sub("", "\n".join(line for _, line in mail).lstrip("\n"))
    if text.lower().count("content-type:") <= MOST_PARTS:
        return _PARSER.parsestr(_STATUS.sub(STATUS, text))
    plain = Message()
    plain.set_payload(text)
    return plain


def _parts(message: Message, depth: int = 0) -> Iterator[Message]:
    """The readable parts of a mail, in order; of a report not the copy that came back."""
    payload = message.get_payload()
    if isinstance(payload, list):
        parts = [part for part in payload[:MOST_PARTS] if isinstance(part, Message)]
        kind = message.get_content_type()
        if kind == "multipart/alternative":
            parts = _plainest(parts)
        for part in parts if depth < MOST_DEPTH else ():
            if not (kind == "multipart/report" and part.get_content_type() in _COPIES):
                yield from _parts(part, depth + 1)
    elif message.get_content_type() == STATUS or _is_read(message):
        yield message


_COPIES = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


def _is_read(part: Message) -> bool:
    """Whether a part is text to read; so is one whose own parts cannot be told apart."""
    return part.get_content_maintype() in ("text", "multipart") and not part.get_filename()


def _plainest(parts: list[Message]) -> list[Message]:
    """Of the same text in several kinds the plain one."""
    plain = [part for part in parts if part.get_content_type() == "text/plain"]
    return plain[:1] or parts


def _recipients(part: Message) -> Iterator[Message]:
    """The fields of each recipient of a report (RFC 3464, 2.3), without the message's own."""
    for block in islice(_BLANK_LINES.split(_decoded(part)), MOST_RECIPIENTS + 1):
        fields = _PARSER.parsestr(block.lstrip("\n"), headersonly=True)
        if "Final-Recipient" in fields or "Action" in fields:
            yield fields


_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def _told(fields: Message, texts: list[str]) -> str:
    """What is told of a recipient; the words for people only where the report quotes nobody."""
    told = str(fields).strip()
    if "Diagnostic-Code" in fields:
        return told
    return "\n\n".join([*texts, told])[:LONGEST_TEXT]


def _text(part: Message) -> str:
    text = _decoded(part)[:LONGEST_TEXT]
    if part.get_content_type() == "text/html":
        return html.unescape(_TAG.sub(" ", _shown(text)))
    return text


def _shown(page: str) -> str:
    """A page without what browsers do not show; ends are looked for as far as LONGEST_UNREAD."""
    low = page.translate(_IN_SMALL_LETTERS)
    shown: list[str] = []
    place = 0
    for found in _UNREAD.finditer(low):
        if found.start() < place:
            continue
        end = f"</{found[1]}>"
        until = low.find(end, found.end(), found.end() + LONGEST_UNREAD)
        if until >= 0:
            shown += [page[place : found.start()], " "]
            place = until + len(end)
    return "".join([*shown, page[place:]])


_IN_SMALL_LETTERS = str.maketrans(ascii_uppercase, ascii_lowercase)  # others may change in length
LONGEST_UNREAD = 5_000  # characters of a style sheet or script
_UNREAD = re.compile(r"<(style|script|head)\b")
_TAG = re.compile(r"<[^<>]{0,1000}>")


def _decoded(part: Message) -> str:
    coding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if coding not in ("base64", "quoted-printable"):
        return str(part.get_payload())
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(payload)
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return payload.decode("latin-1")


def _when(*where: Message) -> str:
    """When it was: the last attempt, else the mail's own date, in UTC."""
    for message in where:
        for name in ("Last-Attempt-Date", "Arrival-Date", "Date"):
            try:
                at = email.utils.parsedate_to_datetime(str(message[name]))
                return f"{(at.astimezone(UTC) if at.tzinfo else at):%Y-%m-%d %H:%M:%S}"
            except (TypeError, ValueError, OverflowError):
                continue
    return ""
