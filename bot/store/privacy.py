"""What is kept, in words: a line for each table. PRIVACY.md and `/smtp privacy` say the same."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from bot.store.tables import DAY, KEPT, METADATA, WEEK, YEAR, Kept


class Fact(NamedTuple):
    """What a table holds; `until` says what ends it, where rows do not go by their age."""

    what: str
    until: str = ""


REMOVED = "until the bot is removed"
# By the names of the tables, the common ones first.
FACTS = {
    "answered": Fact(
        "which messages are answered or marked and which buttons were pressed, where the "
        "answers stand, their codes, and who asked for one by a magnifier or invited the bot"
    ),
    "causes": Fact("which entries of the knowledge those answers explain, and how often each came"),
    "domains": Fact("of receiving domains a number under 65,536, to count how many were hit"),
    "counts": Fact("how often each entry was met, by day"),
    "audit": Fact("who changed what, where and when"),
    "channels": Fact("how to behave in a channel, and who set that", "until it is set anew"),
    "notes": Fact("team notes, as people write them, and who did", "until they are removed"),
    "note_history": Fact("every wording that a team note ever had, and who wrote it", REMOVED),
    "feedback": Fact(
        "feedback: on which answer and entry, the verdict, what was chosen in the form, and whose"
    ),
    "unknown": Fact("counts of errors that could not be explained, all that is particular masked"),
    # What slack-sdk keeps, where several workspaces share one bot.
    "slack_bots": Fact(
        "the bot's token for a workspace, encrypted, and that workspace's name", REMOVED
    ),
    "slack_installations": Fact(
        "who installed the bot there, and the same token and name", REMOVED
    ),
    "slack_oauth_states": Fact(
        "a random number while somebody installs the bot", "until it is used or has run out"
    ),
}
SEVERAL_WORKSPACES = ("slack_bots", "slack_installations", "slack_oauth_states")
NEVER = ("the text of messages", "files", "mail addresses", "names of people")


def facts(several_workspaces: bool = True, kept: Kept = KEPT) -> Iterator[tuple[str, str, str]]:
    """Of every table that is there: its name, what it holds, and for how long."""
    others = SEVERAL_WORKSPACES if several_workspaces else ()
    expiring = {table.name: age for table, age in kept.items()}
    for name, (what, until) in FACTS.items():
        if name in METADATA.tables or name in others:
            yield name, what, in_words(expiring[name]) if name in expiring else until


def in_words(kept: datetime.timedelta) -> str:
    """A retention as people say it: "a week"."""
    return {DAY: "a day", WEEK: "a week", YEAR: "a year"}.get(kept) or f"{kept.days} days"
