"""Splitting files into the errors they may hold, and counting those."""

from __future__ import annotations

import base64
import json
import quopri
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pasted import UNKNOWN

from bot.render.digest import cell
from bot.smtp import digest as counting
from bot.smtp import logs
from bot.smtp.answer import Answer
from bot.smtp.codes import Persistence
from bot.smtp.digest import Digest, form_of
from bot.smtp.logs import LONGEST_LINE, LONGEST_RECORD, reports
from bot.smtp.mails import LONGEST_TEXT
from bot.smtp.passage import LONGEST
from bot.smtp.plain_text import decoded, is_text
from bot.smtp.reasons import Reason
from bot.smtp.report import Report
from bot.smtp.spot import Spotter

FULL = "552 5.2.2 <eve@example.org>: Mailbox full, quota exceeded"
POSTFIX = (
    "Nov 20 09:12:4{0} mx1 postfix/smtp[12{0}]: 4ABC1{0}DEF: to=<bob@example.com>, "
    "relay=mx.example.com[192.0.2.1]:25, delay={0}.2, dsn=5.1.1, status=bounced "
    "(host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))"
)


def read(text: str, name: str = "") -> list[Report]:
    """The reports in a text, the same whether it comes whole or in small pieces."""
    whole = list(reports([text], name))
    assert whole == list(reports((text[i : i + 7] for i in range(0, len(text), 7)), name))
    return whole


# Logs


def test_a_log_is_read_line_by_line():
    log = "\n".join(POSTFIX.format(number) for number in range(3))
    found = read(log)
    assert [(each.line, each.domain) for each in found] == [(n, "example.com") for n in (1, 2, 3)]
    assert [each.at for each in found] == [f"Nov 20 09:12:4{n}" for n in range(3)]


@pytest.mark.parametrize(
    ("line", "domain", "at"),
    [
        (POSTFIX.format(1), "example.com", "Nov 20 09:12:41"),
        (
            "2026-11-20 09:12:41 1sAbCd-000abc-2X ** bob@Example.com R=dnslookup T=remote_smtp "
            "H=mx.example.net [192.0.2.1]: SMTP error: 550 5.1.1 unknown",
            "example.com",
            "2026-11-20 09:12:41",
        ),
        (
            "2026-11-20T09:12:41.123456+01:00 mx1 sendmail[9]: 5AKB: to=<bob@example.com>, "
            "relay=mx.example.com. [192.0.2.1], dsn=5.1.1, stat=User unknown",
            "example.com",
            "2026-11-20 09:12:41",
        ),
        (
            "Nov  2 09:12:41 mx1 x[1]: relay=mx.example.net[192.0.2.1]:25 550 5.1.1 no",
            "mx.example.net",
            "Nov  2 09:12:41",
        ),
        ("Nov  2 09:12:41 mx1 x[1]: orig_to=<a@example.org>, relay=none", "", "Nov  2 09:12:41"),
        (UNKNOWN, "example.net", ""),
    ],
)
def test_whose_mail_it_was_and_when(line: str, domain: str, at: str):
    report = read(f"{line}\n{line}")[0]
    assert (report.domain, report.at) == (domain, at)


def test_folded_lines_and_replies_of_several_lines_stay_together():
    text = f"""\
Nov 20 09:12:41 mx1 app: delivery failed
550-5.7.26 Unauthenticated email from example.com is not accepted due to
550-5.7.26 domain's DMARC policy.
550 5.7.26 Please contact the administrator.
Nov 20 09:12:42 mx1 app: {FULL}
  (in reply to RCPT TO command)
Nov 20 09:12:43 mx1 app: done
"""
    assert [(each.line, each.text.count("\n")) for each in read(text)] == [
        (1, 0),
        (2, 2),
        (5, 1),
        (7, 0),
    ]


