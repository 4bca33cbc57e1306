"""Read a dialogue of client and server (RFC 5321, appendix D), as debuggers and telnet show it."""

from __future__ import annotations

import re
from typing import NamedTuple

# What stands before the words of either side: PHPMailer, Swift Mailer, swaks, Roundcube, books.
_MARK = (
    r"(?:SERVER\ ->\ CLIENT:|CLIENT\ ->\ SERVER:|<{1,3}|>{1,3}|<-|->|<~|~>|<\*\*|<~\*|[SC]:"
    r"|Recv:|Send:)"
)
_REPLY = re.compile(rf"(?:.{{0,60}}?{_MARK})?\s*([2-5]\d\d(?:[ -].*|$))", re.VERBOSE)
_COMMAND = re.compile(
    rf"""(?:.{{0,60}}?{_MARK})?\s*
        (?:EHLO|HELO|MAIL\ FROM:|RCPT\ TO:|DATA|AUTH|STARTTLS|QUIT|RSET|NOOP|VRFY)(?:\s|<|$)""",
    re.VERBOSE | re.IGNORECASE,
)
# Where the lines of a dialogue begin that was pasted as one line.
_TURN = re.compile(r"\s+(?=(?:<<|>>|!!|\+\+|SERVER -> CLIENT:|CLIENT -> SERVER:|Recv:|Send:) )")
# A dialogue has one of these, in lower case; looking for them is cheap, and most texts have none.
_PIECES = ("ehlo", "helo", "starttls", "mail from:", "client -> server", "auth ")
_GO_ON = ("2", "3")  # first digits of replies that ask to go on (RFC 5321, 4.2.1)


class Dialogue(NamedTuple):
    """The lines of a dialogue that tell why it failed, without marks of who said them."""

    refused: list[str]  # the server's refusals
    around: list[str]  # what neither side said: errors of the program that showed it


def read_dialogue(text: str) -> Dialogue | None:
    """What a dialogue tells of a failure; None when a text is none, or tells nothing."""
    low = text.lower()
    if not any(map(low.__contains__, _PIECES)):
        return None
    lines = _TURN.sub("\n", text).splitlines()
    replies = list(map(_REPLY.match, lines))
    commands = list(map(_COMMAND.match, lines))
    if not any(commands) or not any(reply and reply[1][0] in _GO_ON for reply in replies):
        return None
    refused = [reply[1] for reply in replies if reply and reply[1][0] not in _GO_ON]
    around = [
        line
        for line, reply, command in zip(lines, replies, commands, strict=True)
        if not reply and not command and line.strip()
    ]
    return Dialogue(refused, around) if refused or around else None
