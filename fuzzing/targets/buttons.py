"""Any JSON as a button's value and as what travels with a view."""

from __future__ import annotations

import json
from contextlib import suppress

from bot.render.card import card
from bot.render.feedback import rating_of
from bot.render.home import Place
from bot.slack.buttons import packed_answer
from bot.smtp.packed import pack
from fuzzing.checks import check_message
from fuzzing.material import Target, Values, explainer, text_of

NAMES = [
    *("entries", "phrase", "reply", "enhanced", "provider", "persistence", "asked_code"),
    *("verdict", "of", "helpful", "channels", "changes", "drawn", "files", "thread"),
    *("550", "5.1.1", "transient", "reply-codes/421", "reply-codes/550", "postfix/user-unknown"),
]


def build() -> Target:
    """Unpack whatever it is, and show what comes out."""
    known = explainer()
    genuine = json.loads(pack(known.explain("550 5.1.1 user unknown")))

    def pressed(data: bytes) -> None:
        values = Values(data, NAMES)
        kind = values.byte() % 4
        if kind == 0:
            text = text_of(data[1:])
        elif kind == 1:
            text = data[1:2].decode("latin-1") * 2_000
        else:
            spoilt = {values.name(): values.value() for _ in range(3)}
            text = json.dumps((genuine if kind == 2 else {}) | spoilt)
        if answer := packed_answer({"value": text}, known):
            check_message(card(answer))
        with suppress(ValueError):
            rating_of(text)
        assert Place.unpacked(text).channels >= 0

    return pressed
