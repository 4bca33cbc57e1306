"""The bot as a web server: only Slack may tell it things."""

from __future__ import annotations

import json
import logging
import time
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


async def refused(
    bot: Bot, web: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, **request: Any
) -> None:
    """Send a request that is refused, with nothing that helps and one line that tells nothing."""
    with caplog.at_level(logging.INFO):
        async with web.post(f"{bot.url}/slack/events", **request) as response:
            assert (response.status, await response.text()) == (401, "")
            assert "Server" not in response.headers
    [line] = [record.msg for record in caplog.records]
    assert line == {"event": "refused", "outcome": "refused", "reason": "signature"}
    caplog.clear()


@pytest.mark.parametrize(
    "how",
    [{"secret": "not the secret"}, {"age": 6 * MINUTES}, {"age": -6 * MINUTES}],
    ids=["wrongly signed", "stale", "from the future"],
)
async def test_others_are_refused(
    bot: Bot,
    slack: PretendSlack,
    web: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    how: dict[str, Any],
):
    await refused(bot, web, caplog, **signed(bot, json.dumps(EVENT), **how))
    assert slack.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": "9" * 400},
    ],
)
@pytest.mark.parametrize("body", [json.dumps(EVENT), "{", b"\xff\xfe", "payload=%7B", ""])
async def test_nonsense_is_refused_before_it_is_read(
    bot: Bot,
    slack: PretendSlack,
    web: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    headers: dict[str, str],
    body: str | bytes,
):
    request = signed(bot, json.dumps(EVENT))
    request["headers"] |= headers
    await refused(bot, web, caplog, data=body, headers=request["headers"])
    assert slack.calls == []


async def test_what_is_sent_once_more_is_answered_once(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession
):
    message = await slack.says("421 4.7.0 mx1.example.net Try again later, closing connection")
    [event] = [each for each in slack.delivery.sent if each.payload["event"]["ts"] == message.ts]
    request = signed(bot, json.dumps(event.payload))
    async with web.post(f"{bot.url}/slack/events", **request) as response:
        assert response.status == 200
    await slack.settled()
    assert len(slack.replies) == 1


async def test_unsigned_requests_are_refused(
    bot: Bot, slack: PretendSlack, web: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
):
    await refused(bot, web, caplog, json=EVENT)
    command = {"command": "/smtp", "text": "421", "team_id": "T0PRETEND01"}
    await refused(bot, web, caplog, data=command)
    assert slack.calls == []


async def test_a_signature_is_for_one_body(
    bot: Bot, web: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
):
    request = signed(bot, json.dumps(EVENT))
    request["data"] = json.dumps({**EVENT, "event_id": "Ev2"})
    await refused(bot, web, caplog, **request)


@pytest.mark.parametrize("path", ["/", "/slack/install", "/slack/oauth_redirect", "/slack/events"])
async def test_there_is_nothing_else_to_read(bot: Bot, web: aiohttp.ClientSession, path: str):
    async with web.get(bot.url + path) as response:
        assert response.status in (404, 405)
        assert "aiohttp" not in str(response.headers) + await response.text()
