"""Count what people asked about and the bot could not explain, so that it can be added."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.logs import described
from bot.render.wording import sure_enough
from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.store import Store

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)


async def count_unknown(
    team: str, answers: Iterable[Answer], explainer: Explainer, store: Store
) -> None:
    """Count the errors of these answers that were not explained surely; chat leaves no trace."""
    for answer in answers:
        if sure_enough(answer):
            continue
        if masked := explainer.masked(answer):
            try:
                await store.unknown.count(team, masked)
            except (SQLAlchemyError, OSError) as trouble:  # the answer was given all the same
                logger.warning("an unknown error is not counted", error=described(trouble))
