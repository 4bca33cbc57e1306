"""What `/smtp privacy` answers: what is kept for how long, and what never is."""

from __future__ import annotations

from collections.abc import Iterable

from bot.render.blocks import Message, section


def privacy(kept: Iterable[tuple[str, str]], never: Iterable[str]) -> Message:
    """A line for each length of time, of pairs of what is kept and how long; and what never is."""
    by_time: dict[str, list[str]] = {}
    for what, how_long in kept:
        by_time.setdefault(how_long, []).append(what)
    lines = [f"• {time.capitalize()}: {'; '.join(each)}" for time, each in by_time.items()]
    unkept = f"I never keep {', '.join(never)}; of people I know only Slack's ids."
    removal = (
        "Removing me from the workspace deletes all of it at once. Whoever runs me has the whole "
        "of it in PRIVACY.md, and answers questions."
    )
    text = "\n".join(["This is all I keep, and how long:", *lines, unkept, removal])
    return {"text": f"What I keep, and what never: {unkept}", "blocks": [section(text)]}
