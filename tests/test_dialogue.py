"""In a dialogue of client and server the refusal is found, and nothing else counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.smtp.dialogue import read_dialogue
from bot.smtp.explain import Explainer
from bot.smtp.reasons import Reason

PHPMAILER = """\
2026-11-20 09:12:01 SERVER -> CLIENT: 220 mx.example.net ESMTP
2026-11-20 09:12:01 CLIENT -> SERVER: EHLO app.example.com
2026-11-20 09:12:01 SERVER -> CLIENT: 250-mx.example.net
250-SIZE 52428800
250 HELP
2026-11-20 09:12:02 CLIENT -> SERVER: AUTH LOGIN
2026-11-20 09:12:02 SERVER -> CLIENT: 334 VXNlcm5hbWU6
2026-11-20 09:12:03 SERVER -> CLIENT: 235 2.7.0 Authentication successful
2026-11-20 09:12:03 CLIENT -> SERVER: MAIL FROM:<shop@example.com>
2026-11-20 09:12:03 SERVER -> CLIENT: 250 2.1.0 Ok
2026-11-20 09:12:03 CLIENT -> SERVER: RCPT TO:<jane@example.net>
2026-11-20 09:12:03 SERVER -> CLIENT: 552 5.2.2 <jane@example.net>: Mailbox full
2026-11-20 09:12:03 SMTP ERROR: RCPT TO command failed: 552 5.2.2 Mailbox full
SMTP Error: The following recipients failed: jane@example.net
"""
SWIFT_IN_ONE_LINE = (
    "Log data: ++ Starting Swift_SmtpTransport << 220 mail.example.com ESMTP >> EHLO "
    "shop.example.com << 250-STARTTLS << 250 DSN >> STARTTLS << 220 2.0.0 Ready to start TLS "
    "!! Unable to connect with TLS encryption (code: 0)"
)
TELNET = """\
$ telnet mx.example.net 25
Connected to mx.example.net.
220 mx.example.net ESMTP Postfix
HELO mail.example.com
250 mx.example.net
MAIL FROM:<a@example.com>
250 2.1.0 Ok
RCPT TO:<b@example.net>
454 4.7.1 <b@example.net>: Relay access denied
Connection closed by foreign host.
"""
SWAKS = """\
=== Connected to mx.example.net.
<-  220 mx.example.net ESMTP
 -> EHLO mail.example.com
<-  250-mx.example.net
<-  250 HELP
 -> MAIL FROM:<a@example.com>
<** 550 5.7.1 Your IP 192.0.2.7 is on our blocklist
 -> QUIT
<-  221 Bye
"""
BOOK = """\
S: 220 example.com Simple Mail Transfer Service Ready
C: EHLO client.example.org
S: 250-example.com greets client.example.org
S: 250 HELP
C: MAIL FROM:<smith@example.org>
S: 530 5.7.0 Must issue a STARTTLS command first
"""


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (PHPMAILER, "552 5.2.2 <jane@example.net>: Mailbox full"),
        (TELNET, "454 4.7.1 <b@example.net>: Relay access denied"),
        (BOOK, "530 5.7.0 Must issue a STARTTLS command first"),
        (SWAKS, "550 5.7.1 Your IP 192.0.2.7 is on our blocklist"),
    ],
)
def test_the_refusal_is_what_counts(text: str, refusal: str):
    dialogue = read_dialogue(text)
    assert dialogue is not None
    assert dialogue.refused == [refusal]


def test_where_nothing_was_refused_the_remarks_tell():
    dialogue = read_dialogue(SWIFT_IN_ONE_LINE)
    assert dialogue is not None
    assert dialogue.refused == []
    assert "!! Unable to connect with TLS encryption (code: 0)" in dialogue.around
    assert not any("Ready to start TLS" in line for line in dialogue.around)


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 User unknown (in reply to RCPT TO command)",
        "... while talking to mx.example.com.:\n>>> RCPT To:<a@example.com>\n<<< 550 5.1.1 Unknown",
        "the server greets with EHLO and then\nhangs",
        "250 2.0.0 Ok: queued as 4F1C12A0B3",
        "",
    ],
)
def test_what_is_no_dialogue_is_left_alone(text: str):
    assert read_dialogue(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PHPMAILER, Reason.MAILBOX_FULL),
        (PHPMAILER.replace("\n", " "), Reason.MAILBOX_FULL),
        (SWIFT_IN_ONE_LINE, Reason.TLS_REQUIRED),
        (SWIFT_IN_ONE_LINE.replace(" <<", "\n<<").replace(" >>", "\n>>"), Reason.TLS_REQUIRED),
        (TELNET, Reason.RELAY_DENIED),
        (SWAKS, Reason.IP_BLOCKED),
        (BOOK, Reason.TLS_REQUIRED),
    ],
)
def test_a_dialogue_is_explained_by_its_refusal(explainer: Explainer, text: str, reason: Reason):
    answer = explainer.explain(text)
    assert answer.reason is reason
    assert answer.confidence > 0.5


@given(st.text(alphabet="EHLO<>- :C2450\n", max_size=200))
def test_what_failed_is_made_of_what_was_pasted(text: str):
    dialogue = read_dialogue(text)
    assert dialogue is None or all(line in text for line in dialogue.refused + dialogue.around)
