"""The sentences every surface shares: what a persistence, a reason, a person to act is called."""

from __future__ import annotations

from bot.smtp.codes import Persistence
from bot.smtp.explain import Answer
from bot.smtp.reasons import Reason, Who

WHO = {
    Who.SENDER: "the sender",
    Who.SENDER_ADMIN: "the sender's admin",
    Who.RECIPIENT: "the recipient",
    Who.RECIPIENT_ADMIN: "the recipient's admin",
    Who.WAIT: "nobody: it passes by itself",
    Who.NONE: "nobody: nothing is wrong",
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


def codes_of(answer: Answer) -> str:
    """The codes an answer is about, as servers print them: "550 5.7.26", or ""."""
    return " ".join(str(code) for code in (answer.reply_code, answer.enhanced_code) if code)


def headline(answer: Answer) -> str:
    """The title with its code: "550 5.7.26: The From domain's DMARC policy ..."."""
    if answer.entry is None:
        return answer.heading or "Nothing known about this"
    codes = codes_of(answer)
    return f"{codes}: {answer.entry.title}" if codes else answer.entry.title


def outlook(answer: Answer) -> str:
    """Whether it passes by itself, in words: never by colour or emoji alone."""
    if answer.who is Who.NONE:
        return "Not a failure"
    name = {
        Persistence.TRANSIENT: "Transient",
        Persistence.PERMANENT: "Permanent",
        None: "Transient or permanent: the text does not tell",
    }[answer.persistence]
    if answer.persistence is None:
        return name
    if answer.retry:
        return f"{name}: sending it again later makes sense"
    return f"{name}: sending it again unchanged will not help"


def who_can_act(answer: Answer) -> str:
    """Who can act, in words; "" when nothing is known."""
    return WHO[answer.who] if answer.who else ""


def sure_enough(answer: Answer) -> bool:
    """Whether the best reading is likelier than all others together."""
    return answer.asked_code or answer.confidence >= LIKELY


LIKELY = 0.5


def evidence(answer: Answer) -> str:
    """What in a pasted text led to the answer; "" for a code asked by itself."""
    if answer.asked_code or not answer.guesses:
        return ""
    parts = []
    if codes := codes_of(answer):
        parts.append(f"the code {codes}")
    if answer.guesses[0].phrase:
        parts.append(f"the words “{shortened(answer.guesses[0].phrase, 90)}”")
    if answer.provider:
        parts.append(f"the server: {answer.provider}")
    return "Recognised by " + ", ".join(parts) if parts else ""


def shortened(text: str, length: int) -> str:
    """A text of at most `length` characters, cut at a word where possible."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return cut[: cut.rfind(" ")].rstrip(",;:") + "…" if " " in cut[length // 2 :] else cut + "…"
