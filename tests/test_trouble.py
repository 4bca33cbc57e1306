"""What happens when Slack fails, or the bot itself does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from running import Bot, seen

from bot.playground import PretendSlack
from bot.slack import delivery
from bot.smtp.explain import Explainer

SECRET = "bob.secret@example.net"
UNKNOWN = f"550 5.1.1 <{SECRET}>: Recipient address rejected: User unknown"


async def test_a_rate_limit_is_waited_out(slack: PretendSlack):
    slack.faults.rate_limit("chat.postMessage", retry_after=0)
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1
    assert [call.status for call in slack.calls_to("chat.postMessage")] == [429, 200]


@pytest.mark.parametrize("status", [500, 503])
async def test_a_server_error_is_tried_again(slack: PretendSlack, status: int):
    slack.faults.server_error("chat.postMessage", status=status)
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1


async def test_a_broken_connection_is_tried_again(slack: PretendSlack):
    slack.faults.reset("chat.postMessage")
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1


async def test_a_refused_answer_is_logged_by_ids_and_may_be_tried_again(
    slack: PretendSlack, bot: Bot
):
    slack.faults.error("chat.postMessage", "is_archived")
    message = await slack.says(UNKNOWN)
    assert slack.replies == []
    [line] = bot.log
    assert line.startswith("bot: SlackApiError (is_archived)")
    event_id = slack.delivery.sent[-1].payload["event_id"]
    for field in ("team=T0PRETEND01", f"channel={message.channel}", f"event_id={event_id}"):
        assert field in line
    assert f"message={message.ts}" in line
    assert SECRET not in line
    assert "User unknown" not in line
    bot.log.clear()
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == 1


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that waits for nothing, and gives up early."""
    monkeypatch.setattr(delivery, "WAITS", (0.0,))
    monkeypatch.setattr(delivery, "MOST_ATTEMPTS", 5)


@pytest.mark.usefixtures("hasty")
async def test_trouble_of_slacks_own_is_waited_out(slack: PretendSlack):
    slack.faults.error("chat.postMessage", "fatal_error", times=2)
    slack.faults.server_error("chat.postMessage", times=2)
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1
    assert len(slack.calls_to("chat.postMessage")) == 5


@pytest.mark.usefixtures("hasty")
async def test_an_outage_that_does_not_end_is_one_line_of_log(slack: PretendSlack, bot: Bot):
    slack.faults.error("chat.postMessage", "fatal_error", times=99)
    await slack.says(UNKNOWN)
    [line] = bot.log
    assert "given up error=SlackApiError (fatal_error)" in line
    assert SECRET not in line
    bot.log.clear()
    assert len(slack.calls_to("chat.postMessage")) == 5
    slack.faults.clear()
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1, "what was never explained is explained when it comes again"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot with a fault of its own, which quotes what people wrote."""

    def explode(self: Explainer, text: str) -> Any:
        raise ZeroDivisionError(text)

    monkeypatch.setattr(Explainer, "explain", explode)
    monkeypatch.setattr(Explainer, "explain_error", explode)


@pytest.mark.usefixtures("broken")
async def test_a_fault_in_a_command_is_apologised_for(slack: PretendSlack, bot: Bot):
    [answer] = await slack.types(f"/smtp {UNKNOWN}")
    assert answer.ephemeral_for == "U0YOU000001"
    assert "Something went wrong on my side" in answer.text
    [line] = bot.log
    assert line.startswith("bot: ZeroDivisionError ")
    assert "team=T0PRETEND01" in line
    assert "channel=C" in line
    assert "explain_command" in line, "it tells where"
    assert SECRET not in line
    bot.log.clear()


@pytest.mark.usefixtures("broken")
async def test_a_fault_over_a_message_is_logged_and_nobody_is_bothered(
    slack: PretendSlack, bot: Bot
):
    await slack.says(UNKNOWN)
    assert slack.replies + slack.whispers == []
    [line] = bot.log
    assert slack.delivery.sent[-1].payload["event_id"] in line
    assert SECRET not in line
    bot.log.clear()


async def test_a_fault_behind_a_button_is_apologised_for(
    slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    await slack.says(UNKNOWN)
    monkeypatch.setattr("bot.slack.buttons.card", lambda *_, **__: 1 / 0)
    await slack.clicks("Details")
    [apology] = slack.whispers
    assert "Something went wrong on my side" in apology.text
    [line] = bot.log
    assert line.startswith("bot: ZeroDivisionError")
    bot.log.clear()


async def test_a_share_that_slack_does_not_take_keeps_the_private_answer(
    slack: PretendSlack, bot: Bot
):
    await slack.types("/smtp 421")
    slack.faults.server_error("response_url")
    await slack.clicks("Share to channel")
    assert slack.replies == []
    private, apology = slack.whispers
    assert seen(private).startswith("421: ")
    assert "Something went wrong" in apology.text
    [line] = bot.log
    assert line.startswith("bot: RuntimeError")
    bot.log.clear()


async def test_an_answer_under_way_is_finished_before_the_bot_stops(slack: PretendSlack, bot: Bot):
    held = slack.faults.hold("chat.postMessage")
    await slack.people.say(UNKNOWN)
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    stopping = asyncio.create_task(bot.stop())
    await asyncio.sleep(0.05)
    assert not stopping.done()
    held.release()
    await stopping
    assert len(slack.replies) == 1
    await bot.start()
