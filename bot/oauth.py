"""Several workspaces: the pages on which they install the bot, and what these bring."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from aiohttp import web
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.logs import described, error_of
from bot.render.pages import (
    HEADERS,
    INSTALL,
    PRIVACY,
    UNINSTALL,
    failed_page,
    install_page,
    installed_page,
    privacy_page,
    uninstall_page,
)
from bot.settings import Settings
from bot.slack import SCOPES
from bot.slack.refusals import OUT_OF_REACH
from bot.store import tables
from bot.store.privacy import NEVER, facts
from bot.store.sealing import Seal
from bot.store.tables import Kept
from bot.tokens import PATIENCE, Installations, Tokens

logger = logging.getLogger("bot")

STATE_SECONDS = 600  # how long an admin may look at Slack's page before agreeing
TEAM = re.compile(r"[TE][A-Z0-9]{1,30}")  # the id of a workspace or an organisation


class States(AsyncSQLAlchemyOAuthStateStore):
    """The random numbers of installations under way; those that ran out are deleted."""

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """A new one; anybody may ask for any number of them."""
        ran_out = self.oauth_states.c.expire_at < tables.now().replace(tzinfo=None)
        async with self.engine.begin() as connection:
            await connection.execute(delete(self.oauth_states).where(ran_out))
        return str(await super().async_issue(*args, **kwargs))


class InstallFlow(AsyncOAuthFlow):
    """Bolt's installation with our own pages, and without codes or tokens in the logs."""

    @property
    def tokens(self) -> Tokens:
        """Who finds the token of each workspace."""
        assert isinstance(self.settings.authorize, Tokens)
        return self.settings.authorize

    async def build_authorize_url(self, state: str, request: AsyncBoltRequest) -> str:
        """Slack's page; a workspace may be chosen beforehand by `?team=`, and nothing else."""
        team = request.query.get("team", [""])[0]
        chosen = team if TEAM.fullmatch(team) else None
        return str(self.settings.authorize_url_generator.generate(state=state, team=chosen))

    async def handle_installation(self, request: AsyncBoltRequest) -> BoltResponse:
        """Our page with a button that leads to Slack's."""
        try:
            response = await super().handle_installation(request)
        except (SQLAlchemyError, OSError) as trouble:
            return self._in_trouble(trouble)
        response.headers |= {name.lower(): [value] for name, value in HEADERS.items()}
        return response

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:
        """What the bot will be able to do, and why."""
        return install_page(url)

    async def handle_callback(self, request: AsyncBoltRequest) -> BoltResponse:
        """Slack sends the admin back, with a code or a refusal."""
        try:
            return await super().handle_callback(request)
        except (*OUT_OF_REACH, SQLAlchemyError) as trouble:
            return self._in_trouble(trouble)

    async def run_installation(self, code: str) -> Installation | None:
        """The code for a token; None when Slack does not take it.

        https://docs.slack.dev/reference/methods/oauth.v2.access
        """
        try:
            granted = await self.client.oauth_v2_access(
                client_id=self.settings.client_id,
                client_secret=self.settings.client_secret,
                code=code,
            )
            who = await self.client.auth_test(token=granted["access_token"])
        except SlackApiError as refusal:
            logger.info("not installed: %s", error_of(refusal))
            return None
        team, enterprise = granted.get("team") or {}, granted.get("enterprise") or {}
        is_enterprise_install = bool(granted.get("is_enterprise_install"))
        logger.info("installed in %s", (enterprise if is_enterprise_install else team).get("id"))
        return Installation(
            app_id=granted.get("app_id"),
            enterprise_id=enterprise.get("id"),
            enterprise_name=enterprise.get("name"),
            enterprise_url=who.get("url") if is_enterprise_install else None,
            team_id=None if is_enterprise_install else team.get("id"),
            team_name=team.get("name"),
            bot_token=granted["access_token"],
            bot_id=who.get("bot_id"),
            bot_user_id=granted.get("bot_user_id"),
            bot_scopes=granted.get("scope") or "",
            bot_refresh_token=granted.get("refresh_token"),
            bot_token_expires_in=granted.get("expires_in"),
            user_id=(granted.get("authed_user") or {}).get("id") or "",
            is_enterprise_install=is_enterprise_install,
            token_type=granted.get("token_type"),
        )

    def _in_trouble(self, trouble: Exception) -> BoltResponse:
        logger.error("an installation failed: %s", described(trouble))
        return _page(failed_page("trouble"), HTTPStatus.SERVICE_UNAVAILABLE)


def install_flow(settings: Settings, engine: AsyncEngine, client: AsyncWebClient) -> InstallFlow:
    """What Bolt needs to serve the pages, and to find the token of each workspace."""
    installations = Installations(settings.slack_client_id, engine, Seal(settings.token_key))
    oauth = AsyncOAuthSettings(
        client_id=settings.slack_client_id,
        client_secret=settings.slack_client_secret,
        scopes=SCOPES,
        user_scopes=(),
        install_path=INSTALL,
        installation_store=installations,
        installation_store_bot_only=True,
        state_store=States(STATE_SECONDS, engine),
        state_expiration_seconds=STATE_SECONDS,
        callback_options=AsyncCallbackOptions(success=_installed, failure=_failed),
    )
    # A token must not be renewed twice, so nothing is tried again.
    asking = AsyncWebClient(base_url=client.base_url, timeout=PATIENCE, retry_handlers=[])
    rotator = AsyncTokenRotator(
        client_id=oauth.client_id, client_secret=oauth.client_secret, client=asking
    )
    oauth.authorize = Tokens(installations, rotator)
    return InstallFlow(client=client, settings=oauth)


def add_pages(application: web.Application, kept: Kept) -> None:
    """Serve the pages that need nothing but words, and how long rows are kept."""
    theirs = (fact for fact in facts() if fact[0] != States.default_table_name)
    pages = {UNINSTALL: uninstall_page(theirs), PRIVACY: privacy_page(facts(kept=kept), NEVER)}

    async def serve(request: web.Request) -> web.Response:
        return web.Response(text=pages[request.path], headers=HEADERS)

    for path in pages:
        application.router.add_get(path, serve)


async def _installed(arguments: AsyncSuccessArgs) -> BoltResponse:
    installed = arguments.installation
    name = installed.team_name or installed.enterprise_name or ""
    text = installed_page(name, installed.app_id or "", installed.team_id or "")
    return _page(text, HTTPStatus.OK, arguments.settings)


async def _failed(arguments: AsyncFailureArgs) -> BoltResponse:
    text = failed_page(arguments.reason)
    return _page(text, arguments.suggested_status_code, arguments.settings)


def _page(text: str, status: int, settings: AsyncOAuthSettings | None = None) -> BoltResponse:
    headers: dict[str, str | Sequence[str]] = dict(HEADERS)
    if settings is not None:  # the installation is over, one way or the other
        headers["Set-Cookie"] = settings.state_utils.build_set_cookie_for_deletion()
    return BoltResponse(status=status, body=text, headers=headers)
