"""Hostile input by the hundred: every function that takes what others wrote, given anything."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console
from running import alive, mentions
from test_blocks import PASTED, check

from benchmarks import hostile
from bot.cli import MOST_BYTES, main
from bot.playground.validity import problems_of_view
from bot.render.card import card
from bot.render.digest import COLUMNS, digest_message, table
from bot.render.feedback import LABELS, rating_of
from bot.render.home import ChangeLine, ChannelLine, HomeValues, NoteLine, Place, UnknownLine, home
from bot.render.step import variables
from bot.render.text import printable, show
from bot.render.why import show_why
from bot.settings import SettingsError, load_settings
from bot.slack.buttons import packed_answer
from bot.slack.message_text import text_of
from bot.slack.questions import answers_to, errors_in, without_mention
from bot.smtp import receivers
from bot.smtp.answer import Answer
from bot.smtp.digest import Digest
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge, KnowledgeError, load
from bot.smtp.logs import reports
from bot.smtp.packed import pack
from bot.smtp.passage import LONGEST, clean, find_passage
from bot.smtp.providers import Recognizer
from bot.smtp.question import Question
from bot.smtp.report import Report
from bot.smtp.spot import Spotter
from bot.smtp.words import cut
from bot.store import tables

HIDDEN = ["\u202e", "\u200b", "\u2066", "\ufeff", "\x1b[31m", "\x1b]0;x\a", "\x9b1m", "\r", "\0"]
ANYTHING = st.lists(PASTED | st.sampled_from(HIDDEN), max_size=6).map("".join)

# Texts


@given(ANYTHING)
@example("<" * 99 + "a@" * 99 + "|x>")
@example("&#0;&#x202e;&#55296;&lt;!channel>")
def test_whatever_is_cleaned_is_bounded_and_hides_nothing(text: str):
    cleaned = clean(text)
    assert len(cleaned) <= 2 * LONGEST
    for part in find_passage(cleaned):
        assert len(part) <= 2 * len(cleaned) + LONGEST


@given(ANYTHING)
def test_whatever_is_cut_is_lower_case_words(text: str):
    words = cut(text.lower())
    assert all(word and not word.isspace() for word in words.words)
    assert sum(map(len, words.words)) <= 3 * len(text)


@given(ANYTHING)
@example("to=<a@" + "b." * 500)
def test_domains_are_counted_and_never_many(text: str):
    domains = receivers.receiving_domains(text * 3)
    assert len(domains) <= receivers.MOST
    assert all(0 <= number < 65_536 for number in receivers.numbered(domains, text))


@given(ANYTHING)
def test_a_provider_is_one_that_is_known(knowledge: Knowledge, text: str):
    low = text.lower()
    known = {publisher.name for publisher in knowledge.publishers}
    recognizer = Recognizer(knowledge)
    assert recognizer.provider(low, cut(low)) in known | {None}


@pytest.fixture(scope="module")
def shapes(knowledge: Knowledge) -> dict[str, str]:
    return hostile.texts(knowledge)


def test_the_longest_texts_are_answered_like_others(
    explainer: Explainer, spotter: Spotter, shapes: dict[str, str]
):
    assert len(shapes) > 30
    for text in shapes.values():
        assert len(text) == hostile.LONGEST
        check(card(explainer.explain(text)))
        assert explainer.masked(explainer.explain(text)).isprintable()
        spotter.spot(text)


@settings(max_examples=60)
@given(ANYTHING)
def test_whatever_is_asked_has_an_answer(explainer: Explainer, spotter: Spotter, text: str):
    question = Question(without_mention(text, "U0BOT"))
    assert answers_to(question, explainer, spotter)
    errors_in(question.core, explainer, spotter)
    assert isinstance(question.is_greeting or question.is_thanks or question.points_above, bool)


@given(ANYTHING)
def test_a_step_of_a_workflow_tells_texts_and_numbers(explainer: Explainer, text: str):
    told = variables(explainer.explain(text))
    assert all(isinstance(each, str | int) for each in told.values())


# The terminal


def is_harmless(shown: str) -> bool:
    """Whether nothing in it controls a terminal, hides, or turns what follows around."""
    return all(
        letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for letter in shown
    )


@given(ANYTHING | st.text())
def test_nothing_pasted_controls_a_terminal(explainer: Explainer, text: str):
    screen = io.StringIO()
    console = Console(file=screen, highlight=False, emoji=False, width=80)
    answer = explainer.explain(text)
    show(answer, console)
    show_why(answer, console)
    assert is_harmless(screen.getvalue())
    assert is_harmless(printable(text))


def test_endless_input_ends_at_what_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    asked: list[int] = []

    class Endless(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert size > 0, "all of it was asked for"
            asked.append(size)
            return b"550 5.1.1 user unknown ".ljust(size)

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Endless()))
    assert main(["explain"]) == 0
    assert sum(asked) <= MOST_BYTES
    assert "550 5.1.1" in capsys.readouterr().out


# What comes back from Slack

NAMES = st.sampled_from(
    [
        *("text", "blocks", "attachments", "fields", "elements", "type", "title", "value"),
        *("entries", "verdict", "of", "provider", "phrase", "channels", "changes", "drawn"),
        "bot_id",
    ]
)
WORDS = st.sampled_from(
    [
        *("rich_text", "rich_text_section", "mrkdwn", "plain_text", "text", "link"),
        *("reply-codes/421", "helpful", "550", "5.1.1", "transient"),
    ]
)
NUMBERS = st.integers() | st.floats() | st.just(10**400)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_any_message_has_a_text(message: dict[str, Any]):
    assert isinstance(text_of(message), str)


def test_a_message_nested_deeper_than_slacks_are_is_read_as_far_as_those():
    inner: dict[str, Any] = {"type": "mrkdwn", "text": "too deep"}
    for _ in range(500):
        inner = {"type": "section", "elements": [inner]}
    message = {"blocks": [inner, {"type": "section", "text": {"type": "mrkdwn", "text": "550"}}]}
    assert text_of(message) == "550"


FIELDS = ["entries", "phrase", "reply", "enhanced", "provider", "persistence", "asked_code"]
LONG_NAME = json.dumps("\u3042" * 400)


@given(JSON.map(json.dumps) | st.text(max_size=200))
@example("[" * 2_000)
@example('{"entries":' * 180)
@example('{"entries": [["reply-codes/421", 1' + "0" * 400 + ']], "phrase": null}')
def test_a_button_of_any_json_is_no_answer_or_a_verdict_of_ours(explainer: Explainer, value: str):
    answer = packed_answer({"value": value}, explainer)
    assert answer is None or answer.entry
    try:
        rating = rating_of(value)
    except ValueError:
        return
    assert rating.verdict in LABELS


@given(st.sampled_from(FIELDS), JSON)
@example("provider", "\u3042" * 400)
@example("entries", [["reply-codes/421", 0.5]] * 60)
@example("entries", [["reply-codes/421", 10**400]])
@example("entries", [["reply-codes/421", float("nan")]])
def test_a_spoilt_button_makes_no_message_that_slack_refuses(
    explainer: Explainer, field: str, value: Any
):
    genuine = json.loads(pack(explainer.explain("550 5.1.1 user unknown")))
    answer = packed_answer({"value": json.dumps(genuine | {field: value})}, explainer)
    if answer:
        check(card(answer))


@given(JSON.map(json.dumps) | st.text(max_size=99))
@example("[" * 3_000)
@example('{"channels": -1}')
@example('{"channels": "1"}')
@example('{"channels": 1e999}')
def test_whatever_travels_with_home_is_a_place_in_it(text: str):
    place = Place.unpacked(text)
    assert min(place.channels, place.changes) >= 0
    assert isinstance(place.drawn, str)


@settings(max_examples=60)
@given(ANYTHING, st.lists(ANYTHING, max_size=4))
def test_nothing_in_home_comes_alive_or_breaks_it(
    explainer: Explainer, asked: str, others: list[str]
):
    now = tables.now()
    values = HomeValues(
        Place(),
        explainer.explain(asked),
        channels=[ChannelLine("C1", None, is_shared=False)],
        channel_count=1,
        notes=[NoteLine(each or "x", each or "x", "U0COLLEAGUE", now) for each in others],
        unknowns=[
            UnknownLine(explainer.masked(Answer(each, each)) or "x", 2, now) for each in others
        ],
        changes=[ChangeLine("C1", "U0COLLEAGUE", each, now) for each in others],
    )
    view = home(values)
    assert problems_of_view(view) == []
    working = mentions({"text": "", "blocks": view["blocks"]})
    assert all(each.startswith(("<#C1>", "<@U0COLLEAGUE>", "<!date^")) for each in working)
    assert "evil.example" not in "".join(alive({"text": "", "blocks": view["blocks"]}))


# Files

NAMES_OF_FILES = st.sampled_from(["", "a.eml", "a.mbox", "a.csv", "a.json", "a.log"])
LINES = st.sampled_from(
    [
        "Nov 20 09:12:41 mx postfix/smtp[1]: A1: to=<a@=cmd|x.example>, status=bounced "
        "(host mx said: 550 5.1.1 User unknown)",
        '{"email": "=1+1@evil.example", "reason": "550 5.1.1 <!channel> user unknown"}',
        "email,reason\n=cmd()@example.com,550 5.1.1 user unknown",
        "550 5.7.1 <https://evil.example|click> relay access denied",
        "From: a@example.com\nTo: b@example.com\nSubject: c\nDate: d\n\n550 5.1.1 user unknown",
        "Content-Type: multipart/mixed; boundary=x\n\n--x\n",
        "<head>" * 50,
    ]
)


@settings(max_examples=60)
@given(st.lists(LINES | ANYTHING, max_size=8).map("\n".join), NAMES_OF_FILES)
@example("<style>" * 2_000, "a.eml")
def test_no_file_makes_a_digest_that_comes_alive(spotter: Spotter, text: str, name: str):
    def explain(report: Report) -> Answer | None:
        return next(iter(spotter.spot(report.text)), None)

    digest = Digest()
    digest.add(reports([text], name), explain)
    if not digest.count:
        return
    message = digest_message(digest, ["F1"], thread_ts="1.1", mutable=True)
    check(message)
    assert mentions(dict(message)) == set()
    rows = list(csv.reader(io.StringIO(table(digest))))
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert not any(each.startswith(("=", "+", "-", "@")) for row in rows for each in row)


# What an operator may have broken


@given(
    st.dictionaries(
        st.sampled_from(["PORT", "SLACK_API_URL", "DATABASE_URL", "LOG_LEVEL", "SLACK_BOT_TOKEN"]),
        st.text(max_size=20),
    )
)
@example({"PORT": "٣٠٠٠"})
@example({"PORT": "²"})
@example({"PORT": "9" * 5_000})
@example({"DATABASE_URL": "sqlite:///\0"})
def test_any_setting_works_or_is_named(environment: dict[str, str]):
    try:
        found = load_settings(environment, Path("no-such-file"))
    except SettingsError as mistake:
        named = str(mistake)
        assert [name for name in environment if name in named]
        return
    assert 0 <= found.port <= 65_535


HEAD = 'publisher = "X"\nsource = "https://example.com/"\nchecked = 2026-11-20\n'


@settings(max_examples=60)
@given(st.text(max_size=60) | ANYTHING, st.sampled_from(["", HEAD, HEAD + '["421"]\n']))
@example("a = [" + "[" * 5_000, "")
@example("a." * 3_000 + "b = 1", "")
@example("x = 9999-99-99", HEAD)
@example('codes = ["421"]\ntitle = 7', HEAD + '["421"]\n')
def test_a_broken_file_of_knowledge_is_named(
    tmp_path_factory: pytest.TempPathFactory, text: str, head: str
):
    folder = tmp_path_factory.mktemp("knowledge")
    (folder / "servers").mkdir()
    (folder / "servers" / "x.toml").write_bytes((head + text).encode("utf8", "surrogatepass"))
    with pytest.raises(KnowledgeError) as mistake:
        load(folder)
    assert "x.toml" in str(mistake.value) or "No knowledge" in str(mistake.value)


PAGE = """\
From: postmaster@example.net
To: jane@example.com
Subject: Undeliverable
Date: Fri, 20 Nov 2026 09:12:41 +0000
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

