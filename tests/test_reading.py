"""Codes are read where servers, logs and libraries put them, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.smtp.reading import read_codes

READ = [
    ("550 5.1.1 User unknown", "550", "5.1.1"),
    ("550-5.7.26 Unauthenticated email\n550 5.7.26 is not accepted", "550", "5.7.26"),
    ("550 #5.1.0 Address rejected.", "550", "5.1.0"),
    ("451 Try again later [#4.16.1].", "451", "4.16.1"),
    ("smtp;554 5.7.1 Relaying denied", "554", "5.7.1"),
    ("Diagnostic-Code: smtp; 422 User mailbox exceeds allowed size", "422", None),
    ("smtplib.SMTPRecipientsRefused: {'a@example.com': (550, b'5.1.1 unknown')}", "550", "5.1.1"),
    ("Error: Message failed: 552 too big\n  responseCode: 552,", "552", None),
    ("<<< 503 Valid RCPT command must precede DATA", "503", None),
    ('Expected response code "250" but got code "535", with message', "535", None),
    ("relay=mx.example.net[192.0.2.5]:25, dsn=5.4.4, status=bounced", None, "5.4.4"),
    (
        "(host mx.example.net[192.0.2.5] said: 450 4.2.0 <a@example.com>: Greylisted)",
        "450",
        "4.2.0",
    ),
    ("Our system has detected that this message is 421-4.7.0 suspicious", "421", "4.7.0"),
    ("Out: 220 mx.example.net ESMTP\nIn: EHLO\nOut: 451 4.3.0 Error: queue", "451", "4.3.0"),
    ("450 User is receiving mail too quickly", "450", None),
    ("421 Unauthorized relay", "421", None),
    # What a command before was answered does not stand for the failure.
    ("<-  250 2.1.0 Ok\n -> RCPT TO:<a@example.com>\n<** 550 no such user", "550", None),
    ("<-  220 mx ESMTP\n<-  250 2.1.0 Ok\n<** 550 5.1.1 no such user", "550", "5.1.1"),
    ("250 2.0.0 Ok: queued as 4F1xQ5", "250", "2.0.0"),
    # PHPMailer 5 and older Node libraries leave no space before the reply.
    ("SMTP -> FROM SERVER:421 Too many connections", "421", None),
    ("Error: Mail command failed:501 no such sender", "501", None),
    # Exchange's notices; what it tried for days it returns with a transient enhanced code.
    ("#550 4.4.7 QUEUE.Expired; message expired ##", "550", "4.4.7"),
    ("#554 5.1.0 Sender denied ##", "554", "5.1.0"),
    ("#< #5.1.1 smtp;550 5.1.1 User unknown> #SMTP#", "550", "5.1.1"),
    ("#<mail.example.com #5.4.4 SMTP; Unable to route>", None, "5.4.4"),
]

NOT_READ = [
    "Could not connect to smtp.example.com[192.0.2.5]:587",
    "postfix/smtp[592]: connect to mx.example.com",
    "PHP Notice in /srv/mailer.php:419",
    "room 421 at 4 pm",
    "we have 550 users",
    "curl 7.55.1 and node v4.2.2",
    "server 5.175.165.32 answered",
    "version 5.2.1.9 is out",
    "it took 450 ms",
    "$500/month",
    "call 555-421-550",
    "see #421",
    "the process ended with exit status 251",
    "Office 365",
    # A web API's status with its own words (RFC 9110, 15.5).
    "sending failed: 401 Unauthorized",
    "the service answered 413 Payload Too Large",
]


@pytest.mark.parametrize(("text", "reply", "enhanced"), READ)
def test_codes_are_read(text: str, reply: str | None, enhanced: str | None):
    codes = read_codes(text)
    assert (codes.reply, codes.enhanced) == (reply, enhanced)


@pytest.mark.parametrize("text", NOT_READ)
def test_other_numbers_are_no_codes(text: str):
    codes = read_codes(text)
    assert (codes.reply, codes.enhanced) == (None, None)


def test_the_nested_reply_is_read_beside_the_outer_one():
    codes = read_codes("554 4.4.7 Message expired <421 4.4.2 Connection timed out>")
    assert codes.reply == "421" or "421" in codes.all_replies
    assert set(codes.all_enhanced) == {"4.4.7", "4.4.2"}


def test_an_enhanced_code_that_says_nothing_gives_way_to_one_that_does():
    assert read_codes("Status: 5.0.0\nDiagnostic-Code: X-Unix; 5.2.2 quota").enhanced == "5.2.2"


@given(st.text(max_size=300))
def test_anything_can_be_read(text: str):
    codes = read_codes(text)
    assert codes.reply is None or codes.reply in codes.all_replies
