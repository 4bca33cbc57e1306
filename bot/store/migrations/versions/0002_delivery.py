"""What is to be answered is written down; how often a cause was seen is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for column in (
        sa.Column("team_id", sa.String(32)),
        sa.Column("enterprise_id", sa.String(32)),
        sa.Column("kind", sa.String(16)),
        sa.Column("thread_ts", sa.String(32)),
        sa.Column("content", sa.Text),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("delivered", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due", sa.DateTime(timezone=True)),
        sa.Column("claimed_by", sa.String(32)),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("answered", column)
    unsettled = sa.text("delivered < version")
    op.create_index(
        "answered_due", "answered", ["due"], postgresql_where=unsettled, sqlite_where=unsettled
    )
    op.create_index("answered_place", "answered", ["team", "channel", "answer_ts"])
    op.add_column("causes", sa.Column("seen", sa.Integer, nullable=False, server_default="1"))
    op.create_table(
        "domains",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(32), primary_key=True),
        sa.Column("ts", sa.String(32), primary_key=True),
        sa.Column("entry", sa.String(200), primary_key=True),
        sa.Column("domain", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "counts",
        sa.Column("team", sa.String(32), primary_key=True),
        sa.Column("entry", sa.String(200), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
