"""Requests that are not as Slack writes them: refused, or answered without fuss; never a 500."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import web as aiohttp_web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from running import Bot
from slack_bolt.response import BoltResponse
from test_http import signed

from bot.incoming import DEEPEST, is_signed, is_well_formed
from bot.playground.delivery import Envelope, Unanswered

FORM = "application/x-www-form-urlencoded"
SECRET = "bob.secret says"
NESTED = "[" * 100_000
NO_REQUESTS = {
    "cut short": '{"type": "event_callback", "text": "bob.secret says',
    "a list": '["bob.secret says"]',
    "a number": "7",
    "nothing": "null",
    "nested": NESTED,
    "an endless number": '{"type": ' + "9" * 5_000 + "}",
    "a payload that is none": "payload=%7Bbob.secret+says",
    "a payload in pieces": "payload=[]",
    "a team that is none": '{"team": 7}',
    "an event that is none": '{"type": "event_callback", "team_id": "T1", "event": null}',
    "a list for an event": '{"type": "event_callback", "team_id": "T1", "event": ["message"]}',
    "authorizations that are none": '{"type": "event_callback", "authorizations": "bob.secret"}',
    "half a character": '{"type": "\\ud800"}',
}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def elsewhere() -> AsyncIterator[tuple[TestServer, list[str]]]:
    """A server that is not Slack's, and what it was asked."""
    asked: list[str] = []

    async def answer(request: aiohttp_web.Request) -> aiohttp_web.Response:
        asked.append(await request.text())
        return aiohttp_web.Response()

    app = aiohttp_web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield server, asked


@pytest.mark.parametrize("way", ["http"], indirect=True)
@pytest.mark.parametrize("body", NO_REQUESTS.values(), ids=NO_REQUESTS)
async def test_what_is_not_signed_is_refused_unread(
    bot: Bot, session: aiohttp.ClientSession, body: str
):
    for kind in ("application/json", FORM):
        for more in ({}, {"X-Slack-Request-Timestamp": "1"}, {"X-Slack-Signature": "v0=x"}):
            async with session.post(
                f"{bot.url}/slack/events", data=body, headers={"Content-Type": kind} | more
            ) as response:
                assert response.status == 401


@pytest.mark.parametrize("way", ["http"], indirect=True)
@pytest.mark.parametrize(
    "spoilt",
    [
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "9" * 5_000},
        {"X-Slack-Request-Timestamp": "1e400"},
        {"X-Slack-Signature": "v0=ä"},
        {"X-Slack-Signature": ""},
        {"Content-Type": "application/json; charset=nonsense"},
    ],
)
async def test_a_spoilt_signature_is_none_and_makes_us_call_nobody(
    bot: Bot,
    session: aiohttp.ClientSession,
    elsewhere: tuple[TestServer, list[str]],
    spoilt: dict[str, str],
):
    server, asked = elsewhere
    body = json.dumps({"type": "shortcut", "response_url": str(server.make_url("/"))})
    request = signed(bot, body, secret="not the secret")
    request["headers"] |= spoilt
    async with session.post(f"{bot.url}/slack/events", **request) as response:
        assert response.status == 401
    assert asked == []


@pytest.mark.parametrize("way", ["http"], indirect=True)
async def test_bytes_that_are_no_text_are_not_slacks(bot: Bot, session: aiohttp.ClientSession):
    request = signed(bot, "x") | {"data": b"\xff\xfe\0"}
    async with session.post(f"{bot.url}/slack/events", **request) as response:
        assert response.status == 401


@pytest.mark.parametrize("way", ["http"], indirect=True)
async def test_no_request_may_be_larger_than_slacks_are(bot: Bot, session: aiohttp.ClientSession):
    request = signed(bot, "x") | {"data": io.BytesIO(b"x" * 2_000_000)}
    async with session.post(f"{bot.url}/slack/events", **request) as response:
        assert response.status == 413


