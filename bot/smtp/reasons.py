"""Why a message did not go through (32 reasons), and who can act on it."""

from __future__ import annotations

from enum import StrEnum

from bot.smtp.codes import Persistence


class Reason(StrEnum):
    """The class of a failure; every entry has exactly one."""

    USER_UNKNOWN = "user_unknown"
    MAILBOX_FULL = "mailbox_full"
    MAILBOX_DISABLED = "mailbox_disabled"
    RECIPIENT_REJECTED = "recipient_rejected"
    MOVED = "moved"
    SUPPRESSED = "suppressed"
    HOST_UNKNOWN = "host_unknown"
    NOT_ACCEPTING = "not_accepting"
    NETWORK_ERROR = "network_error"
    EXPIRED = "expired"
    ROUTING_LOOP = "routing_loop"
    RATE_LIMITED = "rate_limited"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    GREYLISTED = "greylisted"
    IP_BLOCKED = "ip_blocked"
    PTR_MISSING = "ptr_missing"
    SPAM_CONTENT = "spam_content"
    VIRUS = "virus"
    CONTENT_REJECTED = "content_rejected"
    MESSAGE_TOO_LARGE = "message_too_large"
    AUTH_FAILURE = "auth_failure"
    AUTH_REQUIRED = "auth_required"
    TLS_REQUIRED = "tls_required"
    POLICY_VIOLATION = "policy_violation"
    SENDER_REJECTED = "sender_rejected"
    RELAY_DENIED = "relay_denied"
    SYNTAX_ERROR = "syntax_error"
    SYSTEM_ERROR = "system_error"
    SYSTEM_FULL = "system_full"
    FEEDBACK = "feedback"
    NOT_AN_ERROR = "not_an_error"
    UNSPECIFIED = "unspecified"


class Who(StrEnum):
    """Who can act; `WAIT` is nobody: it passes by itself, `NONE` is nobody: nothing is wrong."""

    SENDER = "sender"
    SENDER_ADMIN = "sender_admin"
    RECIPIENT = "recipient"
    RECIPIENT_ADMIN = "recipient_admin"
    WAIT = "wait"
    NONE = "none"


# How servers mostly treat each reason, for texts that carry no code. Reasons left out are treated
# both ways, or are no failure. A full mailbox without a code stands in notices that came back.
USUAL_PERSISTENCE: dict[Reason, Persistence] = {
    Reason.USER_UNKNOWN: Persistence.PERMANENT,
    Reason.MAILBOX_FULL: Persistence.PERMANENT,
    Reason.MAILBOX_DISABLED: Persistence.PERMANENT,
    Reason.RECIPIENT_REJECTED: Persistence.PERMANENT,
    Reason.MOVED: Persistence.PERMANENT,
    Reason.SUPPRESSED: Persistence.PERMANENT,
    Reason.HOST_UNKNOWN: Persistence.PERMANENT,
    Reason.NOT_ACCEPTING: Persistence.PERMANENT,
    Reason.NETWORK_ERROR: Persistence.TRANSIENT,
    Reason.EXPIRED: Persistence.PERMANENT,
    Reason.ROUTING_LOOP: Persistence.PERMANENT,
    Reason.RATE_LIMITED: Persistence.TRANSIENT,
    Reason.TOO_MANY_CONNECTIONS: Persistence.TRANSIENT,
    Reason.GREYLISTED: Persistence.TRANSIENT,
    Reason.PTR_MISSING: Persistence.PERMANENT,
    Reason.SPAM_CONTENT: Persistence.PERMANENT,
    Reason.VIRUS: Persistence.PERMANENT,
    Reason.CONTENT_REJECTED: Persistence.PERMANENT,
    Reason.MESSAGE_TOO_LARGE: Persistence.PERMANENT,
    Reason.AUTH_FAILURE: Persistence.PERMANENT,
    Reason.AUTH_REQUIRED: Persistence.PERMANENT,
    Reason.POLICY_VIOLATION: Persistence.PERMANENT,
    Reason.SENDER_REJECTED: Persistence.PERMANENT,
    Reason.RELAY_DENIED: Persistence.PERMANENT,
    Reason.SYNTAX_ERROR: Persistence.PERMANENT,
    Reason.SYSTEM_ERROR: Persistence.TRANSIENT,
    Reason.SYSTEM_FULL: Persistence.TRANSIENT,
}
