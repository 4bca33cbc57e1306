"""The app was removed from a workspace: what was stored for it goes too."""

from __future__ import annotations

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.slack.hearing import Heard, hear
from bot.slack.manners import organisation, workspace

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)


def register(app: AsyncApp) -> None:
    # Slack says it once more until all is deleted, which nobody would do later.
    hear(app, "app_uninstalled", forget_workspace)
    hear(app, "tokens_revoked", forget_tokens)


async def forget_workspace(heard: Heard) -> None:
    """Delete the tokens and the memory of a workspace that removed the app."""
    await _delete_tokens(heard.context)
    await heard.store.forget(workspace(heard.context))
    logger.info("removed from a workspace")


async def forget_tokens(heard: Heard) -> None:
    """Delete the tokens of a workspace that took the bot's back; we hold no people's tokens."""
    if heard.event["tokens"].get("bot"):
        await _delete_tokens(heard.context)


async def _delete_tokens(context: AsyncBoltContext) -> None:
    installations: AsyncInstallationStore | None = context["installations"]
    if installations is not None:
        await installations.async_delete_all(
            enterprise_id=context.enterprise_id,
            team_id=None if organisation(context) else context.team_id,
        )
