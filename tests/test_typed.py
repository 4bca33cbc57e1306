"""What people type by hand: names and codes among other words, and slips of the keyboard."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.smtp.codes import Persistence
from bot.smtp.explain import Explainer
from bot.smtp.reasons import Reason


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("grelisted", Reason.GREYLISTED),
        ("mailbx full", Reason.MAILBOX_FULL),
        ("user unkown", Reason.USER_UNKNOWN),
        ("conection refused", Reason.NETWORK_ERROR),
        ("blakclisted ip", Reason.IP_BLOCKED),
        ("550 5.7.1 realying denied", Reason.RELAY_DENIED),
        ("user doesnt exist", Reason.USER_UNKNOWN),
        ("user doesn\u2019t exist", Reason.USER_UNKNOWN),
    ],
)
def test_a_slip_of_the_keyboard_does_no_harm(explainer: Explainer, typed: str, reason: Reason):
    assert explainer.explain(typed).reason is reason


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 exemple: user unknown",  # a name that is nearly a word
        "550 frank@example.com: user unknown",
    ],
)
def test_what_was_typed_is_kept(explainer: Explainer, text: str):
    answer = explainer.explain(text)
    assert answer.text == text
    assert answer.reason is Reason.USER_UNKNOWN


@pytest.mark.parametrize(
    ("typed", "publisher"),
    [
        ("gmail 421", "gmail"),
        ("421 gmail", "gmail"),
        ("yahoo 553", "yahoo"),
        ("outlook 550 5.7.1", "outlook"),
        ("what does postfix 450 4.7.1 mean?", "postfix"),
        ("gmial 421", "gmail"),
        ("office 365 5.4.1", "microsoft-365"),
        ("mail channels 550", "mailchannels"),
        ("barracuda networks 550", "barracuda"),
        ("resend 429", "resend"),  # as a word by itself it mostly is a verb
    ],
)
def test_a_publisher_and_a_code_lead_to_what_it_means_by_that(
    explainer: Explainer, typed: str, publisher: str
):
    answer = explainer.explain(typed)
    entries = answer.listing or tuple(guess.entry for guess in answer.guesses[:1])
    assert {entry.publisher.id for entry in entries} == {publisher}


def test_a_code_that_a_publisher_has_no_word_for_means_what_it_means_to_all(explainer: Explainer):
    answer = explainer.explain("gmail 251")
    assert answer.entry is not None
    assert answer.entry.id == "reply-codes/251"
    assert answer.provider == "Gmail"


def test_a_name_that_is_a_word_too_is_one_beside_nothing_but_codes(explainer: Explainer):
    assert explainer.explain("free 421").provider == "Free"
    assert explainer.explain("can I resend 421").provider is None


def test_a_code_that_only_its_users_know_is_told_as_theirs(explainer: Explainer):
    answer = explainer.explain("401")
    assert answer.entry is not None
    assert answer.entry.id == "web-api/key"
    assert {guess.entry.reason for guess in answer.guesses} == {Reason.AUTH_REQUIRED}


def test_of_a_pair_with_an_unknown_enhanced_code_the_reply_code_is_told(explainer: Explainer):
    answer = explainer.explain("554 5.9.1")
    assert answer.entry is not None
    assert answer.entry.id == "reply-codes/554"
    assert answer.codes == "554 5.9.1"


def test_a_code_of_a_publisher_with_one_reason_is_told_at_once(explainer: Explainer):
    answer = explainer.explain("gmail 550 5.7.26")
    assert answer.reason is Reason.AUTH_FAILURE
    assert answer.asked_code


@pytest.mark.parametrize(
    ("typed", "words"),
    [("spamhaus pbl", "PBL"), ("barracuda blocked", "Barracuda"), ("hotmial blocked", "Outlook")],
)
def test_a_publisher_and_a_topic_lead_to_its_entries(explainer: Explainer, typed: str, words: str):
    answer = explainer.explain(typed)
    entries = answer.listing or tuple(guess.entry for guess in answer.guesses[:1])
    assert any(words in entry.title for entry in entries)


@pytest.mark.parametrize("typed", ["559 5.9.9 xyzzy", "554 5.7.1 gmail message lost"])
def test_an_unknown_error_that_is_short_is_still_read(explainer: Explainer, typed: str):
    answer = explainer.explain(typed)
    assert answer.entry is None
    assert answer.passage == typed
    assert f"{answer.reply_code} {answer.enhanced_code}" == typed[:9]


def test_of_a_named_publisher_only_what_has_the_code_is_listed(explainer: Explainer):
    answer = explainer.explain("550 5.7.1 gmail message lost")
    assert answer.heading == "Gmail: 550 5.7.1"
    assert answer.listing == explainer.explain("gmail 550 5.7.1").listing


def test_what_a_named_publisher_does_not_explain_is_counted(explainer: Explainer):
    answer = explainer.explain("554 5.7.1 gmail message lost")
    assert answer.heading == "Gmail"
    assert explainer.masked(answer) == "554 5.7.1 gmail message lost"


def test_a_publishers_only_entry_is_told_at_once(explainer: Explainer):
    answer = explainer.explain("spamcop")
    assert answer.entry is not None
    assert answer.entry.publisher.id == "spamcop"


def test_a_name_that_means_a_thing_is_none(explainer: Explainer):
    assert explainer.explain("421, can I resend it").reason is explainer.explain("421").reason
    assert explainer.explain("resend").heading == "Resend"
    assert explainer.explain("tls required").reason is Reason.TLS_REQUIRED
    assert explainer.explain("no space left, dns down").provider is None


@pytest.mark.parametrize("typed", ["421-4.7.28", "4214.7.28", "#421 4.7.28", "421 / 4.7.28"])
def test_codes_run_together_are_the_same_codes(explainer: Explainer, typed: str):
    assert explainer.explain(typed).entry == explainer.explain("421 4.7.28").entry
    assert explainer.explain(typed).asked_code


@pytest.mark.parametrize("typed", ["450 vs 550", "difference between 450 and 550", "450, 550"])
def test_several_codes_are_listed(explainer: Explainer, typed: str):
    answer = explainer.explain(typed)
    assert {entry.id for entry in answer.listing} == {"reply-codes/450", "reply-codes/550"}


@pytest.mark.parametrize("typed", ["421 421", "421?", "smtp 421"])
def test_a_code_said_twice_is_one_code(explainer: Explainer, typed: str):
    assert explainer.explain(typed).entry == explainer.explain("421").entry


@pytest.mark.parametrize("typed", ["gmail 4xx", "5.7.x gmail", "gmail 421 450"])
def test_a_publishers_codes_are_listed_by_pattern(explainer: Explainer, typed: str):
    answer = explainer.explain(typed)
    assert len(answer.listing) > 2
    assert {entry.publisher.id for entry in answer.listing} == {"gmail"}


def test_a_pattern_outside_the_registry_lists_who_uses_it(explainer: Explainer):
    answer = explainer.explain("5.7.500-699")
    assert {entry.publisher.id for entry in answer.listing} == {"microsoft-365", "outlook"}


@pytest.mark.parametrize("typed", ["is 4xx a soft bounce", "should I retry 4xx"])
def test_small_words_around_a_pattern_do_no_harm(explainer: Explainer, typed: str):
    assert explainer.explain(typed).listing == explainer.explain("4xx").listing


@pytest.mark.parametrize(
    ("tag", "entry"),
    [
        ("S3140", "outlook/network-block-list"),
        ("yahoo TSS04", "yahoo/deferred-complaints"),
        ("[TSS04]", "yahoo/deferred-complaints"),
        ("OFR_416", "orange/unknown-user"),
        ("AS(201806281)", "microsoft-365/recipient-access-denied"),
        ("comcast RL000001", "comcast/rate-limit"),
    ],
)
def test_a_providers_tag_is_enough(explainer: Explainer, tag: str, entry: str):
    answer = explainer.explain(tag)
    assert answer.entry is not None
    assert answer.entry.id == entry
    assert answer.reply_code is None


def test_a_tag_without_its_code_promises_what_its_codes_do(explainer: Explainer):
    assert explainer.explain("S3140").persistence is Persistence.PERMANENT
    assert explainer.explain("TSS04").persistence is Persistence.TRANSIENT
    # Mail with viruses is refused for good, mostly; not by this provider.
    assert explainer.explain("SFR_IN_102").persistence is Persistence.TRANSIENT


def test_a_code_that_one_provider_alone_uses_tells_whose_server_it_was(explainer: Explainer):
    assert explainer.explain("550 5.7.708 Access denied").provider == "Microsoft 365"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abcdegilmosuy 0123456789.-x#'\u2019@", max_size=90))
def test_anything_can_be_typed(explainer: Explainer, typed: str):
    answer = explainer.explain(typed)
    assert answer.text == typed.strip()
