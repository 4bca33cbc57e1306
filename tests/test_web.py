"""What a host asks the bot: is it alive, is it ready, what has it done?"""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import platform
import re
import signal
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pasted import UNKNOWN
from processes import ends, running, said
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from running import Bot
from sqlalchemy.exc import OperationalError
from test_files import CHAT, LOG

from bot.metrics import Metrics, new_metrics
from bot.playground import PretendSlack
from bot.slack import EVENTS, SCOPES
from bot.smtp.knowledge import Knowledge
from bot.store import Store


class Page:
    """What one address answered."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text

    @property
    def metrics(self) -> dict[str, Metric]:
        return {family.name: family for family in text_string_to_metric_families(self.text)}

    def value(self, name: str, **labels: str) -> float:
        """One sample; 0 when there is none."""
        found = [
            sample.value
            for family in self.metrics.values()
            for sample in family.samples
            if sample.name == f"smtp_bot_{name}" and labels.items() <= sample.labels.items()
        ]
        return sum(found)


async def read(web: aiohttp.ClientSession, url: str) -> Page:
    async with web.get(url) as response:
        return Page(response.status, await response.text())


async def ready(web: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, Any]]:
    async with web.get(f"{url}/readyz") as response:
        return response.status, await response.json()


READY = (200, {"ready": True, "not_ready": []})


def not_ready(*parts: str) -> tuple[int, dict[str, Any]]:
    return 503, {"ready": False, "not_ready": list(parts)}


# /healthz and /readyz


async def test_it_is_alive_and_ready(bot: Bot, web: aiohttp.ClientSession):
    assert (await read(web, f"{bot.url}/healthz")).status == 200
    assert await ready(web, bot.url) == READY


async def test_while_it_stops_it_is_not_ready_but_alive(bot: Bot, web: aiohttp.ClientSession):
    bot.health.drain()
    assert await ready(web, bot.url) == not_ready("running")
    assert (await read(web, f"{bot.url}/healthz")).status == 200


async def test_without_its_database_it_is_not_ready(bot: Bot, web: aiohttp.ClientSession):
    gone = Store("postgresql+psycopg://bot@127.0.0.1:9/bot")
    bot.health.checks["database"] = gone.is_reachable
    assert await ready(web, bot.url) == not_ready("database")
    bot.health.checks["database"] = bot.store.is_reachable
    assert await ready(web, bot.url) == READY
    await gone.close()


async def test_a_part_that_does_not_say_counts_as_not_ready(
    bot: Bot, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.web.CHECK_SECONDS", 0.01)
    bot.health.checks = {"slow": asyncio.Event().wait}
    assert await ready(web, bot.url) == not_ready("slow")


@pytest.mark.parametrize("way", ["socket"], indirect=True)
async def test_cut_off_from_slack_it_is_not_ready_until_it_is_back(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    held = slack.faults.hold("apps.connections.open")
    await slack.sockets.drop()
    await slack.wait_for(lambda: len(slack.calls_to("apps.connections.open")) > 1)
    assert await ready(web, bot.url) == not_ready("slack")
    assert (await read(web, f"{bot.url}/metrics")).value("ready", part="slack") == 0
    held.release()
    await slack.connected()
    await slack.says(UNKNOWN)
    assert await ready(web, bot.url) == READY
    assert (await read(web, f"{bot.url}/metrics")).value("ready", part="slack") == 1


# /metrics


async def test_what_slack_told_and_what_was_answered_is_counted(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    await slack.says(UNKNOWN)
    await slack.says("Lunch?")
    await slack.says(UNKNOWN)
    await slack.types("/smtp 421")
    await slack.types("/smtp here off")
    await slack.says(UNKNOWN)
    slack.delivery.redeliver()
    await slack.settled()
    page = await read(web, f"{bot.url}/metrics")
    assert page.value("answers_total", surface="spotted") == 1
    assert page.value("answers_total", surface="mark") == 1
    assert page.value("answers_total", surface="command") == 2
    assert page.value("answers_total", surface="shortcut") == 0
    assert page.value("silences_total", reason="no_error") == 1
    assert page.value("silences_total", reason="off") == 2
    assert page.value("events_total", type="command") == 2
    assert page.value("acknowledge_seconds_count", type="command") == 2
    assert page.value("answer_seconds_count", surface="spotted") == 1
    assert 0 < page.value("answer_seconds_sum", surface="spotted") < 60


async def test_files_are_counted_by_what_was_shown(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    await slack.says("", files=[("notes.txt", CHAT)])
    page = await read(web, f"{bot.url}/metrics")
    assert page.value("answers_total", surface="spotted") == 0
    assert page.value("silences_total", reason="no_error") == 1
    await slack.says("", files=[("mail.log", LOG)])
    marked = await slack.says("", files=[("mail.log", LOG)])
    page = await read(web, f"{bot.url}/metrics")
    assert page.value("answers_total", surface="spotted") == 1
    assert page.value("answers_total", surface="mark") == 1
    assert page.value("silences_total", reason="no_error") == 1
    await slack.people.react(marked, "mag")
    await slack.settled()
    marked.files.clear()
    await slack.people.react(marked, "mag", user="colleague")
    await slack.settled()
    page = await read(web, f"{bot.url}/metrics")
    assert page.value("answers_total", surface="magnifier") == len(slack.whispers) == 1
    assert page.value("silences_total", reason="no_error") == 2


async def test_files_of_a_channel_muted_while_they_are_read(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    held = slack.faults.hold("file")
    await slack.people.say("", files=[("mail.log", LOG)])
    await slack.wait_for(lambda: slack.calls_to("file"))
    await slack.people.slash("/smtp", "here off")
    await slack.wait_for(lambda: slack.whispers)
    held.release()
    await slack.settled()
    assert slack.replies == []
    page = await read(web, f"{bot.url}/metrics")
    assert page.value("answers_total", surface="spotted") == 0
    assert page.value("silences_total", reason="off") == 1


async def test_a_redelivered_message_is_counted_as_taken(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    slack.delivery.copies = 2
    await slack.says(UNKNOWN, "@smtpbot")
    page = await read(web, f"{bot.url}/metrics")
    assert page.value("silences_total", reason="taken") == 1
    assert page.value("answers_total", surface="direct") == 1


async def test_what_slack_refuses_is_counted(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    slack.faults.rate_limit("chat.postMessage", retry_after=0)
    await slack.says(UNKNOWN)
    slack.faults.server_error("chat.postMessage", status=503)
    await slack.says("552 5.2.2 <bob@example.net>: Mailbox full, quota exceeded")
    slack.faults.reset("chat.postMessage")
    await slack.says("554 5.7.1 <bob@example.net>: Relay access denied")
    slack.faults.error("chat.postMessage", "is_archived")
    await slack.says("450 4.7.1 <bob@example.net>: Recipient address rejected: Greylisted")
    bot.log.clear()
    page = await read(web, f"{bot.url}/metrics")
    post = {"method": "chat.postMessage"}
    assert page.value("rate_limits_total", **post) == 1
    assert page.value("slack_errors_total", error="is_archived", **post) == 1
    assert page.value("slack_errors_total", error="503", **post) == 1
    assert page.value("slack_errors_total", error="ServerDisconnectedError", **post) == 1
    assert page.value("slack_errors_total") == 3
    assert page.value("failures_total", error="SlackApiError") == 1


async def test_events_that_slack_holds_back_are_counted(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    envelope = slack.delivery.send_event(
        {
            "token": "pretend-verification-token",
            "type": "app_rate_limited",
            "team_id": "T0PRETEND01",
            "minute_rate_limited": 1518467820,
            "api_app_id": "A0SMTPBOT01",
        }
    )
    await slack.settled()
    assert envelope.is_acknowledged
    assert envelope.attempts == 1
    assert (await read(web, f"{bot.url}/metrics")).value("rate_limits_total", method="events") == 1
    [line] = bot.log
    assert "holds events back" in line
    bot.log.clear()


@pytest.mark.parametrize("way", ["http"], indirect=True)
async def test_strangers_cannot_make_up_series(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    for body in (
        {"type": "made-up", "event": {"type": "made_up"}},
        {"ssl_check": "1", "type": "made_up"},
    ):
        for how in ({"json": body}, {"data": {"ssl_check": "1", "type": "made_up"}}):
            async with web.post(f"{bot.url}/slack/events", **how) as response:
                assert response.status in (200, 401)
    page = await read(web, f"{bot.url}/metrics")
    assert "made" not in page.text
    assert page.value("events_total") == page.value("events_total", type="ssl_check") == 2
    assert page.value("refusals_total", reason="signature") == 2


async def test_the_queue_is_looked_at_when_somebody_asks(bot: Bot, web: aiohttp.ClientSession):
    async def queue() -> tuple[int, float]:
        return 3, 1.5

    bot.health.queue = queue
    page = await read(web, f"{bot.url}/metrics")
    assert page.value("queue_length") == 3
    assert page.value("queue_age_seconds") == 1.5

    async def broken() -> tuple[int, float]:
        raise OperationalError("SELECT", {}, OSError("gone"))

    bot.health.queue = broken
    page = await read(web, f"{bot.url}/metrics")
    assert page.status == 200
    assert str(page.value("queue_length")) == "nan"


async def test_it_says_what_it_is_and_knows(
    bot: Bot, web: aiohttp.ClientSession, knowledge: Knowledge
):
    page = await read(web, f"{bot.url}/metrics")
    assert page.value("knowledge_entries") == len(knowledge)
    assert page.value("knowledge_phrases") == sum(len(entry.phrases) for entry in knowledge)
    [build] = page.metrics["smtp_bot_build_info"].samples
    assert re.fullmatch(r"\d+\.\d+\.\d+", build.labels["version"])
    assert "process_resident_memory_bytes" in page.metrics


def test_it_runs_where_only_what_it_needs_is_installed(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
):
    """As on a host that installs requirements.lock and starts what the Procfile says."""
    monkeypatch.setattr(importlib.metadata.Distribution, "discover", lambda **_: iter(()))
    registry = new_metrics(knowledge).registry
    labels = {"version": "unknown", "python": platform.python_version()}
    assert registry.get_sample_value("smtp_bot_build_info", labels) == 1


def test_every_instrument_is_on_the_registry(knowledge: Knowledge):
    metrics = new_metrics(knowledge)
    names = {family.name for family in metrics.registry.collect()}
    for field in fields(Metrics):
        if field.name not in ("registry", "queue_age"):
            assert f"smtp_bot_{field.name}" in names
    assert "smtp_bot_queue_age_seconds" in names


# As a process of its own


@pytest.fixture
async def slack_alone() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(events=EVENTS, scopes=SCOPES) as slack:
        yield slack
        assert slack.complaints == []


def told(slack: PretendSlack, way: str) -> dict[str, str]:
    """The settings of a bot for one way."""
    tokens = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_API_URL": slack.api_url}
    own = {"HOST": "127.0.0.1", "LOG_LEVEL": "DEBUG"}
    if way == "socket":
        return tokens | own | {"SLACK_APP_TOKEN": slack.app_token, "HEALTH_PORT": "0"}
    return tokens | own | {"SLACK_SIGNING_SECRET": slack.signing_secret, "PORT": "0"}


async def address_of(bot: asyncio.subprocess.Process, way: str) -> str:
    wanted = "Health and metrics at" if way == "socket" else "Waiting for Slack at"
    found = re.search(r"http://127\.0\.0\.1:\d+", await said(bot, wanted))
    assert found
    return found[0]


async def test_a_process_tells_how_it_is_and_logs_in_json(
    tmp_path: Path, slack_alone: PretendSlack, way: str, web: aiohttp.ClientSession
):
    slack = slack_alone
    async with running(tmp_path, **told(slack, way)) as bot:
        url = await address_of(bot, way)
        if way == "socket":
            await said(bot, "Connected to Pretend Slack")
        else:
            slack.deliver_to(f"{url}/slack/events")
        assert await ready(web, url) == READY
        held = slack.faults.hold("chat.postMessage")
        await slack.people.say(UNKNOWN)
        await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
        if way == "socket":
            bot.send_signal(signal.SIGTERM)
            await said(bot, "Stopping.")
            http_status, body = await ready(web, url)
            assert http_status == 503
            assert "running" in body["not_ready"]
            held.release()
        else:
            held.release()
            await slack.reply()
            page = await read(web, f"{url}/metrics")
            assert page.value("answers_total") == page.value("answers_total", surface="spotted")
            bot.send_signal(signal.SIGTERM)
        status, _, err = await ends(bot)
    assert status == 0
    assert len(slack.replies) == 1
    lines = [json_line(line) for line in err.splitlines()]
    [answered] = [line for line in lines if line["event"] == "answered"]
    assert answered["event_id"] == slack.delivery.sent[0].payload["event_id"]
    for secret in ("bob@", "User unknown", slack.bot_token, slack.app_token):
        assert secret not in err


def json_line(line: str) -> dict[str, Any]:
    found = json.loads(line)
    assert found.keys() >= {"timestamp", "level", "logger", "event"}
    assert isinstance(found, dict)
    return found


async def test_until_it_is_connected_a_process_is_not_ready(
    tmp_path: Path, slack_alone: PretendSlack, web: aiohttp.ClientSession
):
    held = slack_alone.faults.hold("apps.connections.open")
    async with running(tmp_path, **told(slack_alone, "socket")) as bot:
        url = await address_of(bot, "socket")
        await slack_alone.wait_for(lambda: slack_alone.calls_to("apps.connections.open"))
        assert await ready(web, url) == not_ready("slack")
        held.release()
        await said(bot, "Connected")
        assert await ready(web, url) == READY


async def test_with_a_port_of_its_own_health_is_not_on_slacks(
    tmp_path: Path, slack_alone: PretendSlack, web: aiohttp.ClientSession
):
    settings = told(slack_alone, "http") | {"HEALTH_PORT": "0"}
    async with running(tmp_path, **settings) as bot:
        health = await address_of(bot, "socket")
        url = await address_of(bot, "http")
        assert await ready(web, health) == READY
        for path in ("healthz", "readyz", "metrics"):
            assert (await read(web, f"{url}/{path}")).status == 404


async def test_by_socket_mode_nothing_is_served_unasked(tmp_path: Path, slack_alone: PretendSlack):
    settings = told(slack_alone, "socket")
    del settings["HEALTH_PORT"]
    async with running(tmp_path, **settings) as bot:
        assert "Connected" in await said(bot, "")
        bot.send_signal(signal.SIGTERM)
        await ends(bot)


async def test_a_taken_health_port_is_one_sentence(tmp_path: Path, slack_alone: PretendSlack):
    port = slack_alone.url.rpartition(":")[2]
    settings = told(slack_alone, "socket") | {"HEALTH_PORT": port}
    async with running(tmp_path, **settings) as bot:
        status, _, err = await ends(bot)
    assert status == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in err
    assert "set HEALTH_PORT to another" in err
