"""Forget what is old once a day, whether or not anybody says anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.logs import described
from bot.store import Store

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

LOOKS_EVERY = 600.0  # seconds; for a day that is over, and again when the database was away


@asynccontextmanager
async def sweeping(store: Store) -> AsyncIterator[None]:
    """Sweep an open store while inside, whenever it is due."""
    task = asyncio.create_task(_sweep(store))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sweep(store: Store) -> None:
    while True:
        await asyncio.sleep(LOOKS_EVERY)
        if not store.is_due_to_sweep:
            continue
        try:
            await store.sweep()
        except (SQLAlchemyError, OSError) as trouble:
            logger.error("what is old was not deleted", error=described(trouble))
