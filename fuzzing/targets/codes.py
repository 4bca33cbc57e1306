"""The codes in any text."""

from __future__ import annotations

from bot.smtp.codes import CodePattern, EnhancedCode, ReplyCode
from bot.smtp.reading import read_codes
from bot.smtp.words import cut
from fuzzing.material import Target, text_of


def build() -> Target:
    """Read codes; all that are read can be parsed."""

    def read(data: bytes) -> None:
        text = text_of(data)
        codes = read_codes(text)
        for reply in codes.all_replies:
            ReplyCode.parse(reply)
        for enhanced in codes.all_enhanced:
            EnhancedCode.parse(enhanced)
        cut(text.lower())
        try:
            CodePattern.parse(text)
        except ValueError:
            return

    return read