def test_stack_traces_stay_together():
    text = """\
2026-11-20 09:12:41 ERROR mail: sending failed
Traceback (most recent call last):
  File "/srv/app/mailer.py", line 88, in deliver
    server.send_message(message)
smtplib.SMTPRecipientsRefused: {'bob@example.com': (550, b'5.1.1 User unknown')}
2026-11-20 09:12:42 ERROR mail: sending failed
jakarta.mail.SendFailedException: Invalid Addresses
\tat org.example.Mailer.send(Mailer.java:12)
Caused by: org.example.SMTPAddressFailedException: 550 5.1.1 User unknown
\tat org.example.Mailer.send(Mailer.java:14)
2026-11-20 09:12:43 INFO mail: done
"""
    found = read(text)
    assert [each.line for each in found] == [1, 6, 7, 11]
    assert "smtplib.SMTPRecipientsRefused" in found[0].text
    assert "550 5.1.1" in found[2].text


def test_a_log_whose_lines_are_all_indented_is_still_read_line_by_line():
    log = "\n".join("  " + POSTFIX.format(number) for number in range(3))
    assert len(read(log)) == 3
    assert len(read("\n".join(f"  {UNKNOWN}" for _ in range(3)))) == 3


def test_a_text_that_is_no_list_stays_whole():
    text = f"Hello,\n\nBob wrote that he got\n\n> {UNKNOWN}\n\nWhat now?\n"
    [report] = read(text)
    assert report == Report(text.rstrip("\n"), 5, "example.net", "", is_whole=True)


def test_bare_replies_are_records():
    assert [each.line for each in read(f"{UNKNOWN}\n\n{FULL}\n{UNKNOWN}\n")] == [1, 3, 4]


def test_line_ends_of_every_kind():
    for end in ("\r\n", "\r", "\n"):
        found = read(end.join(POSTFIX.format(number) for number in range(3)))
        assert [each.line for each in found] == [1, 2, 3]


def test_long_lines_are_cut():
    log = "\n".join([POSTFIX.format(1), "x" * 100_000, POSTFIX.format(2) + "y" * 100_000])
    found = read(log)
    assert [len(each.text) for each in found][1:] == [LONGEST_LINE] * 2
    assert found[2].domain == "example.com"


# Tables


def test_a_table_is_read_by_its_columns():
    text = (
        "email,reason,status,created\n"
        '"bob@example.com","550 5.1.1 User unknown\nTry another",5.1.1,2026-11-20 09:12:41\n'
        "eve@example.org,552 5.2.2 Mailbox full,5.2.2,2026-11-20 09:12:42\n"
    )
    first, second = read(text, "bounces.csv")
    assert first.text == "550 5.1.1 User unknown\nTry another 5.1.1"
    assert (first.line, first.domain, first.at) == (2, "example.com", "2026-11-20 09:12:41")
    assert (second.line, second.domain) == (4, "example.org")


def test_exchange_message_tracking():
    text = (
        "#Software: Microsoft Exchange Server\n#Log-type: Message Tracking Log\n"
        "#Fields: date-time,client-ip,event-id,recipient-address,recipient-status,"
        "message-subject,sender-address\n"
        "2026-11-20T09:12:41.123Z,192.0.2.1,FAIL,bob@example.com,"
        "[{LRT=};{LED=550 5.1.1 User unknown}],421 room,a@example.org\n"
    )
    [report] = read(text)
    assert report.text == "[{LRT=};{LED=550 5.1.1 User unknown}]"
    assert (report.domain, report.at, report.line) == ("example.com", "2026-11-20 09:12:41", 4)


# JSON

