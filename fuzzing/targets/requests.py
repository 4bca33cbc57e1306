"""Whole requests over HTTP to the real app, signed and unsigned, as JSON, forms and payloads."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from bot import logs
from bot.app import build as build_app
from bot.app import delivering, opened, serving_http
from bot.metrics import new_metrics
from bot.playground import PretendSlack
from bot.settings import Settings
from bot.slack import EVENTS, SCOPES, SHORTCUTS, STEPS
from bot.web import Health
from fuzzing.material import Target, Values, explainer

MARK = "5.1.1 marked text"  # must never stand in a log
NAMES = [
    *("type", "event", "event_callback", "block_actions", "view_submission", "message_action"),
    *("message", "app_mention", "reaction_added", "member_joined_channel", "app_home_opened"),
    *("function_executed", "tokens_revoked", "shortcut", "view_closed", "url_verification"),
    *("team_id", "team", "T1", "id", "user", "U1", "channel", "C1", "ts", "1.1", "event_ts", "tab"),
    *("text", "blocks", "attachments", "files", "subtype", "message_changed", "message_deleted"),
    *("previous_message", "item", "reaction", "mute", "mag", "view", "state", "values", "home"),
    *(
        "actions",
        "action_id",
        "value",
        "callback_id",
        "private_metadata",
        "container",
        "message_ts",
    ),
    *("show_details_1", "share_answer", "mute_here", "team_note", "save_team_note", "feedback"),
    *(
        "feedback_form",
        "share_in_thread",
        "full_table",
        "share_digest",
        "home_search",
        "home_page_1",
    ),
    *("home_mode_C1", "explain_smtp_error", "explain_smtp_error_step", "command", "/smtp"),
    *("trigger_id", "response_url", "authorizations", "enterprise", "is_ext_shared_channel"),
    *("inputs", "function", "bot_access_token", "function_execution_id", "hash", "im", MARK),
]
KINDS = ("event_callback", "block_actions", "view_submission", "message_action", "shortcut")
UNTOLD = (200, 400, 401, 404, 413)  # what a request may get; never a 500


class _Log(logging.Handler):
    """Looks into each line."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._format = logs.formatter(as_json=True)
        self.trouble = ""  # the last thing that nobody caught

    def emit(self, record: logging.LogRecord) -> None:
        line = self._format.format(record)
        assert MARK not in line, line
        if "aiohttp.server" in line:
            self.trouble = line


def build() -> Target:
    """Start the bot on a pretend Slack; each input is one request."""
    logs.through_logging()
    log = _Log()
    logging.getLogger().addHandler(log)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    post = loop.run_until_complete(_started())

    def sent(data: bytes) -> None:
        body, kind, is_signed = _request(data)
        status = loop.run_until_complete(post(body, kind, is_signed))
        assert status in UNTOLD, (status, log.trouble)
        assert is_signed or status in (200, 401), status

    return sent


Post = Callable[[bytes, str, bool], Awaitable[int]]
_PARTS = AsyncExitStack()  # stays open as long as the process lives


async def _started() -> Post:
    slack = await PretendSlack.start(events=EVENTS, scopes=SCOPES, shortcuts=SHORTCUTS, steps=STEPS)
    settings = Settings(
        slack_bot_token=slack.bot_token,
        slack_signing_secret=slack.signing_secret,
        slack_api_url=slack.api_url,
        host="127.0.0.1",
        port=0,
    )
    place = Path(tempfile.mkdtemp()) / "bot.sqlite3"
    store = await _PARTS.enter_async_context(opened(f"sqlite+aiosqlite:///{place}"))
    metrics = new_metrics(explainer().knowledge)
    app, deliverer = build_app(settings, explainer(), store, metrics)
    await _PARTS.enter_async_context(delivering(deliverer))
    url = await _PARTS.enter_async_context(serving_http(app, settings, Health(metrics, {})))
    session = await _PARTS.enter_async_context(aiohttp.ClientSession())

    async def post(body: bytes, kind: str, is_signed: bool) -> int:
        now = str(int(time.time()))
        headers = {"Content-Type": kind}
        if is_signed:
            signed = b"v0:" + now.encode() + b":" + body
            secret = settings.slack_signing_secret.encode()
            signature = hmac.new(secret, signed, "sha256").hexdigest()
            headers |= {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={signature}"}
        async with session.post(f"{url}/slack/events", data=body, headers=headers) as response:
            return response.status

    return post


def _request(data: bytes) -> tuple[bytes, str, bool]:
    """A body, its content type, and whether it is signed."""
    values = Values(data, NAMES)
    how = values.byte()
    is_signed, form = bool(how % 8), "application/x-www-form-urlencoded"
    if how < 32:
        return data[1:], form if how % 2 else "application/json", is_signed
    body = {
        "type": KINDS[values.byte() % len(KINDS)],
        "team_id": "T1",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "event": {"type": values.name(), "channel": "C1", "user": "U1", "ts": "1.1", "text": MARK},
        "actions": [{"action_id": values.name(), "block_id": "b", "type": "button", "value": ""}],
        "callback_id": values.name(),
    }
    for _ in range(values.byte() % 8):
        holder = body
        while values.byte() % 2:
            inner = holder.get(values.name())
            holder = inner if isinstance(inner, dict) else holder
        holder[values.name()] = values.value()
    text = json.dumps(body)
    if how % 3 == 0:
        return urlencode({"payload": text}).encode(), form, is_signed
    if how % 3 == 1:
        fields = {name: str(value) for name, value in body.items()}
        return urlencode(fields | {"command": "/smtp"}).encode("utf-8", "replace"), form, is_signed
    return text.encode(), "application/json", is_signed
