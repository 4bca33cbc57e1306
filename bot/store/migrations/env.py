"""Alembic's entry: run the migrations in the transaction that `bot.store.engine` holds open."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

from bot.store.tables import METADATA

logger = logging.getLogger("bot")


def told(
    ctx: MigrationContext,
    step: MigrationInfo,
    heads: Collection[Any],
    run_args: Mapping[str, Any],
) -> None:
    """Say that the tables changed; Alembic names the arguments."""
    logger.info("tables changed to version %s", step.up_revision_id)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    on_version_apply=told,
)
with context.begin_transaction():
    context.run_migrations()
