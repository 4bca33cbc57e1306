"""What Bolt itself takes for a message event, before the bot has looked at a word of it."""

from __future__ import annotations

import asyncio
from statistics import median
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

from benchmarks.clock import ROUNDS, core_seconds

EVENTS = 1_000  # a round
TEAM, APP, BOT_USER, CHANNEL = "T0BENCH", "A0BENCH", "U0BENCHBOT", "C0BENCH"


def seconds_an_event(texts: list[str]) -> float:
    """Core seconds for one event and a listener that does nothing: the median of the rounds."""
    app = AsyncApp(authorize=_authorize)
    heard: list[str] = []

    async def listen(event: dict[str, Any]) -> None:
        heard.append(event["ts"])

    app.event("message")(listen)
    bodies = [body(text, number) for number, text in enumerate(texts[:EVENTS])]
    rounds = [
        core_seconds(lambda: asyncio.run(_dispatch(app, bodies))) / len(bodies)
        for _ in range(ROUNDS)
    ]
    if len(heard) != ROUNDS * len(bodies):
        raise RuntimeError(f"Bolt handed on {len(heard)} of {ROUNDS * len(bodies)} events.")
    return median(rounds)


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    """Whose bot it is; a real app asks its database here, never Slack."""
    return AuthorizeResult(
        enterprise_id=enterprise_id,
        team_id=team_id,
        bot_token="xoxb-benchmark",
        bot_id="B0BENCH",
        bot_user_id=BOT_USER,
    )


async def _dispatch(app: AsyncApp, bodies: list[dict[str, Any]]) -> None:
    for body in bodies:
        await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    # Bolt acknowledges first and leaves the listeners to tasks of their own.
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


def body(text: str, number: int) -> dict[str, Any]:
    """An event as the Events API sends it for a person's message in a channel."""
    ts = f"1795132800.{number:06}"
    said = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {
        "token": "no longer checked",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": {
            "type": "message",
            "user": "U0BENCHMAN",
            "ts": ts,
            "client_msg_id": f"6f1c0000-0000-4000-8000-{number:012}",
            "text": text,
            "team": TEAM,
            "blocks": [{"type": "rich_text", "block_id": "b1", "elements": [said]}],
            "channel": CHANNEL,
            "event_ts": ts,
            "channel_type": "channel",
        },
        "type": "event_callback",
        "event_id": f"Ev{number:010}",
        "event_time": 1795132800,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-benchmark-{number}",
    }
