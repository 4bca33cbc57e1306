"""What comes from a workspace that has not installed the bot, or with a token that is no good."""

from __future__ import annotations

import logging

import pytest
from installing import beside, install, rows_of, takes_installations
from pasted import UNKNOWN
from running import Bot, every_row, seen

from bot.playground import PretendSlack
from bot.playground.tenancy import Tenant

ELSEWHERE = Tenant("T0ELSEWHERE")

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack-sdk still uses it


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Why and whom the bot refused; it and Bolt may have said nothing else."""
    lines = [line.msg for line in caplog.records if line.name.startswith(("bot", "slack"))]
    assert all(line["event"] == "refused" for line in lines)
    return [(line["reason"], line["team"]) for line in lines]


@pytest.mark.parametrize(
    ("tenant", "named"),
    [
        (ELSEWHERE, "T0ELSEWHERE"),
        (Tenant("T0ELSEWHERE", "E0ELSEWHERE"), "T0ELSEWHERE"),
        (Tenant("T0PRETEND01", "E0ELSEWHERE", is_enterprise_install=True), "E0ELSEWHERE"),
    ],
)
async def test_one_token_is_for_one_workspace(
    slack: PretendSlack, bot: Bot, caplog: pytest.LogCaptureFixture, tenant: Tenant, named: str
):
    """Over both ways: an event that Slack says is for another workspace."""
    await slack.says("hm")
    slack.delivery.tenant = tenant
    calls = len(slack.calls)
    with caplog.at_level(logging.INFO):
        await slack.says(UNKNOWN)
    assert logged(caplog) == [("team", named)]
    assert slack.delivery.unacknowledged == [], "Slack shall not send it again"
    assert len(slack.calls) == calls
    assert await every_row(bot) == ""


async def test_a_workspace_of_an_organisation_has_a_token_of_its_own(slack: PretendSlack, bot: Bot):
    slack.delivery.tenant = Tenant("T0PRETEND01", "E0PRETEND01")
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1
    assert await rows_of(bot, "T0PRETEND01")


@pytest.mark.parametrize("way", ["http"])
async def test_a_workspace_that_has_not_installed_the_bot_gets_nothing(
    slack: PretendSlack, bot: Bot, caplog: pytest.LogCaptureFixture
):
    await takes_installations(bot)
    await install(bot)
    async with beside(bot, ELSEWHERE) as other:
        with caplog.at_level(logging.INFO):
            await other.says(UNKNOWN)
            [answer] = await other.types("/smtp 421")
        assert answer.text.startswith("I am not installed in this workspace.")
        assert other.replies == []
        assert other.delivery.unacknowledged == []
        assert other.calls == []
    assert logged(caplog) == [("not_installed", "T0ELSEWHERE")] * 2
    assert await every_row(bot) == ""


@pytest.mark.parametrize("way", ["http"])
async def test_a_button_of_a_workspace_that_removed_the_bot_does_nothing(
    slack: PretendSlack, bot: Bot
):
    await takes_installations(bot)
    await install(bot)
    await slack.says(UNKNOWN)
    await slack.people.uninstall()
    await slack.settled()
    calls = len(slack.calls)
    await slack.clicks("Mute here")
    assert len(slack.calls) == calls
    assert await every_row(bot) == ""


@pytest.mark.parametrize("way", ["http"])
async def test_a_token_that_slack_takes_no_more_is_one_line_by_ids(slack: PretendSlack, bot: Bot):
    await takes_installations(bot)
    await install(bot)
    slack.core.tokens.clear()
    message = await slack.says(UNKNOWN)
    assert slack.replies == []
    [line] = bot.log
    assert line.startswith("bot: SlackApiError (invalid_auth)")
    for id_ in ("T0PRETEND01", message.channel, message.ts):
        assert id_ in line
    assert "bob@" not in line
    bot.log.clear()
    [answer] = await slack.types("/smtp 421")
    assert seen(answer).startswith("421: "), "which needs no token"


async def test_an_organisation_may_have_the_one_token(slack: PretendSlack, bot: Bot):
    tenant = Tenant("T0PRETEND01", "E0PRETEND01", is_enterprise_install=True)
    slack.core.tenant = slack.delivery.tenant = tenant
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1
    assert await rows_of(bot, "E0PRETEND01")
    await slack.people.open_home()
    await slack.settled()
    assert [call.arguments["team_id"] for call in slack.calls_to("users.conversations")] == [
        "T0PRETEND01",
        "T0PRETEND01",
    ], "of which workspace, as Slack asks for where a token is for several"
