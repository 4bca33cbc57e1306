"""Confidence grows with the evidence, is less where people disagree, and names the neighbours."""

from __future__ import annotations

import pytest

from bot.smtp.confidence import NEIGHBOURS, beside, certainty, usual_entries
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Entry, Kind, Knowledge
from bot.smtp.match import Match
from bot.smtp.phrases import Found
from bot.smtp.reasons import Reason


def _match(knowledge: Knowledge, reason: Reason, score: float) -> Match:
    return Match(next(entry for entry in knowledge if entry.reason is reason), score)


@pytest.fixture
def whole(explainer: Explainer) -> Found:
    """A phrase that stands whole in a text."""
    match = explainer.explain_error("552 5.2.2 mailbox full").guesses[0].match
    assert match is not None
    assert match.found is not None
    assert match.found.whole
    return match.found


@pytest.fixture(scope="module")
def usual(knowledge: Knowledge) -> dict[Reason, Entry]:
    return usual_entries([entry for entry in knowledge if entry.publisher.kind is Kind.CAUSES])


def test_a_wider_margin_is_surer(knowledge: Knowledge):
    full = _match(knowledge, Reason.MAILBOX_FULL, 6.0)
    close = [full, _match(knowledge, Reason.USER_UNKNOWN, 5.5)]
    far = [full, _match(knowledge, Reason.USER_UNKNOWN, 1.0)]
    assert 0 < certainty(close) < certainty(far) < certainty([full]) < 1


def test_what_people_call_by_several_names_is_never_certain(knowledge: Knowledge):
    assert certainty([_match(knowledge, Reason.MAILBOX_FULL, 20.0)]) > 0.9
    assert certainty([_match(knowledge, Reason.POLICY_VIOLATION, 20.0)]) < 0.8


def test_a_phrase_that_is_there_whole_may_be_called_by_another_name(
    knowledge: Knowledge, usual: dict[Reason, Entry], whole: Found
):
    matches = [_match(knowledge, Reason.HOST_UNKNOWN, 20.0)._replace(found=whole)]
    sure = certainty(matches)
    others = beside(matches, usual, sure)
    assert [match.entry.reason for match, _ in others] == list(NEIGHBOURS[Reason.HOST_UNKNOWN])
    assert sure + sum(share for _, share in others) == pytest.approx(1, abs=0.1)
    assert others[0][1] > others[1][1] > 0.05


def test_what_has_one_name_leaves_its_neighbours_little(
    knowledge: Knowledge, usual: dict[Reason, Entry], whole: Found
):
    matches = [_match(knowledge, Reason.MAILBOX_FULL, 20.0)._replace(found=whole)]
    others = beside(matches, usual, certainty(matches))
    assert all(0 < share < 0.02 for _, share in others)


def test_neighbours_are_named_though_nothing_speaks_for_them(
    knowledge: Knowledge, usual: dict[Reason, Entry]
):
    matches = [_match(knowledge, Reason.HOST_UNKNOWN, 8.0)]
    others = beside(matches, usual, certainty(matches))
    assert {match.entry.reason for match, _ in others} == set(NEIGHBOURS[Reason.HOST_UNKNOWN])
    assert all(0 < share < 0.05 for _, share in others)


def test_evidence_outweighs_neighbourhood(knowledge: Knowledge, usual: dict[Reason, Entry]):
    rival = _match(knowledge, Reason.VIRUS, 7.8)
    matches = [_match(knowledge, Reason.HOST_UNKNOWN, 8.0), rival]
    others = beside(matches, usual, certainty(matches))
    assert others[0][0] is rival


def test_a_weak_rival_comes_after_what_a_sure_reading_is_called_by_others(
    knowledge: Knowledge, usual: dict[Reason, Entry], whole: Found
):
    best = _match(knowledge, Reason.IP_BLOCKED, 9.0)._replace(found=whole)
    matches = [best, _match(knowledge, Reason.SYNTAX_ERROR, 4.0)]
    others = beside(matches, usual, certainty(matches))
    assert others[-1][0].entry.reason is Reason.SYNTAX_ERROR


def test_of_equal_rivals_the_neighbour_comes_first(
    knowledge: Knowledge, usual: dict[Reason, Entry]
):
    matches = [
        _match(knowledge, reason, score)
        for reason, score in (
            (Reason.IP_BLOCKED, 6.0),
            (Reason.MOVED, 5.0),
            (Reason.SPAM_CONTENT, 5.0),
        )
    ]
    others = beside(matches, usual, certainty(matches))
    assert others[0][0].entry.reason is Reason.SPAM_CONTENT


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_is_its_own_neighbour(reason: Reason):
    neighbours = NEIGHBOURS.get(reason, ())
    assert reason not in neighbours
    assert len(set(neighbours)) == len(neighbours)


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 <jane@example.com>: User unknown in virtual mailbox table",
        "550 5.7.1 Message refused",
        "554 5.7.1 rejected for policy reasons",
        "something is wrong with the mail",
    ],
)
def test_the_answer_is_never_less_sure_than_its_alternatives(explainer: Explainer, text: str):
    answer = explainer.explain_error(text)
    assert all(0 <= other.confidence <= answer.confidence for other in answer.alternatives)
