"""The longest texts that anyone can paste, in shapes that make careless patterns run away."""

from __future__ import annotations

import random

from benchmarks import errors
from bot.smtp.knowledge import Knowledge

LONGEST = 40_000  # characters: Slack's own limit for a message
SEED = 40
_REPEATED = {
    "one letter": "a",
    "letters and hyphens": "a-",
    "letters and dots": "a.",
    "digits": "0123456789",
    "reply codes": "550 ",
    "enhanced codes": "5.1.1 ",
    "both codes": "550 5.1.1 ",
    "code lines": "550-5.7.1\n",
    "at signs": "@",
    "addresses begun": "x@",
    "addresses": "a@example.com ",
    "round brackets": "(",
    "angle brackets": "<",
    "Slack links begun": "<mailto:a@",
    "Slack links": "<https://example.com/|x> ",
    "entities": "&amp;",
    "escapes": "\\r\\n\\",
    "blanks": " ",
    "line ends": "\n",
    "headers": "X-Long: 1\n",
    "folded header": "X: 1\n ",
    "hyphen lines": "--\n",
    "colons": ":",
    "mail words": "mail smtp recipient ",
    "dialogue": ">> EHLO a\n<< 250 b\n",
    "dialogue in one line": " >> EHLO a << 550 b",
}


def texts(knowledge: Knowledge) -> dict[str, str]:
    """Texts of LONGEST characters by the name of their shape."""
    chance = random.Random(SEED)
    shapes = dict(_REPEATED)
    shapes["notices"] = "\n".join(errors.notices(knowledge, SEED))
    shapes["all we know"] = " ".join(p for entry in knowledge for p in entry.phrases)
    shapes["nested brackets"] = "(" * (LONGEST // 2) + ")" * (LONGEST // 2)
    # Found by `make fuzz`: each took several times as long as any above.
    half = LONGEST // 2
    shapes["one bracket, then at signs"] = "<" + "@" * LONGEST
    shapes["a bracket, at signs, a bracket"] = ("<" + "@" * 4_000) * 10
    shapes["links begun, then slashes"] = "smtp error " + _filled("<mailto:a@b")[:half] + "/" * half
    shapes["underscores"] = "550 5.1.1 " + "_" * LONGEST
    shapes["short lines"] = "smtp error " + "$\n>" * LONGEST
    shapes["short lines with marks"] = "smtp error " + "\n<!" * LONGEST
    shapes["headers, then hosts"] = "From: a\nTo: b\nSubject: c\n\n" + "/1.1." * LONGEST
    shapes["headers, then wide characters"] = (
        "From: a\nTo: b\nSubject: c\n\n" + "bounce あ" * LONGEST
    )
    shapes["random unicode"] = _random_unicode(chance)
    shapes["random digits and dots"] = "".join(chance.choices("0123456789. -", k=LONGEST))
    shapes["random punctuation"] = "".join(
        chance.choices("<>[](){}@:;.,-=#|\\&'\"a5 \n", k=LONGEST)
    )
    return {name: _filled(shape) for name, shape in shapes.items()}


def _filled(shape: str) -> str:
    return (shape * (LONGEST // len(shape) + 1))[:LONGEST]


def _random_unicode(chance: random.Random) -> str:
    """Any characters but the surrogates, which no JSON from Slack can hold."""
    numbers = (chance.randrange(0x20, 0x11_0000) for _ in range(LONGEST))
    return "".join(chr(n) for n in numbers if not 0xD800 <= n < 0xE000)
