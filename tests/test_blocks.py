"""Every message the bot can send is one Slack takes, and nothing pasted comes alive in it."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from running import alive, buttons, mentions, texts
from slack_sdk.models.blocks import Block

from bot.playground.validity import problems_of_blocks, problems_of_view
from bot.render import asked, notes
from bot.render.blocks import Message, _spans
from bot.render.card import CAUSES, brief, card, help_message, shared, stale_message
from bot.render.channels import (
    behaviour,
    invited,
    muted,
    no_channel,
    no_mode,
    now_behaves,
    unread,
)
from bot.render.feedback import rated, settled
from bot.slack.buttons import packed_answer
from bot.smtp.answer import Answer, Guess
from bot.smtp.codes import EnhancedCode, Persistence, ReplyCode
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Entry, Knowledge
from bot.smtp.packed import pack, unpack
from bot.smtp.spot import Spotter
from bot.store import Mode, Note, tables

LONGEST_TEXT = 4000  # Slack cuts the text beside the blocks there


def check(message: Message) -> None:
    """Three judges: slack-sdk's models (lengths), the pretend Slack (shapes), and counts."""
    text, blocks = message["text"], message["blocks"]
    assert 0 < len(text.strip()) <= LONGEST_TEXT
    assert 0 < len(blocks) <= 50
    for block in Block.parse_all(blocks):
        assert block is not None
        block.to_dict()
    assert problems_of_blocks(blocks) == []
    ids = [button["action_id"] for button in buttons(dict(message))]
    assert len(ids) == len(set(ids))
    assert all(0 < len(button["value"]) <= 2000 for button in buttons(dict(message)))
    assert all(texts(blocks))


def about(entry: Entry, *others: Entry) -> Answer:
    """An answer that found this entry, whatever the matcher would say."""
    phrase = max(entry.phrases, key=len, default=None)
    return Answer(
        text=entry.example,
        guesses=(Guess(entry, 0.6, phrase), *(Guess(other, 0.1) for other in others)),
        reply_code=ReplyCode.parse("550"),
        enhanced_code=EnhancedCode.parse("5.7.26"),
        provider=entry.provider,
        persistence=Persistence.PERMANENT,
    )


def test_every_entry_makes_a_valid_card(knowledge: Knowledge):
    longest = max(knowledge, key=lambda entry: len(entry.title))
    for entry in knowledge:
        answer = about(entry, longest, longest, longest)
        check(card(answer))
        check(shared(answer, "U0YOU000001"))
        check(brief([answer], mutable=True))
        check(settled(brief([answer], mutable=True)))
        check(settled(rated(card(answer), [answer], of="1700000000.000100")))


def test_every_code_makes_a_valid_card(knowledge: Knowledge, explainer: Explainer):
    codes = {str(code) for entry in knowledge for code in entry.codes}
    assert len(codes) > 100
    for code in codes:
        check(card(explainer.explain(code)))


def test_the_longest_of_everything_is_still_valid(knowledge: Knowledge):
    """Cards of the entries with the longest title, steps and meaning, several causes at once."""
    longest = [
        max(knowledge, key=lambda entry: len(entry.title)),
        max(knowledge, key=lambda entry: sum(map(len, entry.steps))),
        max(knowledge, key=lambda entry: len(entry.meaning)),
        max(knowledge, key=lambda entry: len(entry.source)),
    ]
    message = brief([about(entry) for entry in longest], mutable=True)
    check(message)
    check(settled(message))
    assert len(buttons(dict(message))) == CAUSES + 1, "one for each cause, one to mute"
    assert "And 1 more cause in this message." in list(texts(message["blocks"]))


@pytest.mark.parametrize("pattern", ["2xx", "4xx", "5xx", "4.x.x", "5.x.x", "5.7.x", "5.1", "7xx"])
def test_every_list_of_codes_is_valid(explainer: Explainer, pattern: str):
    check(card(explainer.explain(pattern)))


def test_every_publishers_list_is_valid(knowledge: Knowledge, explainer: Explainer):
    for publisher in knowledge.publishers:
        for name in (publisher.name, *publisher.aliases):
            check(card(explainer.explain(name)))


def test_help_and_the_rest_are_valid(explainer: Explainer):
    check(help_message())
    check(stale_message())
    for sentence in (
        asked.no_error,
        asked.nothing_above,
        asked.thread_unread,
        asked.not_shared,
        asked.welcome,
    ):
        check(sentence())
    for nothing in ("", "xyzzy plugh", "299 what", "999"):
        check(card(explainer.explain(nothing)))


def test_only_our_own_links_work(knowledge: Knowledge):
    for entry in knowledge:
        ours = " ".join((entry.meaning, *entry.steps))
        source, *links = sorted(alive(dict(card(about(entry)))))
        assert source.startswith(f"<{entry.source}|Source: ")
        assert all(json.loads(link)["url"] in ours for link in links)
        links = list(alive(dict(brief([about(entry)]))))
        assert all(json.loads(link)["url"] in entry.steps[0] for link in links)


def test_a_link_in_a_step_ends_before_the_full_stop():
    *_, before, link, after = _spans("Use `dig`, see https://check.spamhaus.org/. Then wait.")
    assert before["text"] == ", see "
    assert link == {"type": "link", "url": "https://check.spamhaus.org/"}
    assert after["text"] == ". Then wait."


