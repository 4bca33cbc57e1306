"""The bot's token for each workspace: kept encrypted, found for every request, renewed in time."""

from __future__ import annotations

import asyncio
import datetime
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.installation_store.sqlalchemy import (
    AsyncSQLAlchemyInstallationStore,
    SQLAlchemyInstallationStore,
)
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from sqlalchemy import ColumnElement, Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.logs import described
from bot.slack.manners import organisation, workspace
from bot.slack.refusals import is_passing, wait_asked_for
from bot.slack.strangers import complete_team
from bot.store import Place
from bot.store.engine import hold_tokens
from bot.store.sealing import Seal, Sealed, seal_anew

logger = logging.getLogger("bot")

# What slack-sdk stores that must not be read by others.
SECRETS = (
    "bot_token",
    "bot_refresh_token",
    "user_token",
    "user_refresh_token",
    "incoming_webhook_url",
)
MINUTE = 60
EARLY = 120  # minutes before a token of twelve hours runs out; then both are good for a while
PATIENCE = 5  # seconds for Slack to renew a token, while the workspace's requests wait
LEAVING = ("app_uninstalled", "tokens_revoked")  # they come when the token is worth nothing


class NotRenewedError(OSError):
    """A token has run out, and for the moment Slack gives no new one.

    An OSError, like a database that is away: the event is to come again, and work to wait.
    """


class Whose(NamedTuple):
    """An installation: of one workspace, or of a whole organisation, then without a workspace."""

    team_id: str | None
    enterprise_id: str | None

    @classmethod
    def of_context(cls, context: AsyncBoltContext) -> Whose:
        """The installation that a request from Slack is for."""
        return cls(None if organisation(context) else context.team_id, context.enterprise_id)

    @classmethod
    def of_place(cls, place: Place) -> Whose:
        """The installation whose token reaches a message."""
        is_organisation = place.team == place.enterprise_id
        return cls(None if is_organisation else place.team_id, place.enterprise_id)


