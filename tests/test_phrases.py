"""The index over phrases: its short cuts give what the long way gives."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.smtp import phrases
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge
from bot.smtp.phrases import PLACE, PhraseIndex, phrase_words
from bot.smtp.reasons import Reason
from bot.smtp.words import cut, folded


def broken(knowledge: Knowledge, chance: random.Random) -> list[str]:
    """The words of some entries' phrases, a few of them lost, the rest in another order."""
    entries = chance.sample(list(knowledge), 3)
    words = [word for entry in entries for text in entry.phrases[:2] for word in phrase_words(text)]
    kept = [word for word in words if chance.random() < 0.8]
    if chance.random() < 0.5:
        begin = chance.randrange(len(kept) + 1)
        kept = kept[begin:] + kept[:begin]
    return kept


def test_no_phrase_is_better_at_a_closer_look(knowledge: Knowledge):
    index, chance = PhraseIndex(knowledge), random.Random(7)
    looked = 0
    for _ in range(500):
        known = index.known(broken(knowledge, chance))
        sequence = "".join(known)
        for found in index.find(known, sequence):
            closely = index.closely(found.phrase, sequence)
            if found.missing and closely:
                looked += 1
                assert closely.there <= found.there + 1e-9
                assert closely.missing >= found.missing - 1e-9
    assert looked > 500


def test_ranking_the_likely_phrases_only_changes_no_answer(
    knowledge: Knowledge, explainer: Explainer, monkeypatch: pytest.MonkeyPatch
):
    examples = [entry.example for entry in knowledge]
    quickly = [explainer.explain(example) for example in examples]
    monkeypatch.setattr(phrases, "LIKELY", math.inf)
    for example, answer in zip(examples, quickly, strict=True):
        assert explainer.explain(example) == answer, example


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("user unknown", ["user", "unknown"]),
        ('"user" (unknown):', ["user", "unknown"]),
        ("550-user/unknown", ["550", "user", "unknown"]),
        ("<someone@example.com>: full", ["full"]),
        ("see 5.1.1, mx.example.com.", ["see", "5.1.1", "mx.example.com"]),
        ("ref=https://example.com/help?x=1", ["ref", "example.com", "example.com/help"]),
    ],
)
def test_words_are_cut_from_what_stands_around_them(text: str, words: list[str]):
    assert cut(text).words == words


def test_subject_and_predicate_speak_together_in_either_order(knowledge: Knowledge):
    """Neither word tells by itself what the two mean near each other."""
    index = PhraseIndex(knowledge)

    def told(text: str) -> float:
        return index.reasons_together(index.known(text.split()))[PLACE[Reason.MAILBOX_FULL]]

    assert told("mailbox full") == told("full mailbox") > 0
    assert told("mailbox") == told("full") == 0
    assert told("mailbox of the user which is now already full") != told("mailbox full")


@given(st.text(max_size=200))
def test_a_text_without_its_accents_has_the_same_words(text: str):
    low = text.lower()
    assert cut(folded(low)) == cut(low)
    assert folded(folded(low)) == folded(low)
    assert [letter for letter in low if letter.isascii() and folded(letter) != letter] == []


def test_every_letter_with_an_accent_has_one_way_to_be_typed():
    assert folded("fußgänger, größe, d\u0131\u015f, élève, łódź, señor, việt") == (
        "fussgaenger, groesse, dis, eleve, lodz, senor, viet"
    )
    assert folded("недоступен, 邮箱, άγνωστος") == "недоступен, 邮箱, άγνωστος"