def test_every_examples_card_is_valid_too(knowledge: Knowledge, explainer: Explainer):
    for entry in knowledge:
        check(card(explainer.explain(entry.example)))


PIECES = st.sampled_from(
    [
        *("<!channel>", "<@U0COLLEAGUE>", "<https://evil.example|x>", "`", "```", "*", "_", "&lt;"),
        *("550 5.1.1 ", "421 ", "user unknown ", "mailbox full ", "4xx", "gmail", "\n", "<", ">"),
        *("554 5.7.1 <a@example.com>: Relay access denied ", "\u202e", "\x1b[31m", ":bomb:", "\0"),
    ]
)
PASTED = st.lists(PIECES | st.text(max_size=20), max_size=12).map("".join)


@given(PASTED)
def test_nothing_pasted_comes_alive_or_breaks_a_message(
    explainer: Explainer, spotter: Spotter, pasted: str
):
    answer = explainer.explain(pasted)
    messages = [card(answer)]
    if answer.entry:
        messages.append(shared(answer, "U0YOU000001"))
    if spotted := spotter.spot(pasted):
        messages += [brief(spotted), brief(spotted, mutable=True)]
    for message in messages:
        check(message)
        assert mentions(dict(message)) <= {"<@U0YOU000001>"}
        assert "evil.example" not in json.dumps(message)


TEXTS = PASTED.map(str.strip).filter(bool)


def note_on(entry: str, text: str, version: int = 1, name: str = "") -> Note:
    return Note(entry, text, "U0COLLEAGUE", tables.now(), version, locked=True, name=name)


@given(text=TEXTS, name=TEXTS)
def test_nothing_in_a_note_comes_alive_or_breaks_a_message(
    explainer: Explainer, text: str, name: str
):
    answer = explainer.explain("550 5.1.1 user unknown")
    assert answer.entry
    entry = answer.entry.id
    author = {json.dumps({"type": "user", "user_id": "U0COLLEAGUE"})}
    private, public = ({entry: note_on(entry, text, name=each)} for each in ("", name))
    for message in (card(answer, notes=private), notes.listing(list(private.values()), {})):
        check(message)
        assert mentions(dict(message)) == author
    for message in (
        card(answer, notes=public),
        shared(answer, "U0YOU000001", public),
        asked.private([answer, answer], "1.1", public),
        brief([answer], mutable=True, notes=public),
    ):
        check(message)
        assert mentions(dict(message)) <= {"<@U0YOU000001>"}


@given(text=TEXTS, mine=st.none() | st.just("") | TEXTS)
@example(text="x" * notes.LONGEST, mine="<" * notes.LONGEST)
def test_every_form_of_a_note_is_one_slack_takes(knowledge: Knowledge, text: str, mine: str | None):
    longest = max(knowledge, key=lambda entry: len(entry.title))
    saves = [note_on(longest.id, each, 5 - place) for place, each in enumerate([text, "", text])]
    place = {"channel": "C" * 32, "thread": "1" * 32, "url": "https://hooks.slack.com/" + "x" * 200}
    for is_admin in (True, False):
        for now in (saves[0], saves[1], Note(longest.id)):
            tried = None if mine is None else note_on(longest.id, mine)
            view = notes.form(longest.title, now, saves, place, is_admin=is_admin, mine=tried)
            assert problems_of_view(view) == []
            for block in Block.parse_all(view["blocks"]):
                assert block is not None
                block.to_dict()
    for view in (notes.waiting(), notes.not_here(), notes.outdated()):
        assert problems_of_view(view) == []


def test_everything_said_about_notes_is_valid(knowledge: Knowledge):
    longest = max(knowledge, key=lambda entry: len(entry.title))
    for done in ("", "added, locked", "removed", "changed, unlocked"):
        check(notes.saved(longest.title, done))
    check(notes.listing([], {}))
    check(notes.not_listed())


def test_everything_said_about_a_channel_is_valid():
    for message in (no_mode(), no_channel(), muted(), unread()):
        check(message)
    check(invited(None, True))
    check(invited(None, False))
    for mode in Mode:
        check(behaviour(mode))
        check(behaviour(mode, "U0YOU000001"))
        check(now_behaves(mode))
        check(invited(mode, False))


@given(PASTED)
def test_a_packed_answer_shows_the_same_card(explainer: Explainer, pasted: str):
    answer = explainer.explain(pasted)
    if answer.entry and not answer.heading:
        again = unpack(pack(answer), explainer.knowledge)
        assert card(again) == card(answer)
        assert pack(again) == pack(answer)


FIELDS = ["entries", "phrase", "reply", "enhanced", "provider", "persistence", "asked_code"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.text(max_size=200) | PASTED)
def test_a_button_of_anything_is_no_answer(explainer: Explainer, value: str):
    assert packed_answer({"value": value}, explainer) is None


@given(field=st.sampled_from(FIELDS), value=JSON)
@example(field="phrase", value=-99)
@example(field="entries", value=[])
@example(field="entries", value=[["no/such-entry", 0.9], ["reply-codes/421", 0.1]])
def test_a_spoilt_button_is_a_card_or_no_answer(explainer: Explainer, field: str, value: object):
    packed = json.loads(pack(explainer.explain("550 5.1.1 user unknown")))
    spoilt = packed_answer({"value": json.dumps(packed | {field: value})}, explainer)
    if spoilt:
        assert spoilt.entry
        assert card(spoilt)["text"]