class Installations(AsyncSQLAlchemyInstallationStore):
    """slack-sdk's installations in the bot's database, with the tokens encrypted.

    A workspace is found by its own id alone, which no other has: it may have joined an
    organisation since. The tables are made by bot/store/migrations.
    """

    def __init__(self, client_id: str, engine: AsyncEngine, seal: Seal) -> None:
        super().__init__(client_id, engine)
        for table in (self.bots, self.installations):
            for name in SECRETS:
                if name in table.c:
                    table.c[name].type = Sealed(seal)

    async def seal_anew(self) -> None:
        """Encrypt what is not, or only under an older key. Raises WrongKeyError."""
        async with self.engine.begin() as connection:
            for table in (self.bots, self.installations):
                await seal_anew(connection, table)

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """The bot in a workspace, or in an organisation that installed it as a whole."""
        whose = Whose(None if is_enterprise_install else team_id, enterprise_id)
        async with self.engine.connect() as connection:
            return await self.bot(connection, whose)

    async def bot(self, connection: AsyncConnection, whose: Whose) -> Bot | None:
        """The bot of an installation, the latest one; None when there is none."""
        wanted = select(self.bots).where(self._are(self.bots, whose))
        latest = wanted.order_by(self.bots.c.installed_at.desc()).limit(1)
        row = (await connection.execute(latest)).mappings().first()
        return None if row is None else SQLAlchemyInstallationStore.build_bot_entity(row)

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the tokens of a workspace, or of an organisation when no workspace is named."""
        whose = Whose(team_id, enterprise_id)
        async with self.engine.begin() as connection:
            for table in (self.bots, self.installations):
                await connection.execute(delete(table).where(self._are(table, whose)))

    @asynccontextmanager
    async def held(self, whose: Whose) -> AsyncIterator[AsyncConnection]:
        """A transaction during which no other instance renews the same token."""
        async with self.engine.begin() as connection:
            await hold_tokens(connection, f"{whose.enterprise_id}/{whose.team_id}")
            yield connection

    async def renew(self, connection: AsyncConnection, whose: Whose, bot: Bot) -> None:
        """Store a renewed token."""
        assert bot.bot_token_expires_at is not None
        until = datetime.datetime.fromtimestamp(bot.bot_token_expires_at, datetime.UTC)
        fresh = {
            "bot_token": bot.bot_token,
            "bot_refresh_token": bot.bot_refresh_token,
            "bot_token_expires_at": until.replace(tzinfo=None),  # as slack-sdk stores times
        }
        for table in (self.bots, self.installations):
            await connection.execute(update(table).where(self._are(table, whose)).values(fresh))

    def _are(self, table: Table, whose: Whose) -> ColumnElement[bool]:
        ours: ColumnElement[bool] = table.c.client_id == self.client_id
        if whose.team_id is not None:
            return ours & (table.c.team_id == whose.team_id)
        return ours & (table.c.enterprise_id == whose.enterprise_id) & table.c.team_id.is_(None)


class Tokens(AsyncAuthorize):
    """Finds the bot's token for a request or a message; renews it once when it runs out soon."""

    def __init__(self, installations: Installations, rotator: AsyncTokenRotator) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Bolt says no types here
        self._installations = installations
        self._rotator = rotator
        self.renewing: defaultdict[Whose, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._not_before: dict[Whose, float] = {}

    async def refuse_strangers(
        self,
        context: AsyncBoltContext,
        body: dict[str, Any],
        next_: Callable[[], Awaitable[object]],
    ) -> BoltResponse | None:
        """A middleware: what is not from a workspace that has the bot goes no further."""
        if body.get("type") == "url_verification":
            await next_()
            return None
        complete_team(context, body)
        whose, refusal = Whose.of_context(context), "not_installed"
        if (body.get("event") or {}).get("type") in LEAVING:
            is_welcome = not await self._has_come_back(whose, body.get("event_time") or 0)
            refusal = "installed_again"
        else:
            context["installed"] = await self.bot(whose)
            is_welcome = context["installed"] is not None
        if is_welcome:
            await next_()
            return None
        context["arrival"].refused(refusal, workspace(context))
        # An event that is not taken would come again.
        return BoltResponse(status=HTTPStatus.OK, body=NOT_INSTALLED if "command" in body else "")

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_: object,
    ) -> AuthorizeResult | None:
        """What Bolt gives to listeners; Slack need not be asked, it was at the installation."""
        bot: Bot | None = context["installed"]
        if bot is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=bot.bot_user_id,
            bot_id=bot.bot_id,
            bot_token=bot.bot_token,
            bot_scopes=bot.bot_scopes,
        )

    async def token(self, place: Place) -> str | None:
        """The token that reaches a message; None when the bot was removed from there."""
        bot = await self.bot(Whose.of_place(place))
        return bot.bot_token if bot else None

    async def bot(self, whose: Whose) -> Bot | None:
        """The bot of an installation, with a token that is good; None when there is none.

        Raises NotRenewedError when there may be one later.
        """
        bot = await self._installations.async_find_bot(
            enterprise_id=whose.enterprise_id,
            team_id=whose.team_id,
            is_enterprise_install=whose.team_id is None,
        )
        if not runs_out(bot) or self._not_before.get(whose, 0) > time.monotonic():
            return bot
        async with self.renewing[whose]:
            return await self._renewed(whose)

    async def _has_come_back(self, whose: Whose, left: float) -> bool:
        """Whether it was installed again since it left (Unix seconds): Slack sends news late."""
        async with self._installations.engine.connect() as connection:
            bot = await self._installations.bot(connection, whose)
        return bot is not None and int(bot.installed_at) > left > 0

    async def _renewed(self, whose: Whose) -> Bot | None:
        # The database is held meanwhile, SQLite for all: a moment, twice a day and workspace.
        async with self._installations.held(whose) as connection:
            bot = await self._installations.bot(connection, whose)
            if bot is None or not runs_out(bot):
                return bot  # another request was quicker
            try:
                fresh = await self._rotator.perform_bot_token_rotation(
                    bot=bot, minutes_before_expiration=EARLY
                )
            except SlackTokenRotationError as refusal:
                return self._not_renewed(whose, bot, refusal.api_error)
            except (aiohttp.ClientError, TimeoutError) as trouble:
                return self._not_renewed(whose, bot, trouble)
            if fresh is None:
                return bot
            await self._installations.renew(connection, whose, fresh)
            return fresh

    def _not_renewed(self, whose: Whose, bot: Bot, trouble: Exception) -> Bot | None:
        """The token as it is while it is good; None when Slack says that there is no other.

        Raises NotRenewedError when it may give another one later.
        """
        logger.warning(
            "the token of team %s was not renewed: %s",
            whose.team_id or whose.enterprise_id,
            described(trouble),
        )
        if not runs_out(bot, minutes=0):
            self._not_before[whose] = time.monotonic() + MINUTE
            return bot
        if isinstance(trouble, SlackApiError) and not _is_for_now(trouble):
            return None
        raise NotRenewedError(described(trouble)) from trouble


def _is_for_now(refusal: SlackApiError) -> bool:
    return is_passing(refusal) or wait_asked_for(refusal) is not None


def runs_out(bot: Bot | None, minutes: int = EARLY) -> bool:
    """Whether a token is to be renewed, or is worth nothing in so many minutes."""
    if bot is None or bot.bot_token_expires_at is None or not bot.bot_refresh_token:
        return False
    return bool(bot.bot_token_expires_at <= time.time() + minutes * MINUTE)


NOT_INSTALLED = "I am not installed in this workspace. Whoever runs me knows where to install me."
