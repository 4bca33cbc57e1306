"""The tables of slack-sdk, which made them by itself so far; room for encrypted tokens in them.

Rows of an organisation whose workspaces installed the bot one by one go to these workspaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BOTS, INSTALLATIONS, STATES = "slack_bots", "slack_installations", "slack_oauth_states"
BOT_SECRETS = ("bot_token", "bot_refresh_token")
OURS = ("answered", "causes", "domains", "counts", "channels", "audit")
SECRETS = (*BOT_SECRETS, "user_token", "user_refresh_token", "incoming_webhook_url")


def upgrade() -> None:
    create_tables()
    for table, names in ((BOTS, BOT_SECRETS), (INSTALLATIONS, SECRETS)):
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, type_=sa.Text, existing_type=sa.String(200))
    part_workspaces()


def create_tables() -> None:
    op.create_table(
        BOTS,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.String(32)),
        sa.Column("enterprise_name", sa.String(200)),
        sa.Column("team_id", sa.String(32)),
        sa.Column("team_name", sa.String(200)),
        sa.Column("bot_token", sa.Text),
        sa.Column("bot_id", sa.String(32)),
        sa.Column("bot_user_id", sa.String(32)),
        sa.Column("bot_scopes", sa.String(1000)),
        sa.Column("bot_refresh_token", sa.Text),
        sa.Column("bot_token_expires_at", sa.DateTime),
        sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
        sa.Column("installed_at", sa.DateTime, nullable=False),
        if_not_exists=True,
    )
    place = ["client_id", "enterprise_id", "team_id"]
    op.create_index(f"{BOTS}_idx", BOTS, [*place, "installed_at"], if_not_exists=True)
    op.create_table(
        INSTALLATIONS,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.String(32)),
        sa.Column("enterprise_name", sa.String(200)),
        sa.Column("enterprise_url", sa.String(200)),
        sa.Column("team_id", sa.String(32)),
        sa.Column("team_name", sa.String(200)),
        sa.Column("bot_token", sa.Text),
        sa.Column("bot_id", sa.String(32)),
        sa.Column("bot_user_id", sa.String(32)),
        sa.Column("bot_scopes", sa.String(1000)),
        sa.Column("bot_refresh_token", sa.Text),
        sa.Column("bot_token_expires_at", sa.DateTime),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("user_token", sa.Text),
        sa.Column("user_scopes", sa.String(1000)),
        sa.Column("user_refresh_token", sa.Text),
        sa.Column("user_token_expires_at", sa.DateTime),
        sa.Column("incoming_webhook_url", sa.Text),
        sa.Column("incoming_webhook_channel", sa.String(200)),
        sa.Column("incoming_webhook_channel_id", sa.String(200)),
        sa.Column("incoming_webhook_configuration_url", sa.String(200)),
        sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
        sa.Column("token_type", sa.String(32)),
        sa.Column("installed_at", sa.DateTime, nullable=False),
        if_not_exists=True,
    )
    op.create_index(
        f"{INSTALLATIONS}_idx",
        INSTALLATIONS,
        [*place, "user_id", "installed_at"],
        if_not_exists=True,
    )
    op.create_table(
        STATES,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("expire_at", sa.DateTime, nullable=False),
        if_not_exists=True,
    )


def part_workspaces() -> None:
    connection = op.get_bind()
    found = sa.MetaData()
    found.reflect(connection, only=[*OURS, BOTS])
    for organisation, teams in _parts(connection, found.tables).items():
        for name in OURS:
            table = found.tables[name]
            theirs = table.c.team == organisation
            rows = connection.execute(sa.select(table).where(theirs)).mappings().all()
            connection.execute(sa.delete(table).where(theirs))
            for team in teams:
                _give(connection, table, team, rows)


def _parts(connection: sa.Connection, found: Mapping[str, sa.Table]) -> dict[str, set[str]]:
    """The workspaces of each organisation that has not installed the bot as a whole."""
    bots, answered = found[BOTS].c, found["answered"].c
    installed = connection.execute(
        sa.select(bots.enterprise_id, bots.team_id).where(bots.enterprise_id.is_not(None))
    ).all()
    parts: dict[str, set[str]] = {}
    for organisation, team in installed:
        parts.setdefault(organisation, set()).add(team)
    parts = {organisation: teams for organisation, teams in parts.items() if None not in teams}
    # With one token nothing is installed here; the messages tell for which workspace it is.
    seen: dict[str, set[str]] = {}
    of_organisations = (answered.team == answered.enterprise_id) & answered.team_id.is_not(None)
    for organisation, team in connection.execute(
        sa.select(answered.team, answered.team_id).where(of_organisations).distinct()
    ):
        seen.setdefault(organisation, set()).add(team)
    known = {organisation for organisation, _ in installed}
    one = {name: teams for name, teams in seen.items() if name not in known and len(teams) == 1}
    return parts | one


def _give(
    connection: sa.Connection, table: sa.Table, team: str, rows: Sequence[sa.RowMapping]
) -> None:
    """Copy rows of an organisation to one of its workspaces, if they are not another's."""
    key = [column.name for column in table.primary_key]
    has = sa.select(table).where(table.c.team == team)
    taken = {tuple(row[name] for name in key) for row in connection.execute(has).mappings()}
    for row in rows:
        copy = dict(row) | {"team": team}
        is_theirs = row.get("team_id") in (None, team)
        if is_theirs and (not key or tuple(copy[name] for name in key) not in taken):
            connection.execute(sa.insert(table).values(copy))
