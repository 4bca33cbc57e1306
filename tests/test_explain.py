"""What people type and paste, and what they learn: reason, persistence, who can act, provider."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.smtp.codes import Persistence
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge
from bot.smtp.packed import pack, unpack
from bot.smtp.passage import LONGEST
from bot.smtp.reasons import Reason, Who

PASTED = {
    "550 5.1.1 <jane@example.com>: Recipient address rejected: "
    "User unknown in virtual mailbox table": Reason.USER_UNKNOWN,
    "452 4.2.2 The email account that you tried to reach is over quota.": Reason.MAILBOX_FULL,
    "450 4.2.0 <jane@example.com>: Recipient address rejected: Greylisted": Reason.GREYLISTED,
    "554 5.7.1 <jane@example.net>: Relay access denied": Reason.RELAY_DENIED,
    "550-5.7.26 Unauthenticated email from example.com is not accepted due to\n"
    "550-5.7.26 domain's DMARC policy. Please contact the administrator of\n"
    "550 5.7.26 example.com domain.": Reason.AUTH_FAILURE,
    "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org;"
    " https://www.spamhaus.org/query/ip/192.0.2.9": Reason.IP_BLOCKED,
    "552 5.3.4 Message size exceeds fixed limit": Reason.MESSAGE_TOO_LARGE,
    "535 5.7.8 Error: authentication failed: authentication failure": Reason.AUTH_REQUIRED,
    "550 5.7.25 The IP address sending this message does not have a PTR record": (
        Reason.PTR_MISSING
    ),
    "smtplib.SMTPRecipientsRefused: {'jane@example.com': (550, b'5.1.1 User unknown')}": (
        Reason.USER_UNKNOWN
    ),
    "Boîte du destinataire pleine": Reason.MAILBOX_FULL,
    "Das Postfach des Empfängers ist voll": Reason.MAILBOX_FULL,
    "postfix/smtp[2411]: 4F1xQ5: to=<jane@example.com>, relay=none, delay=30, dsn=4.4.1, "
    "status=deferred (connect to mx1.example.com[192.0.2.25]:25: Connection timed out)": (
        Reason.NETWORK_ERROR
    ),
}


@pytest.mark.parametrize(("text", "reason"), PASTED.items())
def test_a_pasted_error_finds_its_reason(explainer: Explainer, text: str, reason: Reason):
    assert explainer.explain(text).reason is reason


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("550 IP blocked by zen.spamhaus.org", "spamhaus/zen"),
        ("Unable to connect to server (0x800CCC0E)", "outlook-app/cannot-connect"),
        ("192.0.2.1 is in a black list at bl.spamcop.net", "spamcop/listed"),
        ("554 listed at b.barracudacentral.org", "barracuda-brbl/listed"),
        ("550 example.com found in dbl.spamhaus.org", "spamhaus/dbl"),
        (
            "550 5.7.509 sending domain example.com does not pass DMARC",
            "microsoft-365/dmarc-reject",
        ),
        ("451 4.7.500 Server busy. Try again later from [192.0.2.1]", "microsoft-365/ip-throttled"),
        ("Unfortunately, messages from 192.0.2.1 weren't sent", "outlook/network-block-list"),
        ("550 5.1.2 Mailbox does not exist.", "stalwart/mailbox-not-found"),
        (
            "mail.local: /var/mail/jane: Disc quota exceeded\n"
            "554 <jane@example.com>... Service unavailable",
            "recipient/mailbox-full",
        ),
        ('{"email": "jane@example.com", "event": "spamreport"}', "other/feedback-report"),
    ],
)
def test_a_short_reply_finds_whose_words_it_has(explainer: Explainer, text: str, entry: str):
    answer = explainer.explain(text)
    assert answer.entry is not None
    assert answer.entry.id == entry


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("535 Contraseña incorrecta", Reason.AUTH_REQUIRED),
        ("535 Contrasena incorrecta", Reason.AUTH_REQUIRED),
        ("552 Maximale Nachrichtengröße überschritten", Reason.MESSAGE_TOO_LARGE),
        ("552 Maximale Nachrichtengroesse ueberschritten", Reason.MESSAGE_TOO_LARGE),
        ("Erreur : hôte injoignable", Reason.NETWORK_ERROR),
        ("Erreur : hote injoignable", Reason.NETWORK_ERROR),
    ],
)
def test_accents_may_be_lost(explainer: Explainer, text: str, reason: Reason):
    assert explainer.explain(text).reason is reason


def test_a_full_mailbox_passes_or_not_as_the_code_says(explainer: Explainer):
    assert explainer.explain("452 4.2.2 mailbox full").persistence is Persistence.TRANSIENT
    assert explainer.explain("552 5.2.2 mailbox full").persistence is Persistence.PERMANENT


def test_a_web_apis_status_does_not_promise_what_a_reply_code_would(explainer: Explainer):
    refused = explainer.explain("mail API: Request failed with status code 403 (Forbidden)")
    assert refused.persistence is Persistence.PERMANENT
    assert refused.retry is False
    throttled = explainer.explain("mail API: 429 Too Many Requests")
    assert throttled.persistence is Persistence.TRANSIENT
    # Sendmail's 403 is a reply code of its own making, and passes.
    assert explainer.explain("403 4.7.0 TLS handshake failed").retry


def test_an_address_that_spells_an_answer_does_not_give_it(explainer: Explainer):
    answer = explainer.explain("550 5.1.1 <mailboxfull@example.com>: User unknown")
    assert answer.reason is Reason.USER_UNKNOWN


def test_a_refused_greeting_is_tried_again_though_it_says_554(explainer: Explainer):
    answer = explainer.explain(
        "host mx1.example.net[192.0.2.25] refused to talk to me: 554 5.7.1 Service unavailable; "
        "Client host [192.0.2.9] blocked using zen.spamhaus.org"
    )
    assert answer.persistence is Persistence.TRANSIENT
    assert answer.reason is Reason.IP_BLOCKED


def test_the_provider_is_told_by_host_and_by_mark(explainer: Explainer):
    by_host = explainer.explain(
        "host alt1.gmail-smtp-in.l.google.com[192.0.2.27] said: 452 4.2.2 over quota"
    )
    by_mark = explainer.explain("550 5.1.1 no such user - gsmtp")
    assert by_host.provider == by_mark.provider == "Gmail"


@pytest.mark.parametrize(
    ("code", "entry"),
    [
        ("421", "reply-codes/421"),
        ("5.7.26", "enhanced-codes/X.7.26"),
        ("4.7.26", "enhanced-codes/X.7.26"),
        ("101", "nonstandard-codes/101"),
        # Of a pair that every filter uses, no single server's meaning.
        ("550 5.7.1", "enhanced-codes/X.7.1"),
        ("554 5.7.1", "enhanced-codes/X.7.1"),
        ("451 4.7.1", "enhanced-codes/X.7.1"),
        ("421 4.7.0", "enhanced-codes/X.7.0"),
        # Of one that means the same everywhere, words for everywhere.
        ("550 5.7.25", "enhanced-codes/X.7.25"),
        ("550 5.1.1", "recipient/user-unknown"),
        ("450 4.2.0", "throttling/greylisted"),
        # Of one that one publisher gave a meaning, that.
        ("550 5.4.1", "microsoft-365/recipient-access-denied"),
        ("5.4.310", "microsoft-365/domain-not-found"),
    ],
)
def test_a_code_by_itself_finds_its_own_entry(explainer: Explainer, code: str, entry: str):
    answer = explainer.explain(code)
    assert answer.entry is not None
    assert answer.entry.id == entry


def test_4xx_lists_codes_in_order(explainer: Explainer):
    listed = [entry.id for entry in explainer.explain("4xx").listing]
    assert "reply-codes/421" in listed
    assert not any(entry.startswith("reply-codes/5") for entry in listed)


def test_5_7_x_lists_the_registry(explainer: Explainer):
    listed = {entry.id for entry in explainer.explain("5.7.x").listing}
    assert {"enhanced-codes/X.7.1", "enhanced-codes/X.7.26"} <= listed
    assert explainer.explain("5.7").listing == explainer.explain("5.7.x").listing


@pytest.mark.parametrize("name", ["gmail", "Google", "microsoft 365", "postfix"])
def test_a_publishers_name_lists_what_is_known(explainer: Explainer, name: str):
    answer = explainer.explain(name)
    assert len(answer.listing) > 10
    assert len({entry.publisher.id for entry in answer.listing}) == 1


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("mailbox full", Reason.MAILBOX_FULL),
        ("greylisting", Reason.GREYLISTED),
        ("dmarc", Reason.AUTH_FAILURE),
        ("user unknown", Reason.USER_UNKNOWN),
    ],
)
def test_a_topic_in_plain_words_finds_its_cause(explainer: Explainer, topic: str, reason: Reason):
    answer = explainer.explain(topic)
    found = [guess.entry.reason for guess in answer.guesses] or [
        entry.reason for entry in answer.nearest
    ]
    assert found[0] is reason


def test_success_is_no_failure(explainer: Explainer):
    answer = explainer.explain("250")
    assert answer.who is Who.NONE
    assert answer.persistence is None


@pytest.mark.parametrize("text", ["", "   ", "zzzz qqqq xxyyzz"])
def test_what_means_nothing_still_gets_an_answer(explainer: Explainer, text: str):
    answer = explainer.explain(text)
    assert answer.entry is None
    assert answer.confidence == 0


@pytest.mark.parametrize(
    "wrapped",
    [
        "smtplib.SMTPRecipientsRefused: {'jane@example.com': (550, b'5.1.1 User unknown')}",
        "554 5.1.1 delivery failed: host mx1.example.com[192.0.2.5] said: 450 User unknown",
    ],
)
def test_the_code_in_front_of_a_quotation_is_read(explainer: Explainer, wrapped: str):
    answer = explainer.explain(wrapped)
    assert str(answer.reply_code) in ("550", "554")
    assert str(answer.enhanced_code) == "5.1.1"


def test_slacks_escaping_and_links_are_undone(explainer: Explainer):
    escaped = "550 5.1.1 &lt;<mailto:jane@example.com|jane@example.com>&gt;: User unknown"
    assert explainer.explain(escaped).reason is Reason.USER_UNKNOWN


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
@example("From: a\nTo: b\nSubject: c\nContent-Transfer-Encoding: base64\n\n\ud800")
def test_anything_can_be_explained_and_packed(
    explainer: Explainer, knowledge: Knowledge, text: str
):
    answer = explainer.explain(text)
    assert 0 <= answer.confidence <= 1
    packed = pack(answer)
    assert len(packed) < 2000
    again = unpack(packed, knowledge)
    assert [guess.entry for guess in again.guesses] == [guess.entry for guess in answer.guesses]
    assert (again.reply_code, again.enhanced_code) == (answer.reply_code, answer.enhanced_code)
    assert again.persistence == answer.persistence


HOSTILE = [
    "a-",
    "550 ",
    "5.1.1 ",
    "x@",
    "said:\n",
    "(reason: ",
    "<https://a",
    "\\n",
    "邮",
    "A: b\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_forty_thousand_characters_of_anything_come_to_an_end(explainer: Explainer, piece: str):
    # A pattern that runs away takes minutes here, not the fraction of a second it should.
    answer = explainer.explain(piece * (LONGEST // len(piece) + 10))
    assert len(answer.text) <= LONGEST


@pytest.mark.parametrize(
    ("pasted", "entry_id"),
    [
        (
            "550-5.7.26 Unauthenticated email from example.com is not accepted due to",
            "gmail/dmarc-policy",
        ),
        (
            "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating",
            "gmail/rate-ip",
        ),
        ("552 5.2.2 The email account that you tried to reach is over", "gmail/mailbox-full"),
    ],
)
def test_the_first_line_of_a_long_reply_is_enough(explainer: Explainer, pasted: str, entry_id: str):
    assert explainer.explain(pasted).entry == explainer.knowledge[entry_id]


def test_the_same_error_to_another_address_is_that_addresss_own_answer(explainer: Explainer):
    to = "550 5.1.1 <{}@example.com>: Recipient address rejected: User unknown"
    one, other = explainer.explain(to.format("anna")), explainer.explain(to.format("ben"))
    assert one.guesses == other.guesses
    assert [("anna" in a.passage, "ben" in a.passage) for a in (one, other)] == [
        (True, False),
        (False, True),
    ]
