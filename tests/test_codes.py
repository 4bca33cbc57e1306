"""Reply codes, enhanced status codes and patterns: parse, compare, print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.smtp.codes import CodePattern, EnhancedCode, Persistence, ReplyCode


def test_a_421_is_transient_and_a_550_is_permanent():
    assert ReplyCode.parse("421").is_transient
    assert ReplyCode.parse("550").is_permanent
    assert ReplyCode.parse("250").persistence is None


def test_an_enhanced_code_tells_its_persistence_by_its_class():
    assert EnhancedCode.parse("4.7.1").is_transient
    assert EnhancedCode.parse("5.7.26").is_permanent
    assert EnhancedCode.parse("2.0.0").persistence is None


def test_101_is_read_though_no_server_sends_it():
    assert not ReplyCode.parse("101").is_standard_class
    assert ReplyCode.parse("550").is_standard_class


def test_enhanced_codes_compare_by_number_not_by_text():
    assert EnhancedCode.parse("5.7.9") < EnhancedCode.parse("5.7.26")


@pytest.mark.parametrize("text", ["", "42", "4210", "4x1", "5.7", "٤٢١", "1.1.1", "5.7.1.1"])
def test_what_is_no_code_is_refused_with_a_sentence(text: str):
    with pytest.raises(ValueError, match="is not a reply code"):
        ReplyCode.parse(text)
    with pytest.raises(ValueError, match="is not an enhanced status code"):
        EnhancedCode.parse(text)


@given(st.integers(100, 999))
def test_a_reply_code_prints_as_it_was_read(value: int):
    assert str(ReplyCode.parse(str(value))) == str(value)


@given(st.sampled_from([2, 4, 5]), st.integers(0, 999), st.integers(0, 999))
def test_an_enhanced_code_prints_as_it_was_read(class_: int, subject: int, detail: int):
    text = f"{class_}.{subject}.{detail}"
    assert str(EnhancedCode.parse(text)) == text


def test_4xx_covers_every_transient_reply_code():
    pattern = CodePattern.parse("4xx")
    assert not pattern.is_exact
    assert pattern.covers_reply(ReplyCode(421))
    assert not pattern.covers_reply(ReplyCode(550))


@pytest.mark.parametrize("text", ["5.7.x", "5.7", "5.7.X"])
def test_a_subject_covers_all_its_details(text: str):
    pattern = CodePattern.parse(text)
    assert pattern.covers_enhanced(EnhancedCode(5, 7, 26))
    assert not pattern.covers_enhanced(EnhancedCode(4, 7, 26))
    assert not pattern.covers_enhanced(EnhancedCode(5, 1, 26))


def test_the_registrys_x_stands_for_every_class():
    pattern = CodePattern.parse("X.7.26")
    assert pattern.covers_enhanced(EnhancedCode(4, 7, 26))
    assert pattern.covers_enhanced(EnhancedCode(5, 7, 26))


def test_a_range_of_details_and_a_reply_code_beside_it():
    pattern = CodePattern.parse("550 5.7.500-699")
    assert pattern.covers_reply(ReplyCode(550))
    assert pattern.covers_enhanced(EnhancedCode(5, 7, 606))
    assert not pattern.covers_enhanced(EnhancedCode(5, 7, 700))


@pytest.mark.parametrize("text", ["", "x", "55", "5.", "mailbox full", "5505.7.1", "v5.7.1"])
def test_what_is_no_pattern_is_refused_with_a_sentence(text: str):
    with pytest.raises(ValueError, match="is not a code or a pattern"):
        CodePattern.parse(text)


@given(st.text(max_size=30))
def test_any_text_is_either_a_pattern_or_refused(text: str):
    try:
        pattern = CodePattern.parse(text)
    except ValueError:
        return
    assert pattern.reply or pattern.enhanced


def test_persistence_is_a_plain_word():
    assert str(Persistence.of_digit(4)) == "transient"
