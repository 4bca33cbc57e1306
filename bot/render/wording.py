"""The sentences every surface shares: what a persistence, a reason, a person to act is called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.smtp.answer import Answer
from bot.smtp.codes import Persistence
from bot.smtp.knowledge import Entry
from bot.smtp.reasons import Reason, Who

WHO = {
    Who.SENDER: "the sender",
    Who.SENDER_ADMIN: "the sender's admin",
    Who.RECIPIENT: "the recipient",
    Who.RECIPIENT_ADMIN: "the recipient's admin",
    Who.WAIT: "it passes by itself",
    Who.NONE: "nothing is wrong",
}

REASON = {
    Reason.USER_UNKNOWN: "unknown address",
    Reason.MAILBOX_FULL: "mailbox full",
    Reason.MAILBOX_DISABLED: "mailbox disabled",
    Reason.RECIPIENT_REJECTED: "refused by the recipient's side",
    Reason.MOVED: "recipient has moved",
    Reason.SUPPRESSED: "on the sending service's suppression list",
    Reason.HOST_UNKNOWN: "domain or mail server not found",
    Reason.NOT_ACCEPTING: "domain takes no mail",
    Reason.NETWORK_ERROR: "network trouble",
    Reason.EXPIRED: "gave up after retrying",
    Reason.ROUTING_LOOP: "mail loop",
    Reason.RATE_LIMITED: "rate limit",
    Reason.TOO_MANY_CONNECTIONS: "too many connections",
    Reason.GREYLISTED: "greylisting",
    Reason.IP_BLOCKED: "blocklist or bad reputation",
    Reason.PTR_MISSING: "reverse DNS or HELO name",
    Reason.SPAM_CONTENT: "judged spam",
    Reason.VIRUS: "virus or forbidden attachment",
    Reason.CONTENT_REJECTED: "malformed or refused content",
    Reason.MESSAGE_TOO_LARGE: "message too large",
    Reason.AUTH_FAILURE: "SPF, DKIM or DMARC",
    Reason.AUTH_REQUIRED: "login",
    Reason.TLS_REQUIRED: "TLS",
    Reason.POLICY_VIOLATION: "local policy",
    Reason.SENDER_REJECTED: "sender address refused",
    Reason.RELAY_DENIED: "relaying denied",
    Reason.SYNTAX_ERROR: "SMTP command or syntax",
    Reason.SYSTEM_ERROR: "trouble on a mail server",
    Reason.SYSTEM_FULL: "mail server full",
    Reason.FEEDBACK: "abuse report",
    Reason.NOT_AN_ERROR: "not an error",
    Reason.UNSPECIFIED: "no reason given",
}


def some_codes(entry: Entry) -> str:
    """The first few codes of an entry for a list: "550 5.7.26, 550 5.7.1"."""
    return ", ".join(str(code).upper() for code in entry.codes[:3])


def by_code(entries: Iterable[Entry]) -> list[Entry]:
    """Entries in the order of their first codes, as numbers; those without codes last."""

    def place(entry: Entry) -> tuple[bool, list[int]]:
        return not entry.codes, [int(number) for number in re.findall(r"\d+", some_codes(entry))]

    return sorted(entries, key=place)


def headline(answer: Answer) -> str:
    """The title with its code: "550 5.7.26: The From domain's DMARC policy ..."."""
    if answer.entry is None:
        return answer.heading or "Nothing known about this"
    codes = answer.codes
    return f"{codes}: {answer.entry.title}" if codes else answer.entry.title


# What becomes of the message, by persistence and by whether sending it again makes sense. The two
# disagree where servers choose their codes badly.
_OUTLOOK = {
    (Persistence.TRANSIENT, True): "Transient: sending it again later makes sense",
    (Persistence.TRANSIENT, False): "Transient by its code, but sending it again will not help",
    (Persistence.PERMANENT, True): "Permanent by its code, but sending it again later makes sense",
    (Persistence.PERMANENT, False): "Permanent: sending it again unchanged will not help",
    (None, True): "No code says transient or permanent; sending it again later makes sense",
    (None, False): "Transient or permanent: only the code in the server's reply would tell",
}


def outlook(answer: Answer) -> str:
    """Whether it passes by itself, in words: never by colour or emoji alone."""
    if answer.who is Who.NONE:
        return "Not a failure"
    return _OUTLOOK[answer.persistence, bool(answer.retry)]


def who_acts(answer: Answer) -> str:
    """Who can act, as a clause: "Who can act: the sender's admin"."""
    if answer.who is None:
        return "Who can act: not known"
    if answer.who is Who.NONE:
        return "Nothing is wrong, so nobody needs to act"
    if answer.who is Who.WAIT:
        cure = "it passes by itself" if answer.retry else "only time helps"
        return f"Nobody needs to act: {cure}"
    return f"Who can act: {WHO[answer.who]}"


def sure_enough(answer: Answer) -> bool:
    """Whether the best reading is likelier right than wrong."""
    return answer.asked_code or answer.confidence >= LIKELY


LIKELY = 0.5
NOT_CERTAIN = "Not certain; this is the likeliest reading."


def others(answer: Answer) -> list[Entry]:
    """The few other readings worth naming: those that may well be right."""
    near = [guess.entry for guess in answer.alternatives if guess.confidence >= NEAR]
    return near[:OTHERS]


# Confidence. From it on, of 1,315 labelled errors one answer in four names another reading, and 65
# of the 155 that were wrong name the right one; from 0.05 on half of all answers would name one.
NEAR = 0.08
OTHERS = 2


def evidence(answer: Answer) -> str:
    """What in a pasted text led to the answer; "" for a code asked by itself."""
    if answer.asked_code or not answer.guesses:
        return ""
    found = []
    if codes := answer.codes:
        found.append(f"the code {codes}")
    if answer.guesses[0].phrase:
        found.append(f"the words “{shortened(as_read(answer.guesses[0].phrase), 90)}”")
    return f"Recognised by {' and '.join(found)}." if found else ""


def source_line(entry: Entry) -> str:
    """Whose words an entry explains and where the link leads: "Postfix, www.postfix.org"."""
    return f"{entry.publisher.name}, {urlsplit(entry.source).hostname}"


def as_read(phrase: str) -> str:
    """A known phrase as a person reads it: what varies becomes an ellipsis."""
    return re.sub(r"<?<[a-z]+>>?", "…", phrase).lstrip("…: ")


def first_line(text: str, length: int) -> str:
    """The first line of what people wrote, of at most `length` characters."""
    return shortened((text.strip().splitlines() or [""])[0], length)


def many(count: int, noun: str) -> str:
    """ "1 cause", "1,204 causes"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """How often something was: "once", "3 times"."""
    return "once" if count == 1 else f"{count} times"


def shortened(text: str, length: int) -> str:
    """A text of at most `length` characters, cut at a word where possible."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return cut[: cut.rfind(" ")].rstrip(",;:") + "…" if " " in cut[length // 2 :] else cut + "…"
