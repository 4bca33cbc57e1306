"""Webhook events and logs in JSON: the reply in each, whichever sending service wrote them.

The fields are those of Amazon SES (also inside SNS), Mailgun, Mailjet, Mandrill, Postmark, SendGrid
and SparkPost; of any other JSON the message a log line carries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from bot.smtp.report import Report

LONGEST_EVENT = 64_000  # characters of one event; a list around events may be longer
MOST_BROKEN = 1_000  # places in one file that looked like an event and are none
MOST_EVENTS = 200_000  # in one file; real ones are longer than fifty characters
MOST_DEPTH = 8  # objects inside each other
LONGEST_REPLY = 4_000

# Where services put what the server said, the most telling first.
_REPLIES = (
    "diagnosticCode",
    "diagnostic_code",
    "raw_reason",
    "diag",
    "smtp_response",
    "smtpResponse",
    "response",
    "Details",
    "reason",
    "bounce_description",
    "error",
    "message",
    "msg",
    "log",
    "Message",
    "Description",
    "MESSAGE",  # the systemd journal
)
# What services call a failure for which they give no reply; in their words, as people look them up.
_CALLED = ("bounceType", "bounceSubType", "reject_reason", "bounce_classification")
# What stands beside it and belongs to it.
_CODES = ("code", "error_code", "smtp_code", "status", "enhanced-code")
_TO = (
    "emailAddress",
    "email",
    "Email",
    "rcpt_to",
    "recipient",
    "Recipient",
    "to",
    "address",
    "recipient-domain",
)
_WHEN = ("timestamp", "BouncedAt", "created", "event_timestamp", "time", "ts", "@timestamp", "date")


def events(pieces: Iterable[str]) -> Iterator[Report]:
    """What the events in a JSON text report, in order; parts that are no JSON are passed over."""
    for line, value in islice(_objects(pieces), MOST_EVENTS):
        for text, domain, at in _found(value, "", "", 0):
            yield Report(text, line, domain, at)


def _objects(pieces: Iterable[str]) -> Iterator[tuple[int, Any]]:
    """The outermost objects that are short enough, with their lines: one of a list, one a line."""
    decoder = json.JSONDecoder()
    text, place, line, broken = "", 0, 1, 0
    source = iter(pieces)
    is_ended = False
    while broken < MOST_BROKEN:
        while len(text) - place < LONGEST_EVENT and not is_ended:
            piece = next(source, None)
            is_ended = piece is None
            text, place = text[place:] + (piece or ""), 0
        begin = text.find("{", place)
        line += text.count("\n", place, begin if begin >= 0 else len(text))
        place = begin if begin >= 0 else len(text)
        if begin < 0:
            if is_ended:
                return
            continue
        try:
            value, place = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            # Too long, or none: what is inside may be one.
            broken += 1
            place = begin + 1
            continue
        yield line, value
        line += text.count("\n", begin, place)


def _found(value: Any, domain: str, at: str, depth: int) -> Iterator[tuple[str, str, str]]:
    """The replies in an event and in the objects it holds, which inherit whose mail and when."""
    if depth > MOST_DEPTH:
        return
    if isinstance(value, list):
        for each in value:
            yield from _found(each, domain, at, depth + 1)
        return
    if not isinstance(value, dict):
        return
    domain, at = _domain(value) or domain, _at(value) or at
    inner = [each for each in value.values() if isinstance(each, (dict, list))]
    found = []
    if wrapped := _wrapped(value):
        inner.append(wrapped)
    elif reply := _reply(value, is_mail=bool(domain)):
        found.append((reply, domain, at))
    for each in inner:
        found.extend(_found(each, domain, at, depth + 1))
    if not found and (called := _fields(value, _CALLED)):
        found.append((called, domain, at))
    yield from found


def _reply(event: dict[str, Any], *, is_mail: bool) -> str:
    """What the server said; of mail to somebody with the codes that stand beside it.

    In other logs a status of 450 may be anybody's.
    """
    said = next(
        (event[name] for name in _REPLIES if isinstance(event.get(name), str) and event[name]), ""
    )
    if not said:
        return ""
    if where := _fields(event, ("error_related_to",)):
        # Mailjet's words alone say little ("preblocked"), and not that they are about mail.
        said = f"bounce: {where}, error: {said}"
    codes = [str(event.get(name, "")) for name in _CODES] if is_mail else []
    codes = [code for code in codes if _CODE.fullmatch(code)]
    missing = [code for code in dict.fromkeys(codes) if code not in said]
    return " ".join([*missing, said])[:LONGEST_REPLY]


def _fields(event: dict[str, Any], names: Iterable[str]) -> str:
    """Those of the named fields that say something, with their names."""
    said = {name: event.get(name) for name in names}
    return ", ".join(f"{name}: {text}" for name, text in said.items() if _is_word(text))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME


LONGEST_NAME = 60  # characters of what a service calls a failure
_CODE = re.compile(r"[2-5]\d\d|[245]\.\d{1,3}\.\d{1,3}", re.ASCII)


def _wrapped(event: dict[str, Any]) -> Any:
    """An event that travels as text inside another, as Amazon SNS sends those of SES."""
    inner = event.get("Message")
    if not isinstance(inner, str) or not inner.startswith("{"):
        return None
    try:
        return json.loads(inner)
    except (ValueError, RecursionError):
        return None


def _domain(event: dict[str, Any]) -> str:
    for name in _TO:
        value = event.get(name)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, str):
            continue
        found = _DOMAIN.search(value[:1000])
        if found and ("@" in value or name == "recipient-domain"):
            return found[1].lower().rstrip(".-")
    return ""


_DOMAIN = re.compile(r"(?:@|^)([a-z0-9][a-z0-9-]*\.[a-z0-9.-]{1,200})(?![^>]*@)", re.I | re.ASCII)


def _at(event: dict[str, Any]) -> str:
    """When it was, in UTC where the service counts seconds, else as it writes it."""
    for name in _WHEN:
        value = event.get(name)
        if isinstance(value, str) and (found := _STAMP.match(value)):
            return f"{found[1]} {found[2]}"
        if isinstance(value, str) and _SECONDS.fullmatch(value):
            value = float(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            seconds = value / MS if value > LATEST else value
            if EARLIEST < seconds < LATEST:
                return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
    return ""


_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)", re.ASCII)
_SECONDS = re.compile(r"\d{10}(?:\.\d{1,9})?", re.ASCII)
EARLIEST, LATEST = 1e9, 1e10  # seconds since 1970: from 2001 on; more are milliseconds
MS = 1000
