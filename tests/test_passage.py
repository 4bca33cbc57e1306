"""A paste is cleaned, and in a notice the server's own words are found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.smtp.passage import LONGEST, clean, find_passage

POSTFIX_NOTICE = """\
This is the mail system at host mail.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<jane@example.com>: host mx1.example.com[192.0.2.25] said: 550 5.1.1
    <jane@example.com>: Recipient address rejected: User unknown (in reply to
    RCPT TO command)

Content-Type: message/rfc822

Subject: your mailbox is full
"""

DSN = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example.net
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

WW91ciBtZXNzYWdlIHdhcyBub3QgZGVsaXZlcmVkLg==

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Final-Recipient: rfc822; jane@example.com
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 Mailbox full,
    try again when there is room

--b1
Content-Type: message/rfc822

Subject: hello

body
--b1--
"""


def test_a_postfix_notice_tells_what_the_host_said():
    passage = find_passage(POSTFIX_NOTICE)
    assert passage.quote.startswith("550 5.1.1")
    assert "User unknown" in passage.quote
    assert "mailbox is full" not in passage.body


def test_a_dsn_tells_its_diagnostic_code_and_decodes_its_text():
    passage = find_passage(DSN)
    assert passage.quote.split() == (
        ["552", "5.2.2", "Mailbox", "full,", "try", "again", "when", "there", "is", "room"]
    )
    assert "Your message was not delivered." in passage.body
    assert "hello" not in passage.body


def test_a_line_is_its_own_quote():
    line = "421 4.7.0 Try again later"
    assert find_passage(line) == (line, line)


def test_escaped_line_ends_and_entities_are_undone():
    assert clean("550-5.7.1 a\\r\\n550 5.7.1 b &lt;c&gt;") == "550-5.7.1 a\n550 5.7.1 b <c>"


def test_slack_links_become_what_was_pasted():
    assert clean("<mailto:a@example.com|a@example.com> <https://example.com/x>") == (
        "a@example.com https://example.com/x"
    )


def test_hidden_characters_do_not_hide_a_word():
    assert clean("mail\u200bbox full\u00a0now") == "mailbox full now"


@given(st.text(max_size=500))
def test_anything_can_be_cleaned_and_searched(text: str):
    cleaned = clean(text)
    assert len(cleaned) <= LONGEST
    body, quote = find_passage(cleaned)
    assert isinstance(body, str)
    assert isinstance(quote, str)
