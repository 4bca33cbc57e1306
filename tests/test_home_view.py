"""The Home view from plain values: always one that Slack takes, and nothing quoted comes alive."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import buttons, mentions, texts
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SlackView
from test_blocks import PASTED, about

from bot.playground.validity import problems_of_view
from bot.render.card import card, stale_message
from bot.render.channels import MODES
from bot.render.home import (
    MOST_CHANGES,
    MOST_CHANNELS,
    NOT_TOLD,
    ChangeLine,
    ChannelLine,
    HomeValues,
    NoteLine,
    Place,
    UnhelpfulLine,
    UnknownLine,
    details,
    home,
    notes_section,
    unhelpful_section,
    unknown_section,
    when,
)
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge
from bot.store import Mode

YOU = "U0YOU000001"
THEN = datetime.datetime(2026, 11, 23, 17, 0, tzinfo=datetime.UTC)
DATE = "<!date^1795453200^{date_short_pretty} at {time}|2026-11-23 17:00 UTC>"


def check_view(view: dict[str, Any]) -> None:
    """The judges of test_blocks.py, for views: slack-sdk's models, the pretend Slack, counts."""
    assert 0 < len(view["blocks"]) <= 100
    for block in Block.parse_all(view["blocks"]):
        assert block is not None
        block.to_dict()
    SlackView(**view).to_dict()
    assert problems_of_view(view) == []
    ids = [one["action_id"] for one in actors(view["blocks"])]
    assert len(ids) == len(set(ids))
    assert all(0 < len(button["value"]) <= 2000 for button in buttons(view))
    assert all(texts(view["blocks"]))


def actors(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What can be clicked or filled in."""
    elements = [block.get("accessory") or block.get("element") for block in blocks]
    return [*filter(None, elements), *buttons({"blocks": blocks})]


def everything(**values: Any) -> HomeValues:
    """A Home with as much of everything as there may be, and as long."""
    return HomeValues(
        **{
            "place": Place(channels=1, changes=1, drawn="1700000000.000100"),
            "notice": NOT_TOLD,
            "channels": [
                ChannelLine(f"C{number:010}", "quiet", True) for number in range(MOST_CHANNELS)
            ],
            "channel_count": 300,
            "notes": [NoteLine("&" * 150, "<&>" * 1000, YOU, THEN)] * 50,
            "unknowns": [UnknownLine("<`>" * 1000, 12345, THEN)] * 50,
            "unhelpful": [UnhelpfulLine("&" * 150, 2, THEN)] * 50,
            "changes": [ChangeLine("C0", YOU, "<" * 64, THEN)] * MOST_CHANGES,
            "has_older_changes": True,
            **values,
        }
    )


def test_with_as_much_of_everything_as_there_may_be_it_is_valid(
    knowledge: Knowledge, explainer: Explainer
):
    check_view(home(everything()))
    for asked in ("5xx", "gmail", "postfix", "xyzzy plugh", "421"):
        check_view(home(everything(answer=explainer.explain(asked))))


def test_with_nothing_it_is_valid_and_short():
    view = home(HomeValues(Place()))
    check_view(view)
    assert len(view["blocks"]) == 2, "what it does, and the search"


def test_every_answer_is_valid_in_home_and_as_a_modal(knowledge: Knowledge):
    for entry in knowledge:
        answer = about(entry, entry, entry, entry)
        check_view(home(HomeValues(Place(), answer)))
        check_view(details(card(answer)["blocks"]))
    check_view(details(stale_message()["blocks"]))


@given(PASTED)
def test_nothing_searched_for_comes_alive(explainer: Explainer, pasted: str):
    view = home(HomeValues(Place(), explainer.explain(pasted)))
    check_view(view)
    assert mentions({"text": "", "blocks": view["blocks"]}) == set()
    assert "evil.example" not in json.dumps(view)


@given(PASTED, st.integers(1, 9))
def test_nothing_that_people_wrote_comes_alive(pasted: str, count: int):
    blocks = [
        *notes_section([NoteLine(pasted, pasted, YOU, THEN)]),
        *unknown_section([UnknownLine(pasted, count, THEN)]),
        *unhelpful_section([UnhelpfulLine(pasted, count, THEN)]),
    ]
    check_view({"type": "home", "blocks": blocks})
    lines = [block["text"] for block in blocks if block["type"] == "section"]
    assert all(line["verbatim"] for line in lines), "no address becomes a link"
    assert mentions({"text": "", "blocks": blocks}) <= {f"<@{YOU}>", DATE}


def test_a_note_is_one_line():
    note = NoteLine("Mailbox full", "Ask the customer\nto tidy up", YOU, THEN)
    _, line = texts(notes_section([note]))
    assert line == f"• *Mailbox full*: Ask the customer (<@{YOU}>, {DATE})\n"


def test_of_many_notes_the_first_are_shown_and_the_rest_counted():
    note = NoteLine("Mailbox full", "Ask the customer", YOU, THEN)
    _, lines, more = texts(notes_section([note] * 7))
    assert len(lines.splitlines()) == 5
    assert more == "And 2 more."


def test_what_was_not_explained_asks_for_a_note():
    once = UnknownLine("554 frobnicated `by` <id>", 1, THEN)
    often = UnknownLine("queue stuck", 3, THEN)
    _, lines, hint = texts(unknown_section([once, often]))
    assert lines.splitlines() == [
        f"• `554 frobnicated 'by' &lt;id&gt;` (once, last {DATE})",
        f"• `queue stuck` (3 times, last {DATE})",
    ]
    assert "Add a note" in hint


def test_what_was_not_helpful_asks_for_a_note():
    _, lines, hint = texts(unhelpful_section([UnhelpfulLine("Mailbox full", 2, THEN)]))
    assert lines == f"• Mailbox full (2 times, last {DATE})\n"
    assert "Add a note" in hint


def test_a_moment_is_shown_in_the_readers_zone():
    east = THEN.astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    assert when(THEN) == when(east) == DATE


def test_every_mode_is_in_the_menu():
    assert list(MODES) == list(Mode)


@pytest.mark.parametrize("packed", ["", "{}", "[]", "null", '{"channels": 1, "new": 2}', "x"])
def test_a_place_of_another_version_is_the_beginning(packed: str):
    assert Place.unpacked(packed) == Place()


def test_a_place_survives_packing():
    place = Place(3, 2, "1700000000.000100")
    assert Place.unpacked(place.packed()) == place