SES = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "timestamp": "2026-11-20T09:12:41.000Z",
        "bouncedRecipients": [
            {
                "emailAddress": "bob@example.com",
                "status": "5.1.1",
                "diagnosticCode": f"smtp; {UNKNOWN}",
            },
            {
                "emailAddress": "eve@example.org",
                "status": "5.2.2",
                "diagnosticCode": f"smtp; {FULL}",
            },
        ],
    },
    "mail": {"destination": ["bob@example.com"], "messageId": "0101"},
}
EVENTS = {
    "sendgrid": (
        {
            "email": "bob@example.com",
            "event": "bounce",
            "timestamp": 1795165961,
            "status": "5.1.1",
            "reason": UNKNOWN,
        },
        ["example.com"],
    ),
    "ses": (SES, ["example.com", "example.org"]),
    "sns": ({"Type": "Notification", "Message": json.dumps(SES)}, ["example.com", "example.org"]),
    "mailgun": (
        {
            "signature": {"timestamp": "1795165961"},
            "event-data": {
                "event": "failed",
                "severity": "permanent",
                "reason": "bounce",
                "recipient": "bob@example.com",
                "timestamp": 1795165961.5,
                "delivery-status": {
                    "code": 550,
                    "message": "5.1.1 User unknown",
                    "description": "",
                },
            },
        },
        ["example.com"],
    ),
    "postmark": (
        {
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "Email": "bob@example.com",
            "BouncedAt": "2026-11-20T09:12:41Z",
            "Details": f"smtp;{UNKNOWN}",
        },
        ["example.com"],
    ),
    "sparkpost": (
        {
            "msys": {
                "message_event": {
                    "type": "bounce",
                    "error_code": "550",
                    "rcpt_to": "bob@example.com",
                    "raw_reason": UNKNOWN,
                    "timestamp": "1795165961",
                }
            }
        },
        ["example.com"],
    ),
    "mandrill": (
        {
            "event": "hard_bounce",
            "ts": 1795165961,
            "msg": {"email": "bob@example.com", "diag": f"smtp;{UNKNOWN}"},
        },
        ["example.com"],
    ),
    "docker": (
        {"log": POSTFIX.format(1), "stream": "stderr", "time": "2026-11-20T09:12:41Z"},
        [""],
    ),
}


@pytest.mark.parametrize("service", EVENTS)
@pytest.mark.parametrize("shape", ["list", "lines", "pretty", "inside"])
def test_events_of_sending_services(spotter: Spotter, service: str, shape: str):
    event, domains = EVENTS[service]
    text = {
        "list": json.dumps([event, event]),
        "lines": "\n".join([json.dumps(event)] * 2),
        "pretty": json.dumps([event, event], indent=2),
        "inside": json.dumps({"total": 2, "items": [event, event]}),
    }[shape]
    found = [(report, answer) for report in read(text) for answer in spotter.spot(report.text)]
    if service != "docker":
        assert [report.domain for report, _ in found] == domains * 2
        assert {report.at for report, _ in found} == {"2026-11-20 09:12:41"}
    assert str(found[0][1].enhanced_code) == "5.1.1"
    if shape in ("lines", "pretty"):
        assert found[-1][0].line > found[0][0].line == (2 if shape == "pretty" else 1)


SUPPRESSED = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "bounceSubType": "OnAccountSuppressionList",
        "bouncedRecipients": [{"emailAddress": "bob@example.com"}],
    },
}
BLOCKED = {
    "event": "blocked",
    "email": "bob@example.com",
    "error_related_to": "mailjet",
    "error": "preblocked",
}
REJECTED = {"email": "bob@example.com", "status": "rejected", "reject_reason": "hard-bounce"}


@pytest.mark.parametrize("event", [SUPPRESSED, BLOCKED, REJECTED])
def test_a_failure_without_a_reply_is_told_by_what_the_service_calls_it(
    spotter: Spotter, event: dict[str, Any]
):
    [answer] = [
        answer for report in read(json.dumps(event)) for answer in spotter.spot(report.text)
    ]
    assert answer.reason is Reason.SUPPRESSED


def test_a_list_longer_than_any_event_is_read_to_its_end():
    event, _ = EVENTS["sendgrid"]
    text = json.dumps({"total": 2000, "items": [event] * 2000})
    assert len(list(reports([text]))) == 2000


