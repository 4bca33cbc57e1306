"""Whose mail is affected: the receiving domains of an error."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

# An address as logs, replies and notices name a recipient; senders are named in other ways.
_RECIPIENT = re.compile(
    r"""
    (?: \b(?:to|orig_to|rcpt|recipient|for)=<? | \brcpt\ to:\s?< | -recipient:\s*rfc822;\s*
      | [245]\d\d[ -](?:[245]\.\d{1,2}\.\d{1,3}[ ])?< | \bto\ < | (?:^|\n)\s*< | ==\ | \*\*\ )
    [^\s<>@,;:]{1,64}@([a-z\d](?:[a-z\d.-]{0,252}[a-z\d])?)
    """,
    re.VERBOSE | re.IGNORECASE,
)
MOST = 100  # domains of one text


def receiving_domains(text: str) -> frozenset[str]:
    """The domains of the recipients that an error names, in small letters."""
    found: set[str] = set()
    for match in _RECIPIENT.finditer(text):
        found.add(match[1].lower())
        if len(found) >= MOST:
            break
    return frozenset(found)


def numbered(domains: Iterable[str], salt: str) -> frozenset[int]:
    """Domains as numbers below 65,536: enough to count them, and far too few to tell them."""
    return frozenset(
        int.from_bytes(hashlib.sha256(f"{salt}/{domain}".encode()).digest()[:2])
        for domain in domains
    )
