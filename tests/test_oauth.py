"""Several workspaces: one installs the bot, uses it, and removes it again."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from installing import install, rows_of, takes_installations
from pasted import UNKNOWN
from running import Bot, seen
from sqlalchemy.exc import OperationalError
from yarl import URL

from bot.playground import PretendSlack
from bot.store import Place
from bot.tokens import Installations

TEAM = "T0PRETEND01"

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack-sdk still uses it


@pytest.fixture
def way() -> str:
    return "http"


@pytest.fixture
async def bot(bot: Bot) -> Bot:
    await takes_installations(bot)
    return bot


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


async def test_slack_is_not_asked_who_we_are_for_every_message(slack: PretendSlack, bot: Bot):
    await install(bot)
    before = len(slack.calls_to("auth.test"))
    for _ in range(3):
        await slack.says("hm")
    assert len(slack.calls_to("auth.test")) == before


async def test_a_workspace_that_removes_the_bot_is_forgotten(slack: PretendSlack, bot: Bot):
    await install(bot)
    await slack.says(UNKNOWN)
    await slack.people.uninstall()
    await slack.settled()
    store = bot.app.installation_store
    assert store is not None
    assert await store.async_find_bot(enterprise_id=None, team_id=TEAM) is None
    assert await store.async_find_installation(enterprise_id=None, team_id=TEAM) is None
    [parent] = [m for m in slack.workspace.channel("#mail-ops").messages.values() if not m.bot_id]
    place = Place(TEAM, parent.channel, parent.ts)
    assert await bot.store.jobs.begin(place, "brief"), "nothing is remembered"


async def test_tokens_that_could_not_be_deleted_go_when_slack_tells_it_again(
    slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    await install(bot)
    await slack.says(UNKNOWN)

    async def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("DELETE", {}, ConnectionResetError())

    slack.delivery.retry_delays = ()
    with monkeypatch.context() as away:
        away.setattr(Installations, "async_delete_all", fail)
        await slack.people.uninstall()
        await slack.settled()
    missed = [each.payload["event"]["type"] for each in slack.delivery.unacknowledged]
    assert missed == ["tokens_revoked", "app_uninstalled"]
    assert await rows_of(bot, TEAM)
    bot.log.clear()
    slack.delivery.deliver_missed()
    await slack.settled()
    assert slack.delivery.unacknowledged == []
    store = bot.app.installation_store
    assert store is not None
    assert await store.async_find_bot(enterprise_id=None, team_id=TEAM) is None
    assert await rows_of(bot, TEAM) == []


async def test_late_news_of_a_removal_does_not_undo_a_new_installation(
    slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    await install(bot)
    before = slack.workspace.clock() - 60
    with monkeypatch.context() as earlier:
        earlier.setattr(slack.workspace, "clock", lambda: before)
        slack.core.events.uninstalled("U0YOU000001")
    await slack.settled()
    [answer] = await slack.types("/smtp 421")
    assert seen(answer).startswith("421: ")


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
