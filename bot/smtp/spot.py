"""Spot SMTP errors in ordinary messages, and stay silent about everything else.

Speaking up for nothing is worse than missing an error. So a message must look like mail, and hold
what servers print: both codes of a reply side by side, a code or a known phrase in a notice or a
mail log, or a known phrase in the words of a code or quoted whole.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.passage import clean
from bot.smtp.reading import Codes, read_codes
from bot.smtp.reasons import Reason

# Almost all messages are not about mail errors, so a few substring tests come before all else.
# A message with a number like a code must have a word of mail, or begin a reply; one without must
# have a word of failing mail.
_NUMBER = re.compile(r"[45](?:\d\d|\.[0-7]\.)")
_MAIL_PIECES = (
    "mail",
    "smtp",
    "recipient",
    "bounce",
    "relay",
    "deliver",
    "auth",
    "quota",
    "postfix",
)
_FAILING_PIECES = (
    "smtp", "recipient", "bounce", "deliver", "quota", "postfix", "mailbox", "name service",
    "user unknown", "unknown user", "reject", "relaying", "mailer",
)  # fmt: skip
_REPLY = re.compile(
    r"""
      [45]\d\d[ \-,:;][ b'\"(\[#]{0,4}[45]\.\d{1,2}\.\d                   # both codes side by side
    | (?:^|\n|`|:[ ]|smtp;|<<<)[ >*]{0,4}(?:42[01]|45\d|5[1-9]\d)[ :\-#]   # a code begins a reply
    | <<<[ ][45]
    | (?:^|\n)[45]\.[0-7]\.\d{1,3}[ ]
    """,
    re.VERBOSE,
)
_ADDRESS = re.compile(r"[\w.+-]@[\w-]{1,63}\.\w")


def may_be_mail(low: str) -> bool:
    """Whether a message, in lower case, is worth a closer look; for nearly all it is not."""
    has_number = ("4" in low or "5" in low) and _NUMBER.search(low)
    for piece in _MAIL_PIECES if has_number else _FAILING_PIECES:
        if piece in low:
            return True
    if not has_number:
        return False
    return bool(_REPLY.search(low) or ("@" in low and _ADDRESS.search(low)))


# A line that begins as a reply does, with a code that HTTP does not use.
_REPLY_LINE = re.compile(
    r"(?:^|\n|`)[ >*]{0,4}(?:smtp; ?|<<< ?)?"
    r"(?:(?:42[01]|45\d|5[1-9]\d)(?:[ -][^\d\s]|[ -]#?\d\.\d|:)|[45]\.[0-7]\.\d{1,3} )",
    re.IGNORECASE,
)

