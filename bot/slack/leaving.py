"""The app was removed from a workspace: what was stored for it goes too."""

from __future__ import annotations

from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.slack.manners import organisation, workspace
from bot.store import Store

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)


def register(app: AsyncApp) -> None:
    app.event("app_uninstalled")(forget_workspace)
    app.event("tokens_revoked")(forget_tokens)


async def forget_workspace(
    context: AsyncBoltContext, store: Store, installations: AsyncInstallationStore | None
) -> None:
    """Delete the tokens and the memory of a workspace that removed the app."""
    logger.info("removed from a workspace")
    await _delete_tokens(context, installations)
    await store.forget(workspace(context))


async def forget_tokens(
    event: dict[str, Any], context: AsyncBoltContext, installations: AsyncInstallationStore | None
) -> None:
    """Delete the tokens of a workspace that took the bot's back; we hold no people's tokens."""
    if event["tokens"].get("bot"):
        await _delete_tokens(context, installations)


async def _delete_tokens(
    context: AsyncBoltContext, installations: AsyncInstallationStore | None
) -> None:
    if installations is not None:
        await installations.async_delete_all(
            enterprise_id=context.enterprise_id,
            team_id=None if organisation(context) else context.team_id,
        )
