"""Several workspaces: one installs the bot, uses it, and removes it again."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from running import Bot, seen
from yarl import URL

from bot.playground import PretendSlack
from bot.slack import SCOPES
from bot.store import Place

UNKNOWN = "550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown"

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack-sdk still uses it


@pytest.fixture
def way() -> str:
    return "http"


@pytest.fixture
async def bot(bot: Bot) -> Bot:
    """The bot with a client id and secret, and no token of its own."""
    slack = bot.slack
    await bot.stop()
    bot.settings = replace(
        bot.settings,
        slack_bot_token="",
        slack_client_id=slack.client_id,
        slack_client_secret=slack.client_secret,
    )
    slack.core.tokens = {}
    await bot.start()
    return bot


async def install(bot: Bot) -> tuple[int, str]:
    """What an admin does: follow the link on our page, agree on Slack's, come back with a code."""
    async with aiohttp.ClientSession() as web:
        async with web.get(f"{bot.url}/slack/install") as response:
            page = await response.text()
            cookie = SimpleCookie(response.headers["Set-Cookie"]).output([], header="")
        link = re.search(r'href="(https://slack\.com/oauth/v2/authorize\?[^"]+)"', page)
        assert link, page
        asked = dict(parse_qsl(urlsplit(html.unescape(link[1])).query))
        assert set(asked["scope"].split(",")) == set(SCOPES)
        back = {"code": bot.slack.grant_code(), "state": asked["state"]}
        async with web.get(
            f"{bot.url}/slack/oauth_redirect", params=back, headers={"Cookie": cookie.strip()}
        ) as response:
            return response.status, await response.text()


async def test_a_workspace_installs_the_bot_and_uses_it(slack: PretendSlack, bot: Bot):
    status, page = await install(bot)
    assert status == 200, page
    [answer] = await slack.types("/smtp 421")
    assert seen(answer).startswith("421: ")
    await slack.says(UNKNOWN)
    await slack.clicks("Details")
    assert len(slack.replies) == len(slack.whispers) - 1 == 1


async def test_privacy_names_the_tokens_of_workspaces(slack: PretendSlack, bot: Bot):
    await install(bot)
    [answer] = await slack.types("/smtp privacy")
    assert "the bot's token for a workspace" in seen(answer)


async def test_the_installation_outlives_a_restart(slack: PretendSlack, bot: Bot):
    await install(bot)
    await bot.restart()
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1


async def test_slack_is_asked_who_we_are_once_not_for_every_message(slack: PretendSlack, bot: Bot):
    await install(bot)
    before = len(slack.calls_to("auth.test"))
    for _ in range(3):
        await slack.says("hm")
    assert len(slack.calls_to("auth.test")) == before + 1


async def test_a_made_up_state_is_refused(slack: PretendSlack, bot: Bot):
    back = {"code": slack.grant_code(), "state": "made-up"}
    async with (
        aiohttp.ClientSession() as web,
        web.get(f"{bot.url}/slack/oauth_redirect", params=back) as response,
    ):
        assert response.status == 400
    assert slack.calls_to("oauth.v2.access") == []


async def test_a_workspace_that_removes_the_bot_is_forgotten(slack: PretendSlack, bot: Bot):
    await install(bot)
    await slack.says(UNKNOWN)
    await slack.people.uninstall()
    await slack.settled()
    store = bot.app.installation_store
    assert store is not None
    assert await store.async_find_bot(enterprise_id=None, team_id="T0PRETEND01") is None
    assert await store.async_find_installation(enterprise_id=None, team_id="T0PRETEND01") is None
    [parent] = [m for m in slack.workspace.channel("#mail-ops").messages.values() if not m.bot_id]
    place = Place("T0PRETEND01", parent.channel, parent.ts)
    assert await bot.store.jobs.begin(place, "brief"), "nothing is remembered"


@pytest.mark.parametrize(
    ("query", "cookie"),
    [
        ("", ""),
        ("error=%3Cscript%3Ealert(1)%3C/script%3E", ""),
        ("code=1&state=%00", "slack-app-oauth-state=%00"),
        ("code=1&state=%00", 'slack-app-oauth-state="\\000"'),
        ("code=1&state=" + "x" * 4_000, "slack-app-oauth-state=" + "x" * 3_000),
        ("code=%FF&state=%FF", "slack-app-oauth-state=%FF"),
        ("state=1&state=2&code", "=;=;slack-app-oauth-state"),
        ("code=1&state=%27%3B--", "slack-app-oauth-state=%27%3B--"),
    ],
)
async def test_a_made_up_way_back_is_refused_and_echoes_nothing(bot: Bot, query: str, cookie: str):
    async with aiohttp.ClientSession() as web:
        for path in ("/slack/oauth_redirect", "/slack/install"):
            address = URL(f"{bot.url}{path}?{query}", encoded=True)
            async with web.get(address, headers={"Cookie": cookie}) as response:
                page = await response.text()
                assert response.status < 500 or "Oops" in page
                assert "<script" not in page
