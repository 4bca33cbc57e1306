"""Whose mail is affected: the receiving domains of an error."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_DOMAIN = r"(?P<domain>[a-z\d][a-z\d.-]{0,251}[a-z\d])"
_HOW = re.VERBOSE | re.IGNORECASE | re.ASCII
# An address as logs, replies and notices name a recipient; senders are named in other ways.
_RECIPIENT = re.compile(
    r"""
    (?: \b(?:to|rcpt|recipient|for)=<? | \brcpt\ to:\ ?<? | \bto\ <
      | final-recipient:\s{0,4}[\w-]{1,20}\s?;\s{0,4}<?
      | [245]\d\d[ -]< | \b\d\.\d{1,2}\.\d{1,3}\ <   # a reply that begins with the address
      | (?:^|\n)[ \t]*<                                 # so does a line of a notice
      | (?:\*\*|==)\                                    # Exim
    )
    [^\s<>@,;:]{1,64}@"""
    + _DOMAIN,
    _HOW,
)
_ADDRESS = re.compile("@" + _DOMAIN, _HOW)
_RELAY = re.compile(r"\brelay=(?P<domain>[a-z\d][a-z\d-]*\.[a-z\d.-]{0,199}[a-z\d])", _HOW)
MOST = 100  # domains of one text


def receiving_domains(text: str) -> frozenset[str]:
    """The domains of the recipients that an error names, in small letters."""
    found: set[str] = set()
    for match in _RECIPIENT.finditer(text):
        found.add(match["domain"].lower())
        if len(found) >= MOST:
            break
    return frozenset(found)


def receiving_domain(text: str) -> str:
    """The domain of the first recipient, else the host that was asked; "" when untold."""
    found = _RECIPIENT.search(text) or _RELAY.search(text)
    return found["domain"].lower() if found else ""


def address_domain(text: str) -> str:
    """The domain of the first address in a text that is about a recipient; "" when untold."""
    found = _ADDRESS.search(text)
    return found["domain"].lower() if found else ""


def numbered(domains: Iterable[str], salt: str) -> frozenset[int]:
    """Domains as numbers below 65,536: enough to count them, and far too few to tell them."""
    return frozenset(
        int.from_bytes(hashlib.sha256(f"{salt}/{domain}".encode()).digest()[:2])
        for domain in domains
    )
