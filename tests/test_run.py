"""`python -m bot run` as a host or a person starts it: a process of its own."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from pasted import UNKNOWN
from processes import ends, running, said

from bot.app import StartError, asking_database, opened
from bot.playground import PretendSlack
from bot.slack import EVENTS, SCOPES


async def test_without_tokens_it_opens_the_playground(tmp_path: Path):
    async with running(tmp_path, PLAYGROUND_PORT="0") as bot:
        line = await said(bot, "pretend Slack")
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address, line
        assert "SLACK_BOT_TOKEN" in await said(bot, "For real Slack")
        await said(bot, "Connected to Pretend Slack by Socket Mode")
        async with aiohttp.ClientSession() as web, web.get(address[0]) as page:
            assert (page.status, page.content_type) == (200, "text/html")
            async with web.get(f"{address[0]}/page/state") as state:
                assert "Explain SMTP error" in (await state.json())["shortcuts"].values()
        assert (tmp_path / "smtp-bot.sqlite3").is_file()
        bot.send_signal(signal.SIGTERM)
        status, out, err = await ends(bot)
        assert (status, out) == (0, "Stopping.\n")
        assert "Traceback" not in err
        assert "ERROR" not in err
        assert "tables changed" in err
        assert "alembic" not in err


async def test_the_second_start_has_nothing_to_say_of_the_database(tmp_path: Path):
    for _ in range(2):
        async with running(tmp_path, PLAYGROUND_PORT="0") as bot:
            await said(bot, "Connected to Pretend Slack")
            bot.send_signal(signal.SIGTERM)
            err = (await ends(bot))[2]
    assert "tables" not in err
    assert "alembic" not in err


async def test_empty_settings_of_a_container_are_no_settings(tmp_path: Path):
    empty = {"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_ID": "", "SLACK_CLIENT_SECRET": "", "PORT": ""}
    async with running(tmp_path, PLAYGROUND_PORT="0", **empty) as bot:
        await said(bot, "Connected to Pretend Slack")
        bot.send_signal(signal.SIGINT)
        assert (await ends(bot))[0] == 0


async def test_a_taken_port_is_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with running(tmp_path, PLAYGROUND_PORT=port) as bot:
            status, _, err = await ends(bot)
    assert status == 1
    assert err == (
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use); "
        "set PLAYGROUND_PORT to another.\n"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("SLACK_BOT_TOKEN", "hunter2"),
        ("DATABASE_URL", "mysql://somewhere"),
        ("DATABASE_URL", "postgresql://bot:hunter@hunter2@127.0.0.1:9/bot"),
        ("DATABASE_URL", "postgresql://bot@127.0.0.1:hunter2/bot"),
        ("SLACK_SIGNING_SECRET", "only this one"),
    ],
)
async def test_a_setting_that_cannot_work_is_one_sentence(tmp_path: Path, name: str, value: str):
    async with running(tmp_path, **{name: value}) as bot:
        status, out, err = await ends(bot)
    assert (status, out) == (1, "")
    assert "SLACK_BOT_TOKEN" in err if value.startswith("only") else name in err
    assert err.count("\n") == 1
    assert "hunter2" not in err, "a secret is not printed"


async def test_a_database_in_no_folder_is_one_sentence(tmp_path: Path):
    url = "sqlite:///no/such/folder/bot.sqlite3"
    async with running(tmp_path, PLAYGROUND_PORT="0", DATABASE_URL=url) as bot:
        status, _, err = await ends(bot)
    assert status == 1
    assert "DATABASE_URL" in err
    assert f'"{url}"' in err, "as it was written"
    assert err.count("\n") == 1


@pytest.mark.parametrize("more", ["", "?password=hunter2"])
async def test_the_password_of_a_database_is_not_printed(more: str):
    url = f"postgresql+psycopg://bot:hunter2@127.0.0.1:9/bot{more}"
    with pytest.raises(StartError) as stop, asking_database(url):
        async with opened(url):
            pass
    assert "bot:***@127.0.0.1:9/bot" in str(stop.value)
    assert "hunter2" not in str(stop.value)


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(events=EVENTS, scopes=SCOPES) as slack:
        yield slack
        assert slack.complaints == []


async def test_with_tokens_it_connects_and_finishes_before_it_stops(
    tmp_path: Path, slack: PretendSlack
):
    tokens = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
    }
    async with running(tmp_path, **tokens) as bot:
        await said(bot, "Connected to Pretend Slack by Socket Mode")
        held = slack.faults.hold("chat.postMessage")
        await slack.people.say(UNKNOWN)
        await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
        bot.send_signal(signal.SIGTERM)
        await said(bot, "Stopping.")
        held.release()
        assert (await ends(bot))[0] == 0
        assert len(slack.replies) == 1


async def test_over_http_it_says_where_it_waits(tmp_path: Path, slack: PretendSlack):
    settings = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "HOST": "127.0.0.1",
        "PORT": "0",
    }
    async with running(tmp_path, **settings) as bot:
        line = await said(bot, "Waiting for Slack at")
        address = re.search(r"http://127\.0\.0\.1:\d+/slack/events", line)
        assert address
        slack.deliver_to(address[0])
        [answer] = await slack.types("/smtp 421")
        assert answer.text.startswith("421: ")
        bot.send_signal(signal.SIGTERM)
        assert (await ends(bot))[0] == 0


@pytest.mark.parametrize(
    ("wrong", "named"), [("SLACK_BOT_TOKEN", "xoxb-wrong"), ("SLACK_APP_TOKEN", "xapp-wrong")]
)
async def test_a_token_that_slack_does_not_know_is_one_sentence(
    tmp_path: Path, slack: PretendSlack, wrong: str, named: str
):
    tokens = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "LOG_LEVEL": "ERROR",
    }
    async with running(tmp_path, **tokens | {wrong: named}) as bot:
        status, _, err = await ends(bot)
    assert status == 1
    assert f"Slack does not accept {wrong} (invalid_auth)" in err
    assert "Traceback" not in err


async def test_a_firewalls_page_in_place_of_an_answer_is_one_sentence(
    tmp_path: Path, slack: PretendSlack
):
    slack.faults.server_error("auth.test", status=403)
    tokens = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
    async with running(tmp_path, **tokens, SLACK_API_URL=slack.api_url) as bot:
        status, _, err = await ends(bot)
    assert status == 1
    assert "Slack does not accept SLACK_BOT_TOKEN (403)" in err
    assert "Traceback" not in err


async def test_no_slack_at_all_is_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"http://127.0.0.1:{gone.getsockname()[1]}/api/"
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": address}
    async with running(tmp_path, **tokens) as bot:
        status, _, err = await ends(bot)
    assert status == 1
    assert f"Slack cannot be reached at {address}" in err
    assert "Traceback" not in err
