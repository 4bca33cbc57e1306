"""The bot as a web server: only Slack may tell it things."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from running import Bot
from slack_sdk.signature import SignatureVerifier

from bot.playground import PretendSlack

EVENT = {
    "type": "event_callback",
    "team_id": "T0PRETEND01",
    "event_id": "Ev1",
    "event": {"type": "message", "channel": "C1", "ts": "1.1", "user": "U1", "text": "hm"},
}
MINUTES = 60


@pytest.fixture
def way() -> str:
    return "http"


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def signed(bot: Bot, body: str, *, age: float = 0, secret: str | None = None) -> dict[str, Any]:
    now = str(int(time.time() - age))
    verifier = SignatureVerifier(secret or bot.settings.slack_signing_secret)
    return {
        "data": body,
        "headers": {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": verifier.generate_signature(timestamp=now, body=body) or "",
        },
    }


async def test_healthz_says_ok(bot: Bot, web: aiohttp.ClientSession):
    async with web.get(f"{bot.url}/healthz") as response:
        assert (response.status, await response.json()) == (200, {"ok": True})


async def test_signed_requests_are_taken(bot: Bot, web: aiohttp.ClientSession):
    async with web.post(f"{bot.url}/slack/events", **signed(bot, json.dumps(EVENT))) as response:
        assert response.status == 200


async def test_slacks_question_at_setup_is_answered(bot: Bot, web: aiohttp.ClientSession):
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw"})
    async with web.post(f"{bot.url}/slack/events", **signed(bot, body)) as response:
        assert response.status == 200
        assert "3eZbrw" in await response.text()


@pytest.mark.parametrize(
    "how",
    [{"secret": "not the secret"}, {"age": 6 * MINUTES}, {"age": -6 * MINUTES}],
    ids=["wrongly signed", "stale", "from the future"],
)
async def test_others_are_refused(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession, how: dict[str, Any]
):
    request = signed(bot, json.dumps(EVENT), **how)
    async with web.post(f"{bot.url}/slack/events", **request) as response:
        assert response.status == 401
    assert slack.calls == []


async def test_unsigned_requests_are_refused(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    async with web.post(f"{bot.url}/slack/events", json=EVENT) as response:
        assert response.status == 401
    command = {"command": "/smtp", "text": "421", "team_id": "T0PRETEND01"}
    async with web.post(f"{bot.url}/slack/events", data=command) as response:
        assert response.status == 401
    assert slack.calls == []


async def test_a_signature_is_for_one_body(bot: Bot, web: aiohttp.ClientSession):
    request = signed(bot, json.dumps(EVENT))
    request["data"] = json.dumps({**EVENT, "event_id": "Ev2"})
    async with web.post(f"{bot.url}/slack/events", **request) as response:
        assert response.status == 401


@pytest.mark.parametrize("path", ["/", "/slack/install", "/slack/oauth_redirect", "/slack/events"])
async def test_there_is_nothing_else_to_read(bot: Bot, web: aiohttp.ClientSession, path: str):
    async with web.get(bot.url + path) as response:
        assert response.status in (404, 405)
