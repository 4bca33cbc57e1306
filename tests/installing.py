"""Several workspaces on one bot: installing it, and another pretend Slack beside the first."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from running import KEY, Bot
from sqlalchemy import select

from bot.playground import PretendSlack
from bot.playground.tenancy import Tenant
from bot.slack import EVENTS, SCOPES, SHORTCUTS, STEPS
from bot.store.tables import METADATA


async def takes_installations(bot: Bot) -> None:
    """Start the bot anew with a client id and secret, and no token of its own."""
    slack = bot.slack
    await bot.stop()
    bot.settings = replace(
        bot.settings,
        slack_bot_token="",
        slack_client_id=slack.client_id,
        slack_client_secret=slack.client_secret,
        token_key=KEY,
    )
    slack.core.tokens.clear()
    await bot.start()


async def install(bot: Bot, slack: PretendSlack | None = None) -> tuple[int, str]:
    """What an admin does: follow the link on our page, agree on Slack's, come back with a code."""
    async with aiohttp.ClientSession() as web:
        state, cookie = await begin(bot, web)
        back = {"code": (slack or bot.slack).grant_code(), "state": state}
        return await come_back(bot, web, back, cookie)


async def begin(bot: Bot, web: aiohttp.ClientSession) -> tuple[str, str]:
    """Open our page and follow its button: the state that Slack is told, and our cookie."""
    async with web.get(f"{bot.url}/slack/install") as response:
        page = await response.text()
        cookie = SimpleCookie(response.headers["Set-Cookie"]).output([], header="").strip()
    link = re.search(r'href="(https://slack\.com/oauth/v2/authorize\?[^"]+)"', page)
    assert link, page
    asked = dict(parse_qsl(urlsplit(html.unescape(link[1])).query))
    assert set(asked["scope"].split(",")) == set(SCOPES)
    return asked["state"], cookie


async def come_back(
    bot: Bot, web: aiohttp.ClientSession, back: dict[str, str], cookie: str = ""
) -> tuple[int, str]:
    """Slack sends the admin back to us; the status and the page they see."""
    headers = {"Cookie": cookie} if cookie else {}
    address = f"{bot.url}/slack/oauth_redirect"
    async with web.get(address, params=back, headers=headers) as response:
        return response.status, await response.text()


@asynccontextmanager
async def beside(bot: Bot, tenant: Tenant) -> AsyncIterator[PretendSlack]:
    """Another workspace of the same bot, whose channels and people have the very same ids."""
    async with PretendSlack(
        events=EVENTS, scopes=SCOPES, shortcuts=SHORTCUTS, steps=STEPS, tenant=tenant
    ) as slack:
        slack.beside(bot.slack)
        slack.core.tokens.clear()
        slack.deliver_to(f"{bot.url}/slack/events")
        yield slack
        await slack.settled()
        assert slack.complaints == []


async def rows_of(bot: Bot, team: str) -> list[str]:
    """All rows that the bot keeps for a workspace."""
    async with bot.store.engine.connect() as connection:
        return [
            f"{table.name} {tuple(row)}"
            for table in METADATA.sorted_tables
            for row in await connection.execute(select(table).where(table.c.team == team))
        ]
