"""The tables, and how long their rows are kept. Ids only: never a text, a name or an address.

The one exception is `unknown`, which says of itself what it holds.
"""

from __future__ import annotations

import datetime

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table

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
# Who changed what, where and when.
AUDIT = Table(
    "audit",
    METADATA,
    Column("team", String(32), nullable=False, index=True),
    Column("channel", String(32), nullable=False),
    Column("who", String(32), nullable=False),
    Column("what", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
# What people thought of answers; one row for each person, answer and cause it named.
FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("who", String(32), primary_key=True),
    Column("entry", String(200), primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("reason", String(32), nullable=False),  # what it was really, when they chose one
    Column("lack", String(32), nullable=False),  # what was wrong with the answer, likewise
    Column("at", DateTime(timezone=True), nullable=False),
)
# Errors we could not explain, as bot/smtp/masked.py leaves them: words of servers, nobody's data.
UNKNOWN = Table(
    "unknown",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("masked", String(200), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

DAY = datetime.timedelta(days=1)
WEEK = 7 * DAY  # Slack redelivers for minutes; threads older than this rest
YEAR = 365 * DAY
QUARTER = 90 * DAY
# Settings stay until the bot is removed.
KEPT = {ANSWERED: WEEK, CAUSES: WEEK, AUDIT: YEAR, FEEDBACK: YEAR, UNKNOWN: QUARTER}


def now() -> datetime.datetime:
    """The time that rows are marked with."""
    return datetime.datetime.now(datetime.UTC)
