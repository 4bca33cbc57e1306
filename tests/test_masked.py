"""What is left of an error that is counted: words of servers, and nobody's data."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.masked import LONGEST, LONGEST_WORD
from bot.smtp.passage import clean

MASKED = {
    "555 message <bob@example.net> lost in the session of mx7.example.com [192.0.2.7]": (
        "555 message <address> lost in the session of"
    ),
    "550 5.9.3 Recipient <bob@example.net> not liked by mx.example.net [192.0.2.7]": (
        "550 5.9.3 recipient <address> not <text> by"
    ),
    "550-5.9.3 Recipient is not\n550 5.9.3 welcome: see https://example.com/?q=bob": (
        "550 5.9.3 recipient is not welcome see"
    ),
    "said: 451 4.7.9 the sender is not on the list of Miller & Sons (in reply to DATA)": (
        "451 4.7.9 the sender is not on the list of <text> in reply to data"
    ),
    'Mailbox "Bob Miller" of user 4711 not accepted by 2001:db8::25 at 09:12:41, sender refused': (
        "mailbox <text> of user <number> not accepted by <ip> at <date> sender refused"
    ),
    "550 Recipient 0f3e77a1b2 refused on behalf of `relay 7`, number 12345": (
        "550 recipient <id> refused on behalf of <text> number"
    ),
    "Failed to deliver to 'bob@example.net': connection with http://mx1.example.com is broken": (
        "failed to deliver to <address> connection with <domain> is broken"
    ),
}
CHAT = [
    "Lunch in room 421?",
    "the import skipped 550 rows",
    "421 people came to the party of the mail team",
    "hi, my mail to Bob Miller bounced",
    "Can you mail me the numbers?",
    "Why does Bob's mailbox refuse this?",
    "we are at v5.7.1 now",
    "the 4.2.0 release is not for us, says Bob, we cannot use that mailer",
    "Please call the customer of ticket 45120, he has not paid",
    "xyzzy plugh",
    "9.9.9",
    "599",
    "550",
    "",
]


def masked(explainer: Explainer, text: str) -> str:
    return explainer.masked(Answer(text, passage=clean(text)))


@pytest.mark.parametrize("text", MASKED)
def test_an_error_keeps_its_codes_and_its_servers_words(explainer: Explainer, text: str):
    assert masked(explainer, text) == MASKED[text]


@pytest.mark.parametrize("text", CHAT)
def test_what_people_say_leaves_nothing(explainer: Explainer, text: str):
    assert masked(explainer, text) == ""


def test_what_varies_makes_no_second_form(explainer: Explainer):
    text = "550 mail for {}, user of {} [{}], not taken; id {}"
    forms = {
        masked(explainer, text.format(*varying))
        for varying in (
            ("bob@example.net", "mx.example.net", "192.0.2.1", "4fR77x0"),
            ("<ann.lee@example.com>", "example.com", "198.51.100.77", "77-XY-12"),
        )
    }
    assert len(forms) == 1
    assert forms != {""}


def test_lost_accents_make_no_second_form(explainer: Explainer):
    with_accents = masked(explainer, "550 5.1.1 Empfänger unbekannt, Adresse ungültig")
    without = masked(explainer, "550 5.1.1 Empfaenger unbekannt, Adresse ungueltig")
    assert with_accents == without == "550 5.1.1 empfaenger unbekannt adresse ungueltig"


def test_a_name_in_a_servers_words_is_no_word_of_servers(explainer: Explainer):
    form = masked(explainer, "550 5.1.1 Klaus Obermaier has left the mailbox of Acmezon, rejected")
    assert form == "550 5.1.1 <text> has left the mailbox of <text> rejected"


def test_a_form_is_short(explainer: Explainer):
    form = masked(explainer, "550 5.7.9 " + "the recipient server rejected the message " * 100)
    assert LONGEST - LONGEST_WORD < len(form) <= LONGEST


def test_what_stands_below_a_reply_is_left_out(explainer: Explainer):
    form = masked(explainer, "555 message lost in the session\n\nthe recipient is our best client")
    assert form == "555 message lost in the session"


LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12).filter(
    lambda label: not label.startswith("-") and not label.endswith("-")
)
HOST = st.builds(
    lambda labels, top: ".".join([*labels, top]),
    st.lists(LABEL, min_size=1, max_size=3),
    st.sampled_from(["example", "example.com", "example.net", "test", "invalid", "mail.example"]),
)
LOCAL = st.text("abcdefghijklmnopqrstuvwxyz0123456789._+-=", min_size=1, max_size=20)
ADDRESS = st.builds("{}@{}".format, LOCAL, HOST)
IP = st.ip_addresses().map(str).filter(lambda ip: len(ip) > 4)  # "::" alone is nobody's
TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEF0123456789", min_size=25, max_size=80)
NAME = st.text("abcdefghijklmnopqrstuvwxyzäöüß", min_size=4, max_size=20)
SECRET = (HOST | ADDRESS | IP | TOKEN | NAME).map(str)
AROUND = st.sampled_from(["{}", "<{}>", "[{}]", "({})", "'{}'", '"{}"', "to=<{}>,", "{}:", "{};"])
FRAME = st.sampled_from(
    [
        "550 5.7.9 recipient {} rejected by {} server",
        "550-5.7.9 {} mail rejected\n550 5.7.9 {} sender denied",
        "{} said: 451 4.7.9 message of {} refused",
        "delivery to the mailbox of {} failed, {} rejected the message",
        "421 {} mail server {} not available",
        "{} 554 relay not allowed {}",
    ]
)
WORD = re.compile(rf"[^\W\d_]{{1,{LONGEST_WORD}}}")
CODE = re.compile(r"[45]\d\d|[45]\.\d{1,2}\.\d{1,3}")


@given(FRAME, SECRET, SECRET, AROUND)
@example("550 5.7.9 recipient {} rejected by {} server", "a@mail.example", "mail.example", "{}")
@example("550 5.7.9 recipient {} rejected by {} server", "x" * 80 + "@example.com", "::1", "{}")
@example("421 {} mail server {} not available", "10.4.4.1", "4.4.4.10", "[{}]")
def test_nobodys_data_survives(
    explainer: Explainer, frame: str, first: str, second: str, around: str
):
    knows = explainer.knows
    form = masked(explainer, frame.format(around.format(first), around.format(second)))
    assert len(form) <= LONGEST
    for secret in (first.lower(), second.lower()):
        assert knows(secret) or secret not in (form.split() if secret.isalpha() else form)
    for word in form.split():
        is_kind = re.fullmatch("<[a-z]+>", word)
        assert is_kind or CODE.fullmatch(word) or (WORD.fullmatch(word) and knows(word))


@given(st.text(max_size=300))
def test_anything_can_be_masked(explainer: Explainer, text: str):
    form = masked(explainer, text)
    assert form == form.strip()
    assert form.isprintable()
