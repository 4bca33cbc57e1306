"""Reduce an error to the form that may be counted: words that servers use, and nobody's data.

Only failure codes and words that known phrases have are kept, so no name, address or password can
be among them. What else stood there is named by its kind, with the placeholders that phrases have
(knowledge/README.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.smtp.reading import Codes, read_codes
from bot.smtp.words import folded, listed

LONGEST = 200  # characters of a masked form
READ = 1000  # characters that it is made of; a server's reply has fewer
LEAST_WORDS = 3  # known words, two beside a code; fewer tell nobody what failed
LEAST_SHARE = 0.6  # of the words that have to be known ones; in people's sentences fewer are
LONGEST_WORD = 24  # letters; longer ones are ids

# Every repetition is bounded and gives nothing back: no input makes the scan more than linear.
_TOKEN = re.compile(
    r"""
      (?P<url>     [a-z][a-z0-9+.-]{1,20}+://[^\s<>"']{1,2000}+ )
    | (?P<address> <?[^\s<>@"'()\[\],;:]{1,64}+@[\w.\[\]:-]{1,255}+>? )
    | (?P<quoted>  <[^<>\n]{1,64}+> | "[^"\n]{1,64}+" | “[^”\n]{1,64}+” | «[^»\n]{1,64}+»
                 | \u2018[^\u2019\n]{1,64}+\u2019 | (?<!\w)'[^'\n]{1,64}+'(?!\w) | `[^`\n]{1,64}+` )
    | (?P<time>    \d{1,2}:\d\d(?::\d\d)?(?![\w:]) )
    | (?P<ip>      (?:ipv6:)?[0-9a-f]{0,4}+:[0-9a-f]{0,4}+:[0-9a-f:]{0,60}+ )
    | (?P<reply>   [45]\d\d(?=-) )                      # 550-5.7.1
    | (?P<dotted>  \w[\w-]{0,255}+(?:\.[\w-]{1,255}+){1,30}+ )
    | (?P<word>    [^\W_][\w=+]{0,2000}+ )
    """,
    re.VERBOSE,
)
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_LETTERS = re.compile(r"[^\W\d_]+")
TEXT, ADDRESS, NUMBER = "<text>", "<address>", "<number>"
SLASHES_OF_A_HOST = 2  # in a link without a path
_KINDS = {"url": "<url>", "address": ADDRESS, "time": "<date>", "ip": "<ip>"}

_PARAGRAPH_ENDS = re.compile(r"\n[ \t]*\n")
# What begins with 40 or 41 is HTTP's.
_MAIL_REPLY = re.compile(r"4[2-7]\d|5\d\d")

# What only mail is about; and what mail errors are about too, told by the code in front.
_MAIL = listed(
    """
    bounce bounced deliver delivered delivery dkim dmarc dnsbl email emails greylisted greylisting
    helo ehlo mail mailbox mailboxes mailer mx postmaster rcpt recipient recipients relay relaying
    sender senders smtp spam spf undeliverable undelivered
    """
)
_BESIDE_A_CODE = _MAIL | listed(
    """
    account address attachment authentication blacklist blacklisted blocklist client connection
    content data dns domain from header host ip message messages policy ptr queue quota reputation
    rfc server session size starttls tls user users virus
    """
)
_FAILURE = listed(
    """
    abort aborted bad banned blocked bounced broken cannot closed closing deferred delayed denied
    disabled disallowed error exceed exceeded exceeds exist expired fail failed failure failures
    forbidden full greylisted illegal inactive incomplete invalid lost malformed missing no not
    over prohibited refused reject rejected rejects suspended temporarily temporary timeout
    unable unacceptable unauthenticated unauthorized unavailable undeliverable undelivered unknown
    unreachable unresolvable unrouteable unsupported violation
    """
)
# What people say to each other, and servers to nobody.
_CHAT = listed(
    """
    also anybody anyone btw but can't didn't don't everyone folks guess guys haha have he hello her
    hers here hey hi him his i i'd i'll i'm i've it's just lol maybe me my only our says she so
    some somebody someone somehow still thanks that's there's they think thought today tomorrow
    wait wanna want we we're what what's when where who why wondering would yeah yes yesterday
    """
)


def masked(passage: str, knows: Callable[[str], bool]) -> str:
    """The form under which an error is counted, at most LONGEST characters; "" when it is none.

    `passage` is a cleaned text; `knows` tells which words servers are known to use.
    """
    codes = read_codes(passage)
    begin = _begin(passage, codes)
    text = _PARAGRAPH_ENDS.split(passage[begin or 0 :].strip())[0][:READ]
    # "4.2.0" may be a version that people talk about; a reply code in its place is a server's.
    if not (codes.paired or (begin is not None and codes.led)) and _is_chat(text):
        return ""
    pieces = list(_pieces(folded(text.lower()), codes, knows))
    words = [piece for piece in pieces if piece[0].isalpha()]
    least = LEAST_WORDS if begin is None else LEAST_WORDS - 1
    if len(words) < max(least, LEAST_SHARE * (len(words) + pieces.count(TEXT))):
        return ""
    about = _MAIL if begin is None else _BESIDE_A_CODE
    if not codes.paired and (about.isdisjoint(words) or _FAILURE.isdisjoint(words)):
        return ""
    return _joined(pieces)


def _begin(passage: str, codes: Codes) -> int | None:
    """Where a server's reply begins: at its code, if there is one where servers put theirs."""
    sure = [codes.enhanced] if codes.enhanced and codes.enhanced[0] in "45" else []
    if codes.reply and (codes.led or codes.paired) and _MAIL_REPLY.fullmatch(codes.reply):
        sure.append(codes.reply)
    places = [re.search(rf"(?<![\w.]){re.escape(code)}(?!\w)", passage) for code in sure]
    return min((place.start() for place in places if place), default=None)


def _is_chat(passage: str) -> bool:
    words = (word.strip("\"'.,:;!()") for word in passage.lower().replace("\u2019", "'").split())
    return "?" in passage or not _CHAT.isdisjoint(words)


def _pieces(text: str, codes: Codes, knows: Callable[[str], bool]) -> Iterator[str]:
    """Each word of a lower-case text, or the kind of thing that stood there."""
    every = (codes.reply, codes.enhanced, *codes.all_replies, *codes.all_enhanced)
    read = {code for code in every if code and code[0] in "45"}
    for found in _TOKEN.finditer(text):
        kind, token = found.lastgroup or "", found.group()
        if token in read:
            yield token
        elif kind == "url" and token.count("/") == SLASHES_OF_A_HOST:
            yield "<domain>"  # Slack makes links of the host names in a message
        elif kind in _KINDS:
            yield _KINDS[kind]
        elif kind == "quoted":
            yield ADDRESS if "@" in token else TEXT
        elif kind == "dotted":
            yield _dotted(token)
        elif len(token) <= LONGEST_WORD and _LETTERS.fullmatch(token):
            yield token if knows(token) else TEXT
        else:
            yield NUMBER if token.isdecimal() else "<id>"


def _dotted(token: str) -> str:
    if _IPV4.fullmatch(token):
        return "<ip>"
    return "<domain>" if any(letter.isalpha() for letter in token) else NUMBER


def _joined(pieces: list[str]) -> str:
    """The pieces as one line: a code once, no kind of thing twice in a row or at an end."""
    line: list[str] = []
    room = LONGEST
    for piece in pieces:
        is_again = piece in line if piece[0].isdigit() else line[-1:] == [piece]
        if is_again and not piece[0].isalpha():
            continue
        if is_kind(piece) and not line:
            continue
        room -= len(piece) + bool(line)
        if room < 0:
            break
        line.append(piece)
    while line and is_kind(line[-1]):
        line.pop()
    return " ".join(line)


def is_kind(piece: str) -> bool:
    """Whether a piece of a masked form only names the kind of what stood there: "<address>"."""
    return piece.startswith("<")