# What only mail systems and mail libraries write: their logs, notices and exceptions; in lower
# case, since letters of either case make so long a search slow.
_MACHINE = re.compile(
    r"""
      \bpostfix/(?:smtpd?|lmtp|cleanup|qmgr|local|virtual|pipe|bounce|postscreen|submission|error)\b
    | \bsm-(?:mta|acceptingconnections) | \bsendmail\[ | \bcourieresmtpd | \bexim\[?
    | \bdsn=[45]\. | \bstat(?:us)?=(?:deferred|bounced|expired|service\ unav|user\ unknown)
    | authenticator\ failed\ for | smtp(?:\ protocol)?\ error | smtp;\s*\d | diagnostic-code
    | remote-mta
    | final-recipient | \bsaid:\s+[45]\d\d | remote\ host\ said | smtplib
    | smtp\w*(?:exception|error)\b | net::smtp
    | javax\.mail | jakarta\.mail | \b(?:eauth|eenvelope|emessage|econnection|esocket)\b
    | mail\ delivery\ (?:software|system|subsystem|failed) | mail\ system\ at\ host | mailer-daemon
   
    | delivery\ (?:to\ the\ following|has\ failed|failed|status\ notification|incomplete
        |error|attempts?)
    | following\ (?:recipient|address)\S* | undeliver(?:ed|able) | unable\ to\ deliver
    | (?:not|n't)\ (?:be\ )?delivered | returned\ (?:mail|to\ sender) | transcript\ of\ session
    | response\ from\ the\ remote\ server | in\ reply\ to\ (?:rcpt|mail|end|data)
    | (?:did\ not|doesn't)\ like\ (?:our|the)?\ ?(?:rcpt|recipient) | x-(?:unix|postfix|notes);
    | refused\ to\ talk\ to\ me | \(reason:\ [45] | \b5\d\d\ bounces?\b | name\ service\ error\ for
    | technical\ details\ of\ (?:permanent|temporary) | failed\ to\ deliver\ to | mail\.local:
    | \b(?:bouncesubtype|reject_reason|error_related_to|bounce_classification):
    | \d[ ](?:\*\*|==)[ ]\S{1,80}@ | "(?:bouncetype|diagnosticcode|bounce_class|smtp-id|sg_event_id)
    | (?:smtp|mail)\ (?:server|host)\b[^\n]{0,80}\(\d{2,3}\)
    """,
    re.VERBOSE,
)
# Words of mail that a person writes beside a code.
_MAIL_WORD = re.compile(
    r"""
    \b(?: e-?mails? | smtps? | mailbox(?:es)? | maillog | recipients? | bounc(?:e|es|ed|ing)
      | postfix | exim
        | sendmail | undeliver\w+ | relaying | rcpt | spf | dkim | dmarc | gmail | helo | ehlo | mta
        | mailer | postmaster | ndr )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Whose numbers look like ours: FTP, HTTP, SIP, IRC, changes of software.
_OTHER_PROTOCOL = re.compile(
    r"""
      \bs?ftps?\b | \bFTP\b | \bHTTP\b | \bhttp[ /]\d
        | \b(?:GET|POST|PUT|HEAD|DELETE|OPTIONS)\ [/h] | \bSIP/2
    | \bsip: | \bPRIVMSG\b | \b(?:PASV|RETR|STOR|CWD|MLSD)\b | [Ss]tatus\ ?[Cc]ode | \bwebhooks?\b
    | ^:\S{1,64}\ \d{3}\ | \[SOFIA\] | \b[Aa]sterisk\b | died\ with\ status\ 25\d
    | \bimap-login\b | \bpop3-login\b
    """,
    re.VERBOSE | re.MULTILINE,
)
# What FTP answers with 550 and 553 (RFC 959, 5.4); a mail server that says it names mail too.
_OF_FILES = re.compile(r"\b(?:files?|filenames?|director(?:y|ies)|folders?)\b", re.IGNORECASE)

NEAR_BEFORE, NEAR_AFTER = 80, 260  # characters around a code in which its words stand
LONG_MESSAGE = 600  # characters; in a longer one only what stands near the code counts
SHORT_MESSAGE = 160  # characters; a shorter one may be an error and nothing else
SHORTEST_RECORD = 12  # characters: a time, and nothing said
RECORDS = 20  # lines of a log explained one by one; more make no better answer


class Least(NamedTuple):
    """What a text must hold of a known phrase: weight of words, share of it; and how sure we are.

    Measured on 21,000 chat messages and machine lines and on 900 pasted errors.
    """

    there: float = 0.0
    share: float = 0.0
    confidence: float = 0.0
    about_mail: bool = False  # the reason is one that only mail has


ANYTHING = Least()
NEVER = Least(math.inf)
IN_NOTICE = Least(4.0, 0.6)
WITH_CODE = Least(5.0, 0.7)
WITH_HTTP_CODE = Least(5.0, 0.7, about_mail=True)
WITH_LOOSE_CODE = Least(6.0, 0.9, about_mail=True)
AS_REPLY = Least(4.0, 0.7, 0.55, about_mail=True)
AS_WHOLE_MESSAGE = Least(8.0, 0.97, 0.96, about_mail=True)
QUOTED = Least(18.0, 0.97, 0.6)

# Reasons that other protocols have too: FTP cannot log in, HTTP is unavailable.
_ANYBODYS_REASONS = frozenset(
    (
        Reason.NETWORK_ERROR,
        Reason.AUTH_REQUIRED,
        Reason.TLS_REQUIRED,
        Reason.TOO_MANY_CONNECTIONS,
        Reason.HOST_UNKNOWN,
        Reason.SYSTEM_ERROR,
        Reason.SYSTEM_FULL,
        Reason.SYNTAX_ERROR,
        Reason.RATE_LIMITED,
        Reason.EXPIRED,
        Reason.VIRUS,
        Reason.POLICY_VIOLATION,
        Reason.UNSPECIFIED,
    )
)
_HTTP_CODES = frozenset(("421", "422", "429", "451", "500", "502", "503", "504"))
LONG_PHRASE = 14.5  # weight of words from which a phrase is a server's, whatever its reason
_NO_FAILURE = (Reason.NOT_AN_ERROR, Reason.FEEDBACK)


class Spotter:
    """Decides which messages hold errors worth an unasked answer."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer

    def spot(self, text: str) -> tuple[Answer, ...]:
        """The answers to the errors in a message, one per cause; () is silence."""
        if not may_be_mail(text.lower()):
            return ()
        cleaned = clean(text).strip()
        answers: dict[str, Answer] = {}
        for record in _records(cleaned):
            answer = self._spot_one(record)
            if answer is not None and answer.entry is not None:
                answers.setdefault(answer.entry.id, answer)
        return tuple(answers.values())

    def _spot_one(self, text: str) -> Answer | None:
        codes = read_codes(text)
        fails = (codes.reply or "") > "399" or (codes.enhanced or "")[:1] in ("4", "5")
        if codes.paired and fails:
            return self._worth(text, ANYTHING)
        if _OTHER_PROTOCOL.search(text):
            return None
        if _MACHINE.search(text.lower()):
            return self._worth(text, ANYTHING if fails else IN_NOTICE)
        near = _near(text, codes) if fails else text
        measures: list[Least] = []
        if fails and _MAIL_WORD.search(near):
            least = WITH_CODE if codes.led or codes.enhanced else WITH_LOOSE_CODE
            if codes.reply in _HTTP_CODES and not codes.enhanced:
                least = WITH_HTTP_CODE if codes.led else NEVER
            measures.append(least)
        if _REPLY_LINE.search(text):
            if not (measures or codes.enhanced) and _OF_FILES.search(text):
                return None
            return self._worth(near, *measures, AS_REPLY)
        if measures and (answer := self._worth(near, *measures)):
            return answer
        if len(text) <= SHORT_MESSAGE and (_MAIL_WORD.search(text) or _ADDRESS.search(text)):
            return self._worth(text, AS_WHOLE_MESSAGE, QUOTED)
        if len(text) <= LONG_MESSAGE and _MAIL_WORD.search(text):
            return self._worth(text, QUOTED)
        return None

    def _worth(self, text: str, *measures: Least) -> Answer | None:
        """The answer to a text, when it holds enough of a known phrase by one of the measures."""
        answer = self._explainer.explain_error(text)
        if answer.entry is None or answer.reason in _NO_FAILURE:
            return None
        return answer if any(_is_enough(answer, least) for least in measures) else None


def _is_enough(answer: Answer, least: Least) -> bool:
    if answer.confidence < least.confidence:
        return False
    if not least.there:
        return True
    found = answer.guesses[0].match and answer.guesses[0].match.found
    is_anybodys = answer.reason in _ANYBODYS_REASONS and not answer.provider
    if least.about_mail and is_anybodys and (found is None or found.there < LONG_PHRASE):
        return False
    return bool(found and found.there >= least.there and found.share >= least.share)


_LOG_LINE = re.compile(
    r"(?:\w{3}[ ]{1,2}\d{1,2}[ ]\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d{10}\.\d)", re.ASCII
)


def _records(text: str) -> list[str]:
    """The lines of a pasted log one by one; any other text whole."""
    if text.count("\n") == 0:
        return [text]
    lines = [
        line
        for line in text.splitlines()
        if len(line) >= SHORTEST_RECORD and _LOG_LINE.search(line[:60])
    ]
    return lines[:RECORDS] if len(lines) > 1 else [text]


def _near(text: str, codes: Codes) -> str:
    """What stands near the code in a long message."""
    if len(text) <= LONG_MESSAGE:
        return text
    place = text.find(codes.enhanced or codes.reply or "")
    return text[max(0, place - NEAR_BEFORE) : place + NEAR_AFTER]
