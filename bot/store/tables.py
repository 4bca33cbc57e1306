"""The tables, and how long their rows are kept. Ids only: never a text, a name or an address.

The exceptions are the notes that people write for their team, and `unknown`, which says of itself
what it holds.
"""

from __future__ import annotations

import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
)

METADATA = MetaData()
Kept = dict[Table, datetime.timedelta]

# Messages we answer, mark, or have answered: what Slack should show (`version` of it) and what it
# shows as far as we know (`delivered`). Where the two differ there is work to do.
ANSWERED = Table(
    "answered",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("answer_ts", String(32)),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("team_id", String(32)),  # whose token to use: `team` may be an organisation's id
    Column("enterprise_id", String(32)),
    Column("kind", String(16)),
    Column("thread_ts", String(32)),
    Column("content", Text),  # packed answers: ids of entries, codes; or who is told
    Column("version", Integer, nullable=False, server_default="0"),
    Column("delivered", Integer, nullable=False, server_default="0"),
    Column("due", DateTime(timezone=True)),
    Column("claimed_by", String(32)),
    Column("claimed_until", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default="0"),
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
    Column("seen", Integer, nullable=False, server_default="1"),  # the message itself is the first
)
# Receiving domains of an answer's errors, each as a number from 0 to 65,535: enough to count how
# many there are, and far too little to tell which.
DOMAINS = Table(
    "domains",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("entry", String(200), primary_key=True),
    Column("domain", Integer, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
# How often each cause was met, by day.
COUNTS = Table(
    "counts",
    METADATA,
    Column("team", String(32), primary_key=True),
    Column("entry", String(200), primary_key=True),
    Column("day", String(10), primary_key=True),  # 2026-11-23, in UTC
    Column("count", Integer, nullable=False),
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

# What the deliverer looks for every second: the few rows with work to do.
Index(
    "answered_due",
    ANSWERED.c.due,
    postgresql_where=ANSWERED.c.delivered < ANSWERED.c.version,
    sqlite_where=ANSWERED.c.delivered < ANSWERED.c.version,
)
Index("answered_place", ANSWERED.c.team, ANSWERED.c.channel, ANSWERED.c.answer_ts)

DAY = datetime.timedelta(days=1)
WEEK = 7 * DAY  # Slack redelivers for minutes; threads older than this rest
QUARTER = 90 * DAY
YEAR = 365 * DAY


def kept(answers: datetime.timedelta = WEEK, records: datetime.timedelta = YEAR) -> Kept:
    """How long the rows of each table are kept; those of the others stay until the bot is removed.

    `answers` is for what was answered, `records` for who changed what and who found it helpful.
    """
    return {
        ANSWERED: answers,
        CAUSES: answers,
        DOMAINS: answers,
        COUNTS: QUARTER,
        AUDIT: records,
        FEEDBACK: records,
        UNKNOWN: QUARTER,
    }


KEPT = kept()


def matching(table: Table, **values: str) -> ColumnElement[bool]:
    """The condition that picks the rows with these values."""
    return and_(*(table.c[name] == value for name, value in values.items()))


def now() -> datetime.datetime:
    """The time that rows are marked with."""
    return datetime.datetime.now(datetime.UTC)


def in_utc(at: datetime.datetime) -> datetime.datetime:
    """A time from the database; SQLite forgets the zone."""
    return at.replace(tzinfo=datetime.UTC) if at.tzinfo is None else at.astimezone(datetime.UTC)
