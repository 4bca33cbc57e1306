"""Read the codes in a text, and only those that a mail server meant as such."""

from __future__ import annotations

import re
from itertools import islice
from typing import NamedTuple

# No server answers with 46y, 48y or 49y; 465 is a port.
# It looks back only where a digit stands: so the search for one is C's.
_NUMBER = re.compile(r"[2-5](?<![\w.$€£+].)[0-57]\d(?![\w%°])", re.ASCII)
_ENHANCED = re.compile(
    r"""
    [245](?<![\w.].)\.              # no version, no IP address before it: v5.7.1, 10.4.4.1
    (?: [0-7]\.\d{1,3}
      | (?<=\#..)\d{1,2}\.\d{1,3} )  # qmail and Exim filters write [#4.16.1]
    (?!\d|\.\d|[-_]?[a-z]+\d|%)    # nor after it: 5.2.1.9, 4.0.1rc2
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
# What directly follows a reply code that brings its enhanced code along: 550 5.1.1, 550-5.1.1,
# 550 #5.1.0, 550 (5.1.1), "550, b'5.1.1".
_THEN_ENHANCED = re.compile(
    r"[ \-,;:]{1,2}(?:b?['\"])?[(\[#]{0,2}([245])\.(\d{1,2})\.(\d{1,3})(?!\d|\.\d)", re.ASCII
)
# What stands, in lower case, right before a number where a server or a log prints a reply code.
_SURE_LEAD = re.compile(
    r"""
    (?: ^ | \n | \r ) [\s>*|`"'(\[]*$               # begins a line, quoted or indented
    | (?: said | smtp | esmtp | response | returned | replied | reason | diagnostic
    | reject ) \s?[:=;]\s*$
    | (?: exception | \] ) :\s+$
    | (?: from\ server | command\ failed ) :$
    | (?: <<< | <\*\* | <~\* | \bs: | ->> | >: | \.\.\. | b' ) \s* ["'(]? $
    """,
    re.VERBOSE,
)
# What stands right before a number that is none: ports, process ids, line numbers, ids.
_NOT_A_CODE_BEFORE = re.compile(
    r"""
    (?: \]: | :: | \w: | \w\[ | \w- | \bport[ :=#(]{1,3} | \bline[ :] | :\d{1,6}: | \# | / | @
      | \b(?:room|id|uid|pid|size|ttl|https?|ftp|sip|office|x-unix;)[ =:/]?
      | \bhttp/\d(?:\.\d)?["]?[ ] | \d[ ,.:-] | [<>]=?[ ]? | [~x*^&]
      | \b(?:about|over|than|around|approx|expected)[ ] | expected[ ]response[ ]code[ ]"?
      | \bexit[ ](?:status|code)[ ] | with[ ]status[ ]
    ) $
    """,
    re.VERBOSE,
)
_UNIT_AFTER = re.compile(
    r"""
    \s? (?: [,.:/]\d | [kmg]b\b | ms\b | px\b | bytes?\b | items?\b | users?\b | mails?\b
      | emails\b | hours?\b
      | days?\b | minutes?\b | seconds?\b | secs?\b | messages\b | times\b | people\b | lines?\b
      | \) \s* = | /[a-z] )
    | -\d{2,}
    """,
    re.VERBOSE | re.IGNORECASE,
)
# An HTTP status and its words: a web API's answer, not a mail server's (RFC 9110, 15.5).
_WEB_ANSWER = re.compile(
    r"""
    400\W{1,3}bad\ request | 40[13]\W{1,3}(?:unauthorized|forbidden)
    | 402\W{1,3}payment\ required | 404\W{1,3}not\ found | 405\W{1,3}method\ not\ allowed
    | 413\W{1,3}(?:payload|content|request\ entity)\ too\ large
    | 422\W{1,3}unprocessable | 429\W{1,3}too\ many\ requests
    """,
    re.VERBOSE | re.IGNORECASE,
)
MOST_NUMBERS = 300  # looked at in one text; a pasted log has fewer before its first failure
BEFORE = 24  # characters looked at before a number: the longest lead-in above


class Codes(NamedTuple):
    """The codes read in a text: the ones that stand for it, and every other that was read."""

    reply: str | None
    enhanced: str | None
    all_replies: tuple[str, ...] = ()
    all_enhanced: tuple[str, ...] = ()
    paired: bool = False  # a reply code directly followed by an enhanced code of its class
    led: bool = False  # a reply code where servers and logs put one


def read_codes(text: str) -> Codes:
    """Read reply codes and enhanced codes (RFC 5321, 4.2; RFC 3463, 2; RFC 2034, 4)."""
    pairs: list[tuple[str, str]] = []
    led: list[str] = []
    loose: list[str] = []
    for found in islice(_NUMBER.finditer(text), MOST_NUMBERS):
        begin, end = found.span()
        number = found.group()
        then = _THEN_ENHANCED.match(text, end)
        if then and then[1] == number[0]:
            pairs.append((number, f"{then[1]}.{then[2]}.{int(then[3])}"))
        elif then and text[begin - 1 : begin] == "#":
            led.append(number)  # Exchange: #550 4.4.7
        elif (where := _standing(text, begin, end)) == "sure":
            led.append(number)
        elif where:
            loose.append(number)
    statuses = islice(_ENHANCED.finditer(text), MOST_NUMBERS)
    enhanced = tuple(dict.fromkeys([_enhanced(found.group()) for found in statuses]))
    replies = tuple(dict.fromkeys([reply for reply, _ in pairs] + led + loose))
    reply, status = _meant(pairs, led + loose, enhanced)
    return Codes(
        reply=reply,
        enhanced=status,
        all_replies=replies,
        all_enhanced=enhanced,
        paired=bool(pairs),
        led=bool(led),
    )


def _standing(text: str, begin: int, end: int) -> str:
    """Where a number stands: "sure" is a reply code's place, "loose" may be one, "" is none."""
    if _WEB_ANSWER.match(text, begin):
        return ""
    before = text[max(0, begin - BEFORE) : begin].lower()
    if begin <= BEFORE:
        before = "\n" + before
    if _SURE_LEAD.search(before):
        return "sure"
    if _NOT_A_CODE_BEFORE.search(before) or _UNIT_AFTER.match(text, end):
        return ""
    return "loose"


def _enhanced(code: str) -> str:
    """An enhanced code without leading zeros."""
    class_, subject, detail = code.split(".")
    return f"{class_}.{int(subject)}.{int(detail)}"


def _meant(
    pairs: list[tuple[str, str]], replies: list[str], enhanced: tuple[str, ...]
) -> tuple[str | None, str | None]:
    """The codes that stand for a text: those of the first failure, else the first ones."""
    if failed := next((pair for pair in pairs if _is_failure(pair[0])), None):
        return failed
    status = _telling(enhanced)
    if reply := next(filter(_is_failure, replies), None):
        # A success beside it answered an earlier command.
        return reply, status if status and _is_failure(status) else None
    if pairs:
        return pairs[0]
    return next(iter(replies), None), status


def _is_failure(code: str) -> bool:
    return code[0] in "45"


def _telling(enhanced: tuple[str, ...]) -> str | None:
    """The first enhanced code of a failure that says more than x.0.0, else the first."""
    failures = list(filter(_is_failure, enhanced)) or list(enhanced)
    telling = (code for code in failures if not code.endswith(".0.0"))
    return next(telling, next(iter(failures), None))
