"""Backlot, a stand-in for Slack's Web API by other people, takes what the bot posts."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unittest.mock import patch

import backlot
import pytest
from pasted import UNKNOWN
from slack_bolt.async_app import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import delivering
from bot.metrics import new_metrics
from bot.observed import Arrival
from bot.render.card import Message, card, help_message, shared, summary
from bot.slack import ACTS, COMPOSES
from bot.slack.delivery import Deliverer
from bot.slack.hearing import Heard
from bot.slack.spotting import spot_errors
from bot.slack.work import Knowing
from bot.smtp.explain import Explainer
from bot.smtp.spot import Spotter
from bot.store import Place, Store

ASKED = {
    "source_type": "slack",
    "channel": "mail-ops",
    "content": f"Any idea? {UNKNOWN}",
    "created": "2026-11-20T09:12:00Z",
    "visibility": "public",
    "author_email": "ann@example.com",
    "author_name": "Ann",
}


@pytest.fixture(scope="module")
def judge() -> Iterator[backlot.Server]:
    with (
        patch.dict("os.environ", BACKLOT_TELEMETRY="0"),
        backlot.serve([ASKED], telemetry=False) as server,
    ):
        yield server


@pytest.fixture
def client(judge: backlot.Server) -> AsyncWebClient:
    return AsyncWebClient(token=judge.token, base_url=f"{judge.base_url}/slack/api/")


@pytest.fixture
async def channel(client: AsyncWebClient) -> str:
    [channel] = (await client.conversations_list())["channels"]
    return str(channel["id"])


@pytest.fixture
async def knowing(explainer: Explainer, spotter: Spotter) -> AsyncIterator[Knowing]:
    store = Store("sqlite+aiosqlite://")
    await store.open()
    yield Knowing(explainer, spotter, store)
    await store.close()


async def test_a_message_is_answered_in_its_thread(
    client: AsyncWebClient, channel: str, knowing: Knowing, spotter: Spotter
):
    [asked] = (await client.conversations_history(channel=channel))["messages"]
    event: dict[str, Any] = {**asked, "channel": channel}
    context = AsyncBoltContext({"team_id": "T0000BKLT"})

    metrics = new_metrics(knowing.explainer.knowledge)
    arrival = Arrival(metrics, "message")

    async def client_of(_: Place) -> AsyncWebClient:
        return client

    async with delivering(Deliverer(knowing, client_of, COMPOSES, ACTS, metrics)) as deliverer:
        heard = Heard(event, {}, context, deliverer, spotter, knowing.store, arrival)
        for _ in ("sent", "delivered again"):
            await spot_errors(heard)
    thread = (await client.conversations_replies(channel=channel, ts=asked["ts"]))["messages"]
    assert len(thread) == 2
    [answer] = spotter.spot(UNKNOWN)
    assert html.unescape(thread[1]["text"]) == html.unescape(summary(answer))


async def test_every_kind_of_message_is_taken(
    client: AsyncWebClient, channel: str, explainer: Explainer
):
    asked = ("421", "5.7.26", "4xx", "gmail", "mailbox full", "xyzzy plugh", UNKNOWN)
    messages: list[Message] = [help_message(), *(card(explainer.explain(each)) for each in asked)]
    messages.append(shared(explainer.explain("421"), "U0YOU000001"))
    for message in messages:
        posted = await client.chat_postMessage(channel=channel, **message)
        assert posted["ok"]
        assert posted["message"]["text"]
