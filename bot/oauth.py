"""Several workspaces: Slack's install pages, and the tokens they bring, in the bot's database."""

from __future__ import annotations

from slack_bolt.authorization.async_authorize import AsyncInstallationStoreAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.settings import Settings
from bot.slack import SCOPES
from bot.store import Place

STATE_SECONDS = 600  # how long an admin may look at Slack's page before agreeing


def oauth_settings(settings: Settings, engine: AsyncEngine) -> AsyncOAuthSettings:
    """What Bolt needs to serve /slack/install and to find the token of each workspace."""
    oauth = AsyncOAuthSettings(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret,
        scopes=SCOPES,
        user_scopes=(),
        installation_store=AsyncSQLAlchemyInstallationStore(settings.slack_client_id, engine),
        state_store=AsyncSQLAlchemyOAuthStateStore(STATE_SECONDS, engine),
        state_expiration_seconds=STATE_SECONDS,
    )
    assert isinstance(oauth.authorize, AsyncInstallationStoreAuthorize)
    oauth.authorize.cache_enabled = True  # else Bolt asks auth.test about every single message
    return oauth


async def token_of(oauth: AsyncOAuthSettings, place: Place) -> str | None:
    """The bot's token in the workspace of a message; None when it was removed from there."""
    found = await oauth.authorize(
        context=AsyncBoltContext(),
        enterprise_id=place.enterprise_id,
        team_id=place.team_id,
        user_id=None,
    )
    return found.bot_token if found else None


async def create_tables(flow: AsyncOAuthFlow) -> None:
    """Create what is missing for `oauth_settings`."""
    for store in (flow.settings.installation_store, flow.settings.state_store):
        assert isinstance(store, AsyncSQLAlchemyInstallationStore | AsyncSQLAlchemyOAuthStateStore)
        await store.create_tables()  # type: ignore[no-untyped-call]  # slack-sdk says no types here