def test_a_status_of_something_else_is_no_reply_code(spotter: Spotter):
    says = ("User not found", "quota exceeded", "Service unavailable", "Access denied")
    log = [{"status": code, "message": each} for code in (421, 450, 550, 554) for each in says]
    assert [report.text for report in read(json.dumps(log)) if spotter.spot(report.text)] == []


# Mails


def bounce(*recipients: str, coding: str = "", returned: str = "text/rfc822-headers") -> str:
    """A delivery report with a block for each recipient: its address and the reply."""
    blocks = "\n\n".join(
        f"Final-Recipient: rfc822; {address}\n"
        f"Action: {'delivered' if reply[0] == '2' else 'failed'}\nStatus: {reply[4:9]}\n"
        f"Diagnostic-Code: smtp; {reply[:20]}\n    {reply[20:]}"
        for address, reply in (each.split(" ", 1) for each in recipients)
    )
    report = f"Reporting-MTA: dns; mx1.example.org\n\n{blocks}\n"
    header = f"Content-Transfer-Encoding: {coding}\n" if coding else ""
    if coding == "base64":
        report = base64.encodebytes(report.encode()).decode()
    if coding == "quoted-printable":
        report = quopri.encodestring(report.encode()).decode()
    return f"""\
From: MAILER-DAEMON@mx1.example.org
To: reports@example.org
Date: Fri, 20 Nov 2026 10:12:41 +0100
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
    boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status
{header}
{report}
--b
Content-Type: {returned}

From: reports@example.org
Subject: 554 5.7.1 is in the subject of the copy

--b--
"""


BOB, EVE = f"bob@example.com {UNKNOWN}", f"eve@example.org {FULL}"


@pytest.mark.parametrize("coding", ["", "base64", "quoted-printable"])
@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_a_bounce_tells_of_every_recipient(spotter: Spotter, coding: str, returned: str):
    mail = bounce(BOB, EVE, "ok@example.com 250 2.0.0 fine", coding=coding, returned=returned)
    first, second = read(mail, "bounce.eml")
    assert (first.domain, second.domain) == ("example.com", "example.org")
    assert first.at == "2026-11-20 09:12:41"
    assert [str(spotter.spot(each.text)[0].enhanced_code) for each in (first, second)] == [
        "5.1.1",
        "5.2.2",
    ]
    if not coding:
        assert "bob@example.com" in mail.splitlines()[first.line - 1]
        assert "eve@example.org" in mail.splitlines()[second.line - 1]


def test_a_bounce_forwarded_as_an_attachment():
    inner = bounce(BOB)
    mail = (
        "From: eve@example.org\nTo: support@example.org\nSubject: help\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="m"\n\n--m\nContent-Type: text/plain\n\nHelp\n\n'
        f"--m\nContent-Type: message/rfc822\n\n{inner}\n--m--\n"
    )
    [report] = read(mail)
    assert (report.domain, "550 5.1.1" in report.text) == ("example.com", True)


def test_a_mailbox_of_bounces():
    mailbox = "".join(
        f"From MAILER-DAEMON Fri Nov 20 09:12:41 2026\n{bounce(each)}\n" for each in (BOB, EVE, BOB)
    )
    found = read(mailbox, "bounces.mbox")
    assert [each.domain for each in found] == ["example.com", "example.org", "example.com"]
    assert [each.line for each in found] == sorted({each.line for each in found})


def test_a_mail_without_a_report_is_read_as_text(spotter: Spotter):
    words = f"Your mail could not be delivered:\n\n<bob@example.net>: host said: {UNKNOWN}\n"
    coded = base64.encodebytes(words.encode()).decode()
    for body, headers in (
        (words, ""),
        (coded, "Content-Transfer-Encoding: base64\n"),
        (f"<p>{words.replace('<', '&lt;')}</p>", "Content-Type: text/html\n"),
    ):
        sender = "From: MAILER-DAEMON@example.org\nTo: a@example.org\nSubject: Failed\n"
        mail = f"{sender}{headers}\n{body}"
        [report] = read(mail, "bounce.eml")
        assert str(spotter.spot(report.text)[0].enhanced_code) == "5.1.1"
        assert report.domain == "example.net"


