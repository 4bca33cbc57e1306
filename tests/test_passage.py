"""A paste is cleaned, and in a notice the server's own words are found."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.smtp import passage
from bot.smtp.passage import LONGEST, clean, find_passage

Patterns = tuple[tuple[str, re.Pattern[str]], ...]

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


DELAYED = """\
This is the mail system at host mail.example.org.

# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #

Your message could not be delivered for more than 4 hour(s).
It will be retried until it is 5 day(s) old.

<bob@example.net>: connect to mx.example.net[192.0.2.9]:25: Connection timed out
"""


def test_a_warning_of_a_delay_is_about_its_cause():
    quote = find_passage(DELAYED).quote
    assert quote.split() == DELAYED.splitlines()[-1].split()


@pytest.mark.parametrize(
    "text",
    [
        "An error occurred while sending mail. The server responded: {}\n\nTry again later.",
        "msmtp: the server did not accept the mail\nmsmtp: server message: {}\nmsmtp: exit 1: no",
        "The email was not sent, please look at your settings first. (Error: {}",
        "Trying 192.0.2.9, connected to mx.example.net on port 25\n{}\nConnection closed by host",
    ],
)
def test_what_a_program_says_around_a_reply_is_left_out(text: str):
    reply = "554 5.7.1 Your IP is on our list"
    assert find_passage(text.format(reply)).quote.strip() == reply


@pytest.mark.parametrize("patterns", [passage._LEADS, passage._BOILERPLATE])
def test_no_pattern_is_found_where_nothing_is(patterns: Patterns):
    assert [piece for piece, pattern in patterns if pattern.search("")] == []


def test_a_line_is_its_own_quote():
    line = "421 4.7.0 Try again later"
    assert find_passage(line) == (line, line)


def test_what_follows_from_refused_recipients_yields_to_why_they_were_refused():
    transcript = """\
503-All RCPT commands were rejected with this error:
503-unknown user
503 Valid RCPT command must precede DATA
"""
    assert "unknown user" in find_passage(transcript).quote
    assert "precede" not in find_passage(transcript).quote


def test_a_follow_up_alone_is_kept():
    alone = "554 5.5.1 Error: no valid recipients\n503 5.5.1 Error: need RCPT command"
    assert find_passage(alone).quote == alone


def test_a_try_that_was_overcome_yields_to_the_final_refusal():
    transcript = "450 4.3.2 busy, come back later\n550 5.1.1 no such user here, said the last host"
    assert find_passage(transcript).quote.startswith("550")


def test_what_commands_before_were_answered_is_left_out():
    session = "<-  220 mx ESMTP\n -> MAIL FROM:<a@example.com>\n<-  250 ok\n<** 550 no such user"
    assert "ESMTP" not in find_passage(session).quote
    assert "no such user" in find_passage(session).quote


@pytest.mark.parametrize(
    "summary",
    [
        "554 5.0.0 Service unavailable",
        "554 <jane@example.com>... Service unavailable",
        "554 5.0.0 <jane@example.com>... Service unavailable",
    ],
)
def test_sendmails_summary_yields_to_what_was_said(summary: str):
    transcript = f"... while talking to mx.example.com.:\n<<< 552 mailbox full\n{summary}"
    assert find_passage(transcript).quote == "552 mailbox full"
    local = f"mail.local: /var/mail/jane: Disc quota exceeded\n{summary}"
    assert "Service unavailable" not in find_passage(local).quote


def test_tags_go_and_addresses_stay():
    page = "<p>The answer was:</p><p style='x'>550 5.1.1 &lt;a@example.com&gt; no such user</p>"
    assert clean(page).split() == (
        ["The", "answer", "was:", "550", "5.1.1", "<a@example.com>", "no", "such", "user"]
    )
    assert clean("<a@example.com> </p>").startswith("<a@example.com>")


def test_the_joined_words_of_qmails_log_are_parted():
    line = "delivery 7: failure: 192.0.2.25_failed./Remote_host_said:_550_no_such_user/"
    assert "Remote host said: 550 no such user" in clean(line)


def test_the_name_of_a_code_yields_to_the_reply_behind_it():
    bounce = (
        "smtp; 5.3.0 - Other mail system problem 550-'5.1.1 no such mailbox here' "
        "(delivery attempts: 0)"
    )
    assert "Other mail system" not in find_passage(bounce).quote


def test_of_several_recipients_the_first_ones_failure_is_quoted():
    notice = """\
Unable to deliver message to the following address(es).

<jane@example.com>:
This user doesn't have an example.com account (jane@example.com) [0]

<joe@example.com>:
This account has been disabled or discontinued [#102].
"""
    quote = find_passage(notice).quote
    assert "doesn't have" in quote
    assert "disabled" not in quote


COMPLAINT = """\
From: staff@example.net
To: abuse@example.com
Subject: complaint about message from 192.0.2.25
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: message/rfc822

Subject: hello

body
--b1--
"""


def test_a_complaint_without_words_is_read_by_its_subject():
    assert find_passage(COMPLAINT).quote == "complaint about message from 192.0.2.25"


ABUSE_REPORT = COMPLAINT.replace(
    "Content-Type: message/rfc822",
    "Content-Type: message/feedback-report\n\n"
    "Feedback-Type: abuse\nUser-Agent: Example/1\nVersion: 1\n\n"
    "--b1\nContent-Type: message/rfc822",
)


def test_an_abuse_report_is_read_with_its_fields():
    assert "Feedback-Type: abuse" in find_passage(ABUSE_REPORT).body


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
