"""Which messages hold an SMTP error, and which only look like one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.smtp.spot import Spotter

ERRORS = [
    "550 5.1.1 <jane@example.com>: User unknown",
    "anyone know this one? `421-4.7.0 our system has detected unusual mail from your IP`",
    "mails to one customer bounce since this morning: 552 5.2.2 mailbox full",
    "postfix/smtp[2411]: 4F1xQ5: to=<jane@example.com>, dsn=4.4.1, status=deferred "
    "(connect to mx1.example.com[192.0.2.25]:25: Connection timed out)",
    'our app logs "User unknown in virtual alias table" for her e-mail address',
    "2024-05-01 10:00:00 login authenticator failed for (x) [192.0.2.7]: "
    "535 Incorrect authentication data (set_id=jane)",
    "Remote host said: 550 no mailbox here by that name",
    "Diagnostic-Code: smtp; 554 5.7.1 Relaying denied",
]

NO_ERRORS = [
    "Lunch in room 421?",
    "the smtp port 465 or 587, which one?",
    "HTTP 502 from the mail API",
    "we have 421 items and 550 users in the mailbox",
    "release v5.7.1 is out, it mails a report",
    "host 10.2.5.1 is down",
    "530 Login incorrect.",
    "uploading with sftp I just get a 550 error",
    "550 the file is not there, it does not exist",
    "550 the file doesn't exist",
    "550 No such file or directory.",
    "SIP/2.0 486 Busy Here",
    ":irc.example.net 421 jane FOO :Unknown command",
    '192.0.2.1 - - [01/May/2024] "GET /mail HTTP/1.1" 500 551',
    "sendEmail[441]: done",
    "250 2.0.0 Ok: queued as 4F1xQ5",
    "please email me at jane@example.com by 4.30",
    "the process died with exit status 251",
    "200 unread emails, again",
    "they say mailbox is full",
    "Bob's mailbox is full, can someone clean it?",
    "is the mailbox full?",
    "call me at 555-421-5511",
    "",
]


@pytest.mark.parametrize("text", ERRORS)
def test_an_error_is_spotted(spotter: Spotter, text: str):
    assert spotter.spot(text)


@pytest.mark.parametrize("text", NO_ERRORS)
def test_what_only_looks_like_one_is_not(spotter: Spotter, text: str):
    assert spotter.spot(text) == ()


def test_a_log_of_several_causes_is_one_list_without_repeats(spotter: Spotter):
    log = "\n".join(
        [
            "May  1 10:00:01 mail postfix/smtp[1]: A1: to=<a@example.com>, dsn=5.1.1, "
            "status=bounced (host mx1.example.com[192.0.2.25] said: 550 5.1.1 User unknown)",
            "May  1 10:00:02 mail postfix/smtp[1]: A2: to=<b@example.com>, dsn=5.1.1, "
            "status=bounced (host mx1.example.com[192.0.2.25] said: 550 5.1.1 User unknown)",
            "May  1 10:00:03 mail postfix/smtp[1]: A3: to=<c@example.com>, dsn=5.2.2, "
            "status=bounced (host mx1.example.com[192.0.2.25] said: 552 5.2.2 Mailbox full)",
        ]
    )
    answers = spotter.spot(log)
    assert [answer.reason for answer in answers] == ["user_unknown", "mailbox_full"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_anything_can_be_spotted(spotter: Spotter, text: str):
    assert all(answer.entry for answer in spotter.spot(text))