def test_words_for_people_do_not_tell_whose_mail_the_others_was():
    words = "I'm sorry to have to inform you that your message could not be delivered."
    mail = bounce(BOB, EVE).replace(
        words, f"<bob@example.com>: {UNKNOWN}\n\n<eve@example.org>: {FULL}"
    )
    mail = re.sub("(?m)^Diagnostic-Code:.*\n", "", mail)
    assert [report.domain for report in read(mail)] == ["example.com", "example.org"]


def test_a_report_that_begins_with_its_recipient():
    mail = bounce(BOB).replace("Reporting-MTA: dns; mx1.example.org\n", "")
    assert [report.domain for report in read(mail)] == ["example.com"]


def test_an_ordinary_mail_is_no_error(spotter: Spotter):
    mail = "From: a@example.org\nTo: b@example.org\nSubject: Lunch\n\nIn room 421 at 5.50?\n"
    assert [spotter.spot(report.text) for report in read(mail)] == [()]


def test_a_mail_of_too_many_parts_does_no_harm():
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(2000)
    )
    mail = f"From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n{nested}"
    assert len(read(mail, "x.eml")) <= 1


# Whatever comes

PIECES = st.sampled_from(
    [
        "Nov 20 09:12:41 mx1 postfix/smtp[1]: ",
        "550 5.1.1 ",
        "550-",
        "\n",
        "\r\n",
        "\n ",
        "\t",
        "{",
        "}",
        '{"reason": "550',
        '"',
        "[",
        "]",
        ",",
        "From ",
        "From: a\n",
        "To: b\n",
        "Subject: c\n",
        "Content-Type: ",
        "multipart/report; boundary=b\n\n",
        "--b\n",
        "message/delivery-status\n\n",
        "Final-Recipient: rfc822; a@b\n",
        "Content-Transfer-Encoding: base64\n",
        "email,reason\n",
        "#Fields: a,b",
        "Traceback (most recent",
        "to=<a@example.com>",
        "\x00",
        "\ufeff",
        "é",
        "\U0001f600",
        "=?utf-8?q?",
        "Date: ",
        "1795165961",
        "\ud800",
        '{"timestamp": 1e400, "msg": "x"}',
        '{"a":' * 50,
        "Date: Fri, 99 Nov 99999 10:12:41 +9999\n",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=60).map("".join)
NAMES = st.sampled_from(["", "x.eml", "x.mbox", "x.csv", "x.json", "x.log"])
LONGEST_REPORT = max(LONGEST_LINE, LONGEST_RECORD, LONGEST, 2 * LONGEST_TEXT)


@given(text=TEXTS, name=NAMES)
@example(text='{"timestamp": NaN, "msg": "x"}', name="")
@example(text='{"timestamp": 9999999999999999999999, "msg": "x"}', name="")
@example(text='email,reason\n"' + "x" * 200_000, name="x.csv")
@example(text='{"a":' * 5_000, name="")
@example(text="[" * 50_000 + "{", name="x.json")
@example(text="From: a\nContent-Type: multipart/mixed; boundary=\n\n--\n", name="x.eml")
@example(text="Final-Recipient: rfc822; a@b\n\ud800", name="")
def test_whatever_the_text_the_reports_are_bounded(text: str, name: str):
    for report in reports([text], name):
        assert len(report.text) <= LONGEST_REPORT
        assert len(report.domain) <= 253
        assert 1 <= report.line <= text.count("\n") + text.count("\r") + 1
        form_of(report.text)


@given(chunks=st.lists(st.binary(max_size=200), max_size=20), name=NAMES)
def test_whatever_the_bytes(chunks: list[bytes], name: str):
    is_text(b"".join(chunks))
    for report in reports(decoded(chunks), name):
        assert len(report.text) <= LONGEST_REPORT


def test_an_endless_line_takes_no_memory():
    def pieces() -> Iterator[str]:
        yield POSTFIX.format(1) + "\n"
        for _ in range(1000):
            yield "x" * 65_536

    assert sum(len(report.text) for report in reports(pieces())) < 2 * LONGEST_LINE


@pytest.mark.parametrize(
    "text", ["é ü ß", "日本語 550", "mixed \U0001f600"], ids=["latin", "japanese", "emoji"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(text: str, encoding: str):
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    content = marks.get(encoding, b"") + text.encode(encoding)
    assert is_text(content)
    assert "".join(decoded([content[:3], content[3:]])) == text
    assert "".join(decoded(["é ü".encode("latin-1"), b"x"])) == "é üx"


# Counting


def spotted(spotter: Spotter, calls: list[str]) -> counting.Explain:
    def explain(report: Report) -> Answer | None:
        calls.append(report.text)
        return next(iter(spotter.spot(report.text)), None)

    return explain


def test_lines_of_one_kind_are_explained_once(spotter: Spotter):
    calls: list[str] = []
    digest = Digest()
    digest.add(
        reports("\n".join(POSTFIX.format(n % 10) for n in range(500))), spotted(spotter, calls)
    )
    assert (digest.count, len(calls)) == (500, 1)
    assert digest.persistence == {Persistence.PERMANENT: 500}
    [cause] = digest.causes
    assert (cause.first, cause.last, cause.codes) == ("1", "500", {"550 5.1.1": 500})
    assert cause.domains == {"example.com": 500}


def test_a_digest_holds_nothing_of_the_text(spotter: Spotter):
    digest = Digest()
    digest.add(reports([POSTFIX.format(1)]), spotted(spotter, []))
    kept = repr(digest)
    assert "bob" not in kept
    assert "mx1" not in kept
    assert "192.0.2.1" not in kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("550 5.1.1 unknown", "550 5.1.2 unknown"),
        ("550 unknown", "450 unknown"),
        ("status=deferred (x)", "status=bounced (x)"),
        ("host mx.example.com said", "host mx.example.net said"),
        ("a@example.com refused", "a@example.net refused"),
        ("dsn=4.2.2, delay=1", "dsn=5.2.2, delay=1"),
    ],
)
def test_what_tells_errors_apart_is_not_masked(one: str, other: str):
    assert form_of(one) != form_of(other)


def test_a_text_too_varied_is_read_in_part(spotter: Spotter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counting, "MOST_FORMS", 10)
    lines = [f"Nov 20 09:12:41 mx1 app: {UNKNOWN} {chr(97 + n)}" for n in range(20)]
    digest = Digest()
    digest.add(reports("\n".join(lines)), spotted(spotter, []))
    assert (digest.count, digest.read_to) == (10, 10)


def test_domains_beyond_a_bound_are_others(spotter: Spotter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(counting, "MOST_DOMAINS", 3)
    lines = [POSTFIX.format(1).replace("example.com", f"d{n}.example.com") for n in range(10)]
    digest = Digest()
    digest.add(reports("\n".join(lines)), spotted(spotter, []))
    assert digest.domains == {f"d{n}.example.com": 1 for n in range(3)} | {counting.OTHERS: 7}


def test_the_newest_first_or_last_the_span_is_the_same(spotter: Spotter):
    days = [f"2026-11-{day} 09:12:41 mx1 app: {UNKNOWN}" for day in (18, 20, 19)]
    for lines in (days, days[::-1]):
        digest = Digest()
        digest.add(reports("\n".join(lines)), spotted(spotter, []))
        assert (digest.first_at, digest.last_at) == ("2026-11-18 09:12:41", "2026-11-20 09:12:41")


@given(st.text())
def test_no_cell_begins_a_formula(text: str):
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell(text).removeprefix("'") == text.removeprefix("'")


def test_the_head_is_enough_to_tell_the_kind():
    assert logs.HEAD < LONGEST
