"""Clean a pasted text, and find in a long notice the lines that tell why it failed."""

from __future__ import annotations

import email
import email.message
import email.policy
import html
import re
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from bot.smtp.dialogue import read_dialogue

LONGEST = 40_000  # characters read of one text: Slack's own limit for a message

# Possessive, as a text may be nothing but one bracket and at signs.
_SLACK_LINK = re.compile(r"<(?:mailto:)?([^<>|\s]{3,4000}+)\|[^<>]{0,2000}+>")
_LEADS_SOMEWHERE = re.compile(r".[^@:/]{0,4000}+[@:/].")
_SLACK_PLAIN_LINK = re.compile(r"<(?:mailto:)([^<>|\s]{1,2000})>|<(https?://[^<>|\s]{1,2000})>")
_SLACK_MENTION = re.compile(r"<[@#!][^<>\s]{1,80}(?:\|[^<>]{0,80})?>")
_ESCAPED_LINE_END = re.compile(r"\\r\\n|\\n|\\r|\\t")
# Zero-width characters, direction marks and soft hyphens, which hide in pasted web pages; and
# halves of characters, which JSON can bring and Python's parser of mails stops at.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
# Tags of a copied web page or of a notice that is one; <jane@example.com> is none.
_TAG = re.compile(
    r"""</?(?:html|head|body|meta|title|style|p|br|hr|div|span|h[1-6]|t(?:able|body|head|r|d|h)
      |[uo]l|li|pre|code|blockquote|font|center|strong|em|b|i|u|a|img)(?:\s[^<>]{0,500})?/?>""",
    re.VERBOSE | re.IGNORECASE,
)
# qmail's log joins the words of a reply: delivery 7: failure: Remote_host_said:_550_no_such_user/
_QMAIL_LOG = re.compile(r"(?<=: )(?:failure|deferral|success): \S{1,4000}")
_BLANKS = re.compile("[\u00a0\u2000-\u200a\u202f\u3000\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean(text: str) -> str:
    """Undo what Slack, JSON and web pages do to a pasted text; at most LONGEST characters."""
    text = text[:LONGEST]
    if "<" in text and ("|" in text or "<mailto:" in text or "<http" in text or "<@" in text):
        text = _SLACK_LINK.sub(lambda m: m[1] if _LEADS_SOMEWHERE.match(m[1]) else m[0], text)
        text = _SLACK_PLAIN_LINK.sub(lambda m: m[1] or m[2], text)
        text = _SLACK_MENTION.sub(" ", text)
    if "</" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = _ESCAPED_LINE_END.sub("\n", text)
    if "_" in text and "delivery" in text:
        text = _QMAIL_LOG.sub(lambda m: m[0].replace("_", " "), text)
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    return _BLANKS.sub(" ", text)


LONG = 400  # characters; a shorter text of one line is no notice
SHORT = 60  # characters; a shorter text has nothing around the server's words

_HEADERS = re.compile(
    r"(?:From [^\n]*\n)?(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){3,}"
)
_SUBJECT = re.compile(r"^subject:[ \t]*([^\n]{1,300})", re.IGNORECASE | re.MULTILINE)
# From here on a notice repeats the message that came back.
_COPY_BEGINS = re.compile(
    r"""
    ^[ \t>*]*(?:
        -{2,}[ ]?(?:below[ ]this[ ]line|this[ ]is[ ]a[ ]copy|original[ ]message|unsent[ ]message
                 |returned[ ]message|message[ ]header|the[ ]header|enclosed[ ]is
                 |the[ ]body[ ]of[ ]the)
      | -{2,}[ ](?:the[ ]following[ ]is[ ])?a[ ]copy[ ]of
      | (?:message|original)[ ](?:message[ ])?headers?(?:[ ]follows?)?[.:]?[ ]*$
      | below[ ]is[ ](?:a[ ]copy[ ]of[ ])?the[ ](?:original|header|first)
      | original[ ]mail[ ]as[ ]follows
      | content-type:[ ]*(?:message/rfc822|text/rfc822-headers|message/global)
      | return-path:[ ]*<
      | received:[ ]*(?:from|by)[ ]
      | (?:x-received|dkim-signature|arc-seal|authentication-results):[ ]
    )
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)


def _words(words: Iterable[str], ending: str) -> list[tuple[str, str]]:
    """Each of these words with a pattern: they, and what must follow."""
    return [(each, each.replace(" ", r"\ ") + ending) for each in words]


# The remote server's own words begin after one of these; the strongest first. Beside each stands
# a piece that a text must have for it, because looking for a piece is far cheaper.
_LEADS = tuple(
    (piece, re.compile(pattern, re.VERBOSE | re.IGNORECASE | re.MULTILINE))
    for piece, pattern in (
        ("diagnostic-code:", r"^diagnostic-code:[ \t]*(?:[\w-]{1,20};)?"),
        ("said:", r"\bsaid:\s"),
        ("responded with", r"\bresponded\ with:\s\"?(?=[245]\d\d[ -])"),  # Exchange
        ("refused to talk", r"\brefused\ to\ talk\ to\ me:\s"),
        (
            "smtp error from",
            r"""smtp\ error\ from\ remote\ (?:mail\ ?)?serv?er [^:\n]{0,60}:
                (?:[^\s:]{1,80}:)? (?:\ size=\d+:)?""",
        ),
        ("response from the", r"response\ from\ the\ remote\ server[^:\n]{0,40}:\s"),
        *_words(
            (
                "reason for the problem",
                "reason given",
                "error that the other server returned",
                "error returned by the server",
                "following error was returned",
                "the error was",
                "returned the following error",
                "gave this error",
                "with the following error",
            ),
            r"[^:\n]{0,40}:\s",
        ),
        *_words(
            (
                f"remote {who} {said}"
                for who in ("host", "server")
                for said in ("said", "returned", "replied")
            ),
            r"[:'\"\ ]{1,4}(?=[245][\d.])",
        ),
        # Thunderbird, and msmtp
        *_words(
            ("server responded:", "incorrect greeting:", "server message:"),
            r"\s+(?=[245][\d.]\d)",
        ),
        ("smtp server returned", r"smtp\ server\ returned[:'\"\ ]{1,4}"),
        ("server response", r"server\ response(?:\ was)?:\s"),
        ("with message", r"\bwith\ message\ \""),  # Symfony Mailer
        ('err="', r"\berr=\""),  # Go programs' logs
        ("b'", r"\([245]\d\d,\ b'"),  # Python's smtplib
        ('b"', r'\([245]\d\d,\ b"'),
        ("exception: ", r"exception:\s(?=[245]\d\d[ -])"),  # Java
        ("error: ", r"error:\s(?=[245]\d\d[ -])"),  # Node.js
        ("(reason:", r"\(reason:\s"),
        ("(error:", r"\(error:\s"),  # Nextcloud
        ("\n", r"^[ \t]*(?:<<<|reason:|error:|<-)[ \t]*(?=[245]\d\d|[a-z])"),
        ("\n", r"^(?=[ \t]*(?:[45]\d\d[ -]|[45]\.\d\.\d{1,3}[ ]))"),
    )
)
_TELLING_ENDS = re.compile(
    r"""\(in\ reply\ to | \n[ \t]*\n | \n[A-Za-z-]{4,30}:[ ] | \nConnection\ closed\ by | \Z""",
    re.VERBOSE,
)
MOST_TOLD = 8  # quotations of servers read in one notice; more repeat the same failure
TOLD_LENGTH = 1200  # characters of one quotation


# What every notice of a mail system says, whatever the cause; each with a piece of it, as above.
_BOILERPLATE = tuple(
    (piece, re.compile(pattern, re.VERBOSE | re.IGNORECASE | re.MULTILINE))
    for piece, pattern in (
        (
            "this is the ",
            r"""this\ is\ the\ (?:mail\ (?:system|delivery\ (?:system|agent|software))
                | mailer-daemon | qmail-send\ program | email\ security\ gateway
                | dragonfly\ mail\ agent )[^\n]{0,120}""",
        ),
        ("is an automatically", r"this\ is\ an\ automatically\ generated[^\n]{0,120}"),
        ("message was created", r"this\ message\ was\ created\ automatically\ by[^\n.]{0,80}\.?"),
        (
            "sorry",
            r"(?:i'm|we\ are|i\ am)\ sorry\b[^.]{0,200}\.(?:\s+it's\ attached\ below\.)?",
        ),
        ("afraid", r"(?:i'm|we\ are|i\ am)\ afraid\b[^.]{0,200}\."),
        ("for further assistance", r"for\ further\ assistance[^.]{0,80}\."),
        (
            "if you do so",
            r"""if\ you\ do\ so,\ please\ include[^.]{0,120}\.
                \s+you\ can\s+delete[^.]{0,120}\.""",
        ),
        (
            "you sent",
            r"""an?\ (?:e-?mail\ )?message\ (?:that\ )?you\ sent\b[^.:]{0,80}
                \ (?:could|has)\ not\b[^.:]{0,160}[.:]""",
        ),
        (
            "permanent error",
            r"""(?:this|it)\ is\ a\ permanent\ error[.;]?
                (?:\s+i've\ given\ up\.(?:\s+sorry\ it\ didn't\ work\ out\.)?)?""",
        ),
        (
            "the following address",
            r"the\ following\ address(?:es|\(es\))?\s+(?:failed|had\b[^\n:]{0,60}):?",
        ),
        ("an error has occurred", r"an\ error\ has\ occurred\b[^:]{0,160}:"),
        ("there was an error", r"there\ was\ an\ error\b[^:]{0,160}:"),
        ("message is delayed", r"a\ message\ is\ delayed\b[^:]{0,160}:"),
        ("to the following", r"(?:your\ mail\ )?message\ to\ the\ following[^.:]{0,80}[.:]"),
        (
            "it will be retried",  # Postfix's warning of a delay, whose cause stands below it
            r"""your\ message\ could\ not\ be\ delivered\ for\ more\ than[^.]{0,40}\.
                \s+it\ will\ be\ retried[^.]{0,60}\.""",
        ),
        (
            "this is a warning only",
            r"""[#]?\ ?this\ is\ a\ warning\ only\.
                \s+you\ do\ not\ need\ to\ resend[^.]{0,20}\.(?:\ [#])?""",
        ),
        ("giving up on", r"giving\ up\ on\ [\d.]{7,15}\.?"),
        ("mail system", r"(?:the\ )?mail\ system$"),
        ("hi!", r"^[ \t]*hi!.{0,40}$"),
        ("hi.", r"^[ \t]*hi\..{0,40}$"),
    )
)


_SAYS_SOMETHING = re.compile(r"\w")


class Passage(NamedTuple):
    """What a cleaned text says of a failure: all of it, and the words of the server it quotes."""

    body: str
    quote: str


# Said only because of another reply, which stands beside it.
_FOLLOW_UP = re.compile(
    r"""
      ^[^\n]{0,20}\b5\d\d[ -][^\n]{0,40}\b(?:
          valid\ rcpt\ command\ must\ precede\ data | no\ valid\ recipients | need\ rcpt )[^\n]*
    # Sendmail's summary of what was said to it
    | ^554\ (?:5\.0\.0\ )?(?:<[^<>\n]{1,320}>\.{3}\ )?service\ unavailable[ \t]*$
    | all\ rcpt\ commands\ were\ rejected\ with\ this\ error:?
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
# Cisco's gateways put the code's name before the reply: 5.1.0 - Unknown address error 550-'...'
_CODE_NAMED = re.compile(r"\b[45]\.\d\.\d - [A-Za-z /-]{4,80}(?=[45]\d\d-')")
_REPLY_LINE = re.compile(r"^(?:[ \t<>*~-]{1,8}|S: ?)?([2-5])\d\d[ -]")
# Above each recipient's own failure in a notice of qmail's kind.
_RECIPIENT = re.compile(r"^<[^<>\s]{1,320}>:[ \t]*$", re.MULTILINE)
# What tells of a failure: a code, or the name of a delivery program in front of its own words.
_FAILURE = re.compile(
    r"\b[45]\d\d[ -]|\b[45]\.\d\.\d|^(?:mail\.local|procmail|maildrop): ", re.MULTILINE
)


def find_passage(text: str) -> Passage:
    """Find where a cleaned text says why; a text of one short line is its own quote."""
    body, quote = _find_passage(text)
    if "-'" in quote:
        quote = _CODE_NAMED.sub("", quote)
    return Passage(body, _first_failure(quote) if "\n" in quote else quote)


def _first_failure(quote: str) -> str:
    """The replies that say why, without those that follow from them, were overcome or were fine.

    Of several recipients it is the first one's failure.
    """
    if second := next(islice(_RECIPIENT.finditer(quote), 1, None), None):
        quote = quote[: second.start()]
    rest = _FOLLOW_UP.sub("", quote)
    lines = (rest if _FAILURE.search(rest) else quote).splitlines()
    classes = [found and found[1] for found in map(_REPLY_LINE.match, lines)]
    failing = next((class_ for class_ in "54" if class_ in classes), None)
    if failing is None:
        return "\n".join(lines)
    told = (None, failing)
    return "\n".join(line for line, class_ in zip(lines, classes, strict=True) if class_ in told)


def _find_passage(text: str) -> Passage:
    body = notice_body(text) if len(text) > LONG or "\n" in text else text
    if len(body) <= SHORT:
        return Passage(body, body)
    if dialogue := read_dialogue(body):
        refused = "\n".join(dialogue.refused)
        around = "\n".join(dialogue.around)
        return Passage(f"{refused}\n{around}".strip(), refused or around)
    low = body.lower()
    for piece, lead in _LEADS:
        if piece in low and (told := "\n".join(_told_after(lead, body))):
            if not _FOLLOW_UP.sub("", told).strip():
                break  # what it follows from stands before it
            return Passage(body, told)
    without = body
    if "message" in low or "mail" in low:
        for piece, said in _BOILERPLATE:
            if piece in low:
                without = said.sub(" ", without)
    return Passage(body, without if _SAYS_SOMETHING.search(without) else body)


def _told_after(lead: re.Pattern[str], body: str) -> list[str]:
    """What follows a lead-in up to the end of the quotation, each once."""
    told: dict[str, None] = {}
    read = 0
    for found in islice(lead.finditer(body), MOST_TOLD):
        if found.end() < read:
            continue  # the next line of the same quotation
        end = _TELLING_ENDS.search(body, found.end(), found.end() + TOLD_LENGTH)
        read = end.start() if end else found.end() + TOLD_LENGTH
        words = body[found.end() : read].strip()
        if len(words) > SHORTEST_TOLD:
            told.setdefault(words)
    return list(told)


SHORTEST_TOLD = 3  # characters: a bare code says nothing that the rest does not


def notice_body(text: str) -> str:
    """A notice without its headers and without the copy of the message that came back."""
    head = _HEADERS.match(text)
    if head and "\n\n" in text[head.end() - 1 :][:2] + text[head.end() :][:2]:
        text = _decoded(text) or text[head.end() :]
    begin = len(text) - len(text.lstrip())
    copy = next((m for m in _COPY_BEGINS.finditer(text) if text[begin : m.start()].strip()), None)
    told = text[: copy.start()] if copy else text
    if head and " " not in told.strip() and (subject := _SUBJECT.search(head[0])):
        return subject[1]  # a complaint may be nothing but the mail complained of
    return told


def _decoded(text: str) -> str | None:
    """The readable parts of a MIME notice, decoded; None when it has no parts to decode."""
    message = email.message_from_string(text, policy=email.policy.compat32)
    if not message.is_multipart() and "content-transfer-encoding" not in message:
        return None
    parts: list[str] = []
    for part in message.walk():
        kind = part.get_content_type()
        if kind in ("message/rfc822", "text/rfc822-headers", "message/global"):
            break
        if kind in ("message/delivery-status", "message/feedback-report"):
            parts.extend(
                str(block)
                for block in part.get_payload()
                if isinstance(block, email.message.Message)
            )
        elif part.get_content_maintype() == "text" and kind != "text/html":
            parts.append(_text(part))
    return "\n\n".join(parts)


def _text(part: email.message.Message) -> str:
    if str(part.get("content-transfer-encoding", "")).lower() not in ("base64", "quoted-printable"):
        return str(part.get_payload())
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return str(part.get_payload())
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("latin-1")
