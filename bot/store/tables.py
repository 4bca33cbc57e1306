"""The tables, and how long their rows are kept. Ids only: never a name or an address, and no text
but the notes that people write for their team."""

from __future__ import annotations

import datetime

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, String, Table, Text

METADATA = MetaData()

# Messages we reacted to in some way, and where the answer to each stands, if it has one.
ANSWERED = Table(
    "answered",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("answer_ts", String(32)),
    Column("at", DateTime(timezone=True), nullable=False),
)
# What those answers explained, so that nobody reads the same twice.
CAUSES = Table(
    "causes",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("entry", String(200), primary_key=True),
    Column("thread_ts", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
# How the bot behaves where somebody has said so.
CHANNELS = Table(
    "channels",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("who", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
WHAT_LENGTH = 64  # characters for what somebody did
# Who changed what, where and when.
AUDIT = Table(
    "audit",
    METADATA,
    Column("team", String(32), nullable=False, index=True),
    Column("channel", String(32), nullable=False),
    Column("who", String(32), nullable=False),
    Column("what", String(WHAT_LENGTH), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

DAY = datetime.timedelta(days=1)
WEEK = 7 * DAY  # Slack redelivers for minutes; threads older than this rest
YEAR = 365 * DAY
KEPT = {ANSWERED: WEEK, CAUSES: WEEK, AUDIT: YEAR}  # the rest stays until the bot is removed


def now() -> datetime.datetime:
    """The time that rows are marked with."""
    return datetime.datetime.now(datetime.UTC)


# What people add to an entry; empty where it was removed, so that versions go on counting.
NOTES = Table(
    "notes",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("entry", String(200), primary_key=True),
    Column("text", Text, nullable=False),
    Column("who", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False),
    Column("locked", Boolean, nullable=False),
)
# Every version of them.
NOTE_HISTORY = Table(
    "note_history",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("entry", String(200), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("who", String(32), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("locked", Boolean, nullable=False),
)