@pytest.mark.parametrize("way", ["http"], indirect=True)
@pytest.mark.parametrize("body", NO_REQUESTS.values(), ids=NO_REQUESTS)
async def test_what_cannot_be_read_is_acknowledged_and_named_by_its_kind(
    bot: Bot, session: aiohttp.ClientSession, body: str
):
    request = signed(bot, body)
    if body.startswith("payload"):
        request["headers"]["Content-Type"] = FORM
    async with session.post(f"{bot.url}/slack/events", **request) as response:
        assert (response.status, await response.text()) == (200, "")
    [line] = bot.log
    assert line.startswith("bot: what Slack sent could not be read error=")
    assert SECRET not in line
    bot.log.clear()


async def test_an_event_nobody_listens_to_is_acknowledged(bot: Bot):
    envelope = bot.slack.delivery.send_event(event("moon_landed", text=SECRET))
    await bot.slack.settled()
    assert (envelope.is_acknowledged, envelope.attempts) == (True, 1)
    [line] = bot.log
    assert "Unhandled request" in line
    assert SECRET not in line
    bot.log.clear()


@pytest.mark.parametrize("payload", [{"event": None}, {"team": 7}, {"authorizations": "x"}, {}])
async def test_what_is_no_event_is_acknowledged(bot: Bot, payload: dict[str, Any]):
    envelope = bot.slack.delivery.send_event({"type": "event_callback", "team_id": "T1"} | payload)
    await bot.slack.settled()
    assert (envelope.is_acknowledged, envelope.attempts) == (True, 1)
    bot.log.clear()


async def test_a_command_without_a_text_is_a_call_for_help(bot: Bot):
    command = {"command": "/smtp", "team_id": "T0PRETEND01", "channel_id": "C1", "user_id": "U1"}
    envelope = await bot.slack.delivery.ask("slash_commands", command)
    assert "How to ask" in envelope.answer["text"]


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event as Slack wraps it."""
    told = {"type": kind, "channel": "C1", "user": "U1", "ts": "1.1", "event_ts": "1.1"} | fields
    return {
        "type": "event_callback",
        "team_id": "T0PRETEND01",
        "api_app_id": "A1",
        "event_id": "Ev1",
        "event": told,
    }


# Spoilt: what Slack sends, with a field that is missing or is something else

SEED = 7
SPOILT = 300  # requests, of each kind as many as of others
SOMETHING_ELSE: tuple[Any, ...] = (
    None, [], {}, 7, 10**400, True, "", "\0", "x" * 50_000, ["x"], {"id": ["x"]}, [[]], [None],
)  # fmt: skip


async def test_whatever_is_spoilt_slack_gets_its_ok_and_no_text_is_logged(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    statuses: list[int] = []
    take = bot.app.take

    async def noted(**told: Any) -> BoltResponse:
        response = await take(**told)
        statuses.append(response.status)
        return response

    monkeypatch.setattr(bot.app, "take", noted)
    kinds = [
        ("events_api", event("message", text=f"550 5.1.1 {SECRET} user unknown", files=[{}])),
        ("events_api", event("message", subtype="message_changed", message={"ts": "1.1"})),
        ("events_api", event("message", subtype="message_deleted", deleted_ts="1.1")),
        ("events_api", event("app_mention", text=f"<@U0BOT> {SECRET}")),
        ("events_api", event("reaction_added", reaction="mag", item=item())),
        ("events_api", event("member_joined_channel", inviter="U2")),
        ("events_api", event("app_home_opened", tab="home", view={"hash": "1"})),
        ("events_api", event("function_executed", function=step(), inputs={"text": SECRET})),
        ("slash_commands", {"command": "/smtp", "text": "here off", "channel_id": "C1"} | WHO),
        *(("interactive", pressed(each)) for each in ACTIONS),
        *(("interactive", submitted(each)) for each in ("save_team_note", "feedback_form")),
        ("interactive", shortcut()),
    ]
    chance = random.Random(SEED)
    for number in range(SPOILT):
        kind, payload = kinds[number % len(kinds)]
        if bot.way == "http" and kind == "slash_commands":
            continue  # in a form everything is text
        await sent(bot, kind, spoilt(payload, chance))
    await bot.slack.settled()
    assert set(statuses) == {200, 404}, "404: a button that nobody knows any more"
    assert [each for each in bot.log if SECRET in each] == []
    assert [each for each in bot.log if each.startswith(LIBRARIES)] == []
    bot.log.clear()


LIBRARIES = ("aiohttp", "asyncio", "slack_sdk")  # what they log nobody caught


async def sent(bot: Bot, kind: str, payload: dict[str, Any]) -> None:
    """Send it and see that Slack need not send it again."""
    delivery = bot.slack.delivery
    if kind != "events_api":
        with suppress(Unanswered):
            await delivery.ask(kind, payload)
        return
    envelope: Envelope = delivery.send_event(payload)
    while not envelope.is_acknowledged:
        assert not envelope.failures, (envelope.failures, payload)
        await asyncio.sleep(0)


WHO = {"team_id": "T0PRETEND01", "user_id": "U1"}
ACTIONS = ("show_details_1", "share_answer", "mute_here", "team_note", "feedback", "full_table")


def item() -> dict[str, Any]:
    return {"type": "message", "channel": "C1", "ts": "1.1"}


def step() -> dict[str, Any]:
    return {"callback_id": "explain_smtp_error_step"}


def people() -> dict[str, Any]:
    return {"user": {"id": "U1"}, "team": {"id": "T0PRETEND01"}, "channel": {"id": "C1"}}


def pressed(action_id: str) -> dict[str, Any]:
    action = {"type": "button", "action_id": action_id, "block_id": "b", "value": SECRET}
    container = {"type": "message", "message_ts": "1.1", "channel_id": "C1"}
    return (
        {"type": "block_actions", "trigger_id": "1", "container": container}
        | people()
        | {"actions": [action]}
    )


def submitted(callback_id: str) -> dict[str, Any]:
    view = {"type": "modal", "callback_id": callback_id, "private_metadata": SECRET, "id": "V1"}
    state = {"values": {"note_text": {"note_text": {"value": SECRET}}}}
    return {"type": "view_submission", "view": view | {"state": state}} | people()


def shortcut() -> dict[str, Any]:
    told = {"type": "message_action", "callback_id": "explain_smtp_error", "message_ts": "1.1"}
    return told | {"message": {"ts": "1.1", "text": SECRET, "files": []}} | people()


def spoilt(payload: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The payload with one of its fields, at any depth, gone or something else."""
    payload = copy.deepcopy(payload)
    holder, name = chance.choice([each for each in fields(payload) if each[1] != "command"])
    if chance.random() < 0.25:
        del holder[name]
    else:
        holder[name] = chance.choice(SOMETHING_ELSE)
    return payload