{}"""


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<style>p {color: red}</style><p>550 5.1.1</p>", "550 5.1.1"),
        ("<STYLE>p {color: red}</Style><p>İ 550 5.1.1</p>", "İ 550 5.1.1"),
        ("<head><style>x</style><title>y</title></head>550 5.1.1", "550 5.1.1"),
        ("<head>550 5.1.1", "550 5.1.1"),
        ("<script>1<script>2</script>550 5.1.1</script>", "550 5.1.1"),
        ("<style>" * 9 + "550 5.1.1", "550 5.1.1"),
    ],
)
def test_of_a_page_is_read_what_it_shows(page: str, shown: str):
    [report] = reports([PAGE.format(page)], "a.eml")
    assert report.text.split("\n\n", 1)[-1].split() == shown.split()


@pytest.mark.parametrize(
    ("link", "read"),
    [
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("<https://example.com/?a=1|example.com>", "https://example.com/?a=1"),
        ("<a:b|>", "a:b"),
        ("<abc|def>", "<abc|def>"),
        ("<@@@|x>", "@@@"),
        ("<" + "@" * 4_001 + "|x>", "<" + "@" * 4_001 + "|x>"),
    ],
)
def test_a_link_is_read_as_where_it_leads(link: str, read: str):
    assert clean(link) == read
