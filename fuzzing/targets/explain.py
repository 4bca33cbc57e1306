"""Any text explained, counted and shown: as a card, in the terminal and in a step of a workflow."""

from __future__ import annotations

import io

from rich.console import Console

from bot.render.card import card
from bot.render.step import variables
from bot.render.text import show
from bot.render.why import show_why
from bot.smtp.packed import pack, unpack
from bot.smtp.passage import LONGEST, clean, find_passage
from fuzzing.checks import check_message, check_terminal
from fuzzing.material import Target, explainer, text_of


def build() -> Target:
    """Explain, and look at everything that is said."""
    known = explainer()

    def explained(data: bytes) -> None:
        text = text_of(data)
        cleaned = clean(text)
        assert len(cleaned) <= LONGEST * 2
        find_passage(cleaned)
        answer = known.explain(text)
        assert 0 <= answer.confidence <= 1
        assert known.masked(answer).isprintable()
        check_message(card(answer))
        if answer.entry:
            assert card(unpack(pack(answer), known.knowledge)) == card(answer)
        variables(answer)
        screen = io.StringIO()
        console = Console(file=screen, highlight=False, emoji=False, width=80)
        show(answer, console)
        show_why(answer, console)
        check_terminal(screen.getvalue())

    return explained