def fields(part: Any) -> Iterator[tuple[dict[str, Any], str]]:
    """Every field of every object, with the object that has it."""
    if isinstance(part, dict):
        for name, value in part.items():
            yield part, name
            yield from fields(value)
    elif isinstance(part, list):
        for each in part:
            yield from fields(each)


# What is decided before anything is done

WORDS = ["type", "event", "channel", "user", "team", "ts", "item", "actions", "view", "text"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(WORDS), JSON))
def test_where_slack_puts_ids_nothing_else_may_stand(body: dict[str, Any]):
    if is_well_formed(body):
        for name in ("type", "ts"):
            assert body.get(name) is None or isinstance(body[name], str)
        channel = body.get("channel")
        assert channel is None or isinstance(channel, str | dict)
        assert isinstance(body.get("event", {}), dict)


def test_what_is_nested_deeper_than_slack_does_is_not_slacks():
    body: dict[str, Any] = {}
    for _ in range(DEEPEST + 1):
        body = {"message": body}
    assert not is_well_formed(body)
    assert is_well_formed(body["message"])


@given(st.binary(max_size=99), st.text(max_size=30), st.text(max_size=80))
def test_no_made_up_signature_is_one(body: bytes, timestamp: str, signature: str):
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}
    assert not is_signed("secret", body, headers)
    assert not is_signed("secret", body, headers | {"X-Slack-Signature": "v0=" + "0" * 64})


def test_what_slack_sends_passes():
    for payload in (event("message"), pressed("mute_here"), submitted("x"), shortcut()):
        assert is_well_formed(payload)
