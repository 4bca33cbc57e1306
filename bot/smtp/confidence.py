"""How sure we are of a reason, and which other reasons are worth naming beside it.

Two things can go wrong: the text was read wrongly, or it was read rightly and people call it by
another reason all the same. "Access denied" is a matter of opinion; a full mailbox is not. So

    confidence = read rightly (by the odds against everything else) x named alike (by the reason)

Measured on 1,307 labelled errors, notices and wrapped errors, and on 2,500 phrases of the knowledge
explained without their own entries. Of errors as people paste them 76 % reach 0.8, and 93 % of
those are right by their labels, of which one in fifteen is arguable; a plain softmax gave 90 %.
`python -m benchmarks accuracy FILE` prints confidence against truth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import itemgetter

from bot.smtp.knowledge import Entry
from bot.smtp.match import NOTHING, Match
from bot.smtp.reasons import Reason

# Read rightly: the logistic function of the log odds of the best reason against all others.
# At even odds six readings in ten are right: rivals are weak each in its own way.
EVEN, PER_ODDS = 0.5, 1.25

# Named alike: how often people who label texts give the reason that was surely read.
MOSTLY = 0.86
NAMED_ALIKE: dict[Reason, float] = {
    **dict.fromkeys(
        (
            Reason.USER_UNKNOWN,
            Reason.MAILBOX_FULL,
            Reason.MESSAGE_TOO_LARGE,
            Reason.MOVED,
            Reason.AUTH_FAILURE,
            Reason.AUTH_REQUIRED,
            Reason.TLS_REQUIRED,
            Reason.PTR_MISSING,
            Reason.SENDER_REJECTED,
            Reason.RATE_LIMITED,
            Reason.TOO_MANY_CONNECTIONS,
            Reason.GREYLISTED,
            Reason.NETWORK_ERROR,
            Reason.ROUTING_LOOP,
            Reason.FEEDBACK,
        ),
        0.97,
    ),
    **dict.fromkeys(
        (
            Reason.RECIPIENT_REJECTED,
            Reason.SUPPRESSED,
            Reason.HOST_UNKNOWN,
            Reason.NOT_ACCEPTING,
            Reason.POLICY_VIOLATION,
            Reason.VIRUS,
            Reason.SYSTEM_FULL,
        ),
        0.67,
    ),
}

# What a reason is mistaken for, or called by others; the likeliest first.
NEIGHBOURS: dict[Reason, tuple[Reason, ...]] = {
    Reason.USER_UNKNOWN: (Reason.RECIPIENT_REJECTED, Reason.MAILBOX_DISABLED),
    Reason.MAILBOX_FULL: (Reason.MESSAGE_TOO_LARGE, Reason.SYSTEM_FULL),
    Reason.MAILBOX_DISABLED: (Reason.USER_UNKNOWN, Reason.RECIPIENT_REJECTED),
    Reason.RECIPIENT_REJECTED: (
        Reason.SENDER_REJECTED,
        Reason.POLICY_VIOLATION,
        Reason.USER_UNKNOWN,
    ),
    Reason.MOVED: (Reason.USER_UNKNOWN, Reason.MAILBOX_DISABLED),
    Reason.SUPPRESSED: (Reason.USER_UNKNOWN, Reason.FEEDBACK),
    Reason.HOST_UNKNOWN: (Reason.NOT_ACCEPTING, Reason.NETWORK_ERROR),
    Reason.NOT_ACCEPTING: (Reason.HOST_UNKNOWN, Reason.NETWORK_ERROR),
    Reason.NETWORK_ERROR: (Reason.SYSTEM_ERROR, Reason.EXPIRED, Reason.HOST_UNKNOWN),
    Reason.EXPIRED: (Reason.NETWORK_ERROR, Reason.SYSTEM_ERROR),
    Reason.ROUTING_LOOP: (Reason.HOST_UNKNOWN, Reason.SYSTEM_ERROR),
    Reason.RATE_LIMITED: (Reason.IP_BLOCKED, Reason.TOO_MANY_CONNECTIONS),
    Reason.TOO_MANY_CONNECTIONS: (Reason.RATE_LIMITED, Reason.IP_BLOCKED),
    Reason.GREYLISTED: (Reason.RATE_LIMITED, Reason.SYSTEM_ERROR),
    Reason.IP_BLOCKED: (Reason.SPAM_CONTENT, Reason.SENDER_REJECTED, Reason.POLICY_VIOLATION),
    Reason.PTR_MISSING: (Reason.IP_BLOCKED, Reason.SENDER_REJECTED),
    Reason.SPAM_CONTENT: (Reason.IP_BLOCKED, Reason.POLICY_VIOLATION, Reason.CONTENT_REJECTED),
    Reason.VIRUS: (Reason.POLICY_VIOLATION, Reason.CONTENT_REJECTED, Reason.SPAM_CONTENT),
    Reason.CONTENT_REJECTED: (Reason.SPAM_CONTENT, Reason.POLICY_VIOLATION),
    Reason.MESSAGE_TOO_LARGE: (Reason.MAILBOX_FULL, Reason.CONTENT_REJECTED),
    Reason.AUTH_FAILURE: (Reason.SENDER_REJECTED, Reason.POLICY_VIOLATION),
    Reason.AUTH_REQUIRED: (Reason.RELAY_DENIED, Reason.SENDER_REJECTED),
    Reason.TLS_REQUIRED: (Reason.AUTH_REQUIRED, Reason.NETWORK_ERROR),
    Reason.POLICY_VIOLATION: (Reason.SPAM_CONTENT, Reason.IP_BLOCKED, Reason.SENDER_REJECTED),
    Reason.SENDER_REJECTED: (Reason.RELAY_DENIED, Reason.IP_BLOCKED, Reason.POLICY_VIOLATION),
    Reason.RELAY_DENIED: (Reason.USER_UNKNOWN, Reason.SENDER_REJECTED, Reason.RECIPIENT_REJECTED),
    Reason.SYNTAX_ERROR: (Reason.USER_UNKNOWN, Reason.CONTENT_REJECTED),
    Reason.SYSTEM_ERROR: (Reason.NETWORK_ERROR, Reason.RATE_LIMITED, Reason.SYSTEM_FULL),
    Reason.SYSTEM_FULL: (Reason.MAILBOX_FULL, Reason.SYSTEM_ERROR),
}
# What being a neighbour is worth beside the evidence of the text, in its unit; and the score of a
# neighbour for which nothing in the text speaks.
NEIGHBOUR, UNSPOKEN = 0.75, -0.25
# How a reason that was read rightly and is named otherwise divides among its neighbours.
OTHER_NAMES = (0.5, 0.3, 0.2)
READ = 0.25  # confidence; below it the text may be about anything


def certainty(matches: Sequence[Match]) -> float:
    """The confidence, 0 to 1, in the reason of the first of these matches, best first."""
    best = matches[0]
    odds = best.score - _log_sum([*(match.score for match in matches[1:]), NOTHING])
    read = 1 / (1 + math.exp(-EVEN - PER_ODDS * odds))
    return read * _named_alike(best)


def beside(
    matches: Sequence[Match], usual: Mapping[Reason, Entry], sure: float
) -> list[tuple[Match, float]]:
    """The other readings, likeliest first, each with how likely it is, 0 to 1.

    `sure` is the certainty of the first match. Where it was read wrongly, the others share what is
    left as the evidence has it, neighbours of its reason a little more. Where a phrase stands whole
    it may be read rightly and named otherwise, mostly by a neighbour. For a neighbour that nothing
    in the text speaks for stands the `usual` entry of its reason.
    """
    best, *others = matches
    neighbours = NEIGHBOURS.get(best.entry.reason, ())
    known = {reason: Match(usual[reason], UNSPOKEN) for reason in neighbours if reason in usual}
    known |= {match.entry.reason: match for match in others}
    scores = {
        reason: match.score + (NEIGHBOUR if reason in neighbours else 0)
        for reason, match in known.items()
    }
    total = _log_sum([*scores.values(), NOTHING])
    read = sure / _named_alike(best)
    otherwise = read - sure if best.found and best.found.whole else 0.0
    names = dict(zip(neighbours, OTHER_NAMES, strict=False))
    shares = [
        (
            match,
            (1 - read) * math.exp(scores[reason] - total) + otherwise * names.get(reason, 0),
        )
        for reason, match in known.items()
    ]
    return sorted(shares, key=itemgetter(1), reverse=True)


def _named_alike(match: Match) -> float:
    return NAMED_ALIKE.get(match.entry.reason, MOSTLY)


def usual_entries(entries: Sequence[Entry]) -> dict[Reason, Entry]:
    """For each reason the entry that is worded in most ways: what it usually comes down to."""
    usual: dict[Reason, Entry] = {}
    for entry in entries:
        known = usual.get(entry.reason)
        if known is None or len(entry.phrases) > len(known.phrases):
            usual[entry.reason] = entry
    return usual


def _log_sum(scores: Sequence[float]) -> float:
    """The logarithm of the summed likelihoods."""
    top = max(scores)
    return top + math.log(sum([math.exp(score - top) for score in scores]))
