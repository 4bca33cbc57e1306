"""`python -m bot check`: would it run here? And what is to be done before it does?"""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import Column, Integer, MetaData, Table, insert
from sqlalchemy.exc import SQLAlchemyError

from bot.logs import answer_of, error_of
from bot.manifest import ManifestError, manifest
from bot.settings import APPS, Settings, missing_for_slack
from bot.slack import EVENTS, SCOPES, SHORTCUTS
from bot.smtp.knowledge import Knowledge
from bot.store import Store
from bot.store.engine import as_written
from bot.store.files import file_of, in_the_way

APP_SCOPES = ("connections:write",)
TRIAL = Table("smtp_bot_check", MetaData(), Column("number", Integer))
LEAST_FREE = 100 * 1024 * 1024  # bytes; the rows of a busy year take less
MB = 1024 * 1024
# Slack's signatures are refused after five minutes; a clock a minute off is on its way there.
CLOCK_MARGIN = 60
SECONDS = 10  # for each question to Slack


class Finding(NamedTuple):
    """One line: a part, whether it is in order, and what is to be said or done about it."""

    part: str
    is_ok: bool
    told: str

    def __str__(self) -> str:
        return f"{self.part}: {'OK. ' if self.is_ok else 'not OK. '}{self.told}"


async def findings(
    settings: Settings,
    knowledge: Knowledge,
    *,
    offline: bool,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[Finding]:
    """Look at one part after the other; `offline` leaves Slack alone."""
    yield _of_knowledge(knowledge)
    yield _of_settings(settings)
    yield await of_database(settings.database_url)
    yield of_manifest()
    if settings.has_slack and not offline:
        async for finding in _of_slack(settings, now):
            yield finding


def _of_knowledge(knowledge: Knowledge) -> Finding:
    phrases = sum(len(entry.phrases) for entry in knowledge)
    told = f"{len(knowledge)} entries with {phrases} phrases"
    return Finding("Knowledge", True, f"{told} by {len(knowledge.publishers)} publishers.")


def _of_settings(settings: Settings) -> Finding:
    if not settings.has_slack:
        told = "No Slack tokens: `run` starts the playground. README.md says how to connect."
        return Finding("Settings", True, told)
    if missing := missing_for_slack(settings):
        return Finding("Settings", False, missing)
    way = "by Socket Mode" if settings.uses_socket else f"over HTTP on port {settings.port}"
    return Finding("Settings", True, f"`run` connects to Slack {way}.")


async def of_database(url: str) -> Finding:
    """Open it, write to it and take that back; for a file, see how much more would fit."""
    if obstacle := in_the_way(url):
        return Finding("Database", False, f"{obstacle}; see DATABASE_URL.")
    store = Store(url)
    try:
        async with store.engine.begin() as connection:
            await connection.run_sync(TRIAL.create, checkfirst=True)
            await connection.execute(insert(TRIAL).values(number=1))
            await connection.run_sync(TRIAL.drop)
    except (SQLAlchemyError, OSError) as trouble:
        reason = getattr(trouble, "orig", None) or type(trouble).__name__
        told = f"{as_written(url)} cannot be written ({reason}); see DATABASE_URL."
        return Finding("Database", False, told)
    finally:
        await store.close()
    told = f"{as_written(url)} takes what is written."
    free = _free(url)
    if free is None:
        return Finding("Database", True, told)
    told = f"{told} {free // MB:,} MB are free on its disk"
    return Finding("Database", free >= LEAST_FREE, f"{told}{'.' if free >= LEAST_FREE else FULL}")


FULL = f": make room for at least {LEAST_FREE // MB}."


def _free(url: str) -> int | None:
    """How many bytes fit on the disk of a database file; None for a server's."""
    file = file_of(url)
    return None if file is None else shutil.disk_usage(file.resolve().parent).free


def of_manifest() -> Finding:
    """Whether manifest.yml asks Slack for what this bot uses, and for nothing else."""
    try:
        asked = manifest()
        pairs = {
            "events": (asked["settings"]["event_subscriptions"]["bot_events"], EVENTS),
            "scopes": (asked["oauth_config"]["scopes"]["bot"], SCOPES),
            "shortcuts": (
                [each["callback_id"] for each in asked["features"]["shortcuts"]],
                SHORTCUTS,
            ),
        }
    except ManifestError as mistake:
        return Finding("Manifest", False, str(mistake))
    except (KeyError, TypeError) as gap:
        return Finding("Manifest", False, f"manifest.yml has nothing under {gap}.")
    differences = [
        difference
        for kind, (has, needs) in pairs.items()
        for difference in _differences(has, needs, f"{kind} ")
    ]
    if differences:
        return Finding("Manifest", False, f"manifest.yml {', and '.join(differences)}.")
    return Finding("Manifest", True, "manifest.yml asks for what the bot uses, and no more.")


def _differences(has: Collection[str], needs: Collection[str], kind: str = "") -> list[str]:
    missing = sorted(set(needs) - set(has))
    needless = sorted(set(has) - set(needs))
    said = [f"lacks {kind}{', '.join(missing)}"] if missing else []
    return said + ([f"has {kind}{', '.join(needless)} without need"] if needless else [])


async def _of_slack(settings: Settings, now: Callable[[], float]) -> AsyncIterator[Finding]:
    client = AsyncWebClient(base_url=settings.slack_api_url, timeout=SECONDS)
    try:
        answer = await client.api_test()
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as trouble:
        told = f"{settings.slack_api_url} does not answer ({type(trouble).__name__})."
        yield Finding("Slack", False, f"{told} Is there a proxy or firewall?")
        return
    yield of_clock(answer.headers, now())
    if settings.uses_oauth:
        yield Finding("Bot token", True, "Each workspace brings its own when it installs the bot.")
    elif settings.slack_bot_token:
        asking = client.auth_test(token=settings.slack_bot_token)
        yield await _of_token("Bot token", asking, SCOPES)
    if settings.slack_app_token:
        asking = client.apps_connections_open(app_token=settings.slack_app_token)
        yield await _of_token("App token", asking, APP_SCOPES)


async def _of_token(part: str, asking: Any, needs: Collection[str]) -> Finding:
    try:
        answer: AsyncSlackResponse = await asking
    except SlackApiError as refusal:
        needed = answer_of(refusal).get("needed")
        what = f"{error_of(refusal)}: {needed}" if needed else error_of(refusal)
        return Finding(part, False, f"Slack refuses it ({what}); copy it anew from {APPS}.")
    except (aiohttp.ClientError, TimeoutError) as trouble:
        return Finding(
            part, False, f"Slack did not answer ({type(trouble).__name__}); check again."
        )
    has = [each.strip() for each in answer.headers.get("x-oauth-scopes", "").split(",")]
    differences = _differences([each for each in has if each], needs)
    where = f" of {answer['team']}" if answer.get("team") else ""
    told = f"Slack knows it{where}, and it may do what is needed."
    if not differences:
        return Finding(part, True, told)
    is_enough = set(needs) <= set(has)
    told = f"{told} It" if is_enough else f"Slack knows it{where}, but it"
    advice = "Paste manifest.yml anew under App Manifest, and install the app again."
    return Finding(part, is_enough, f"{told} {', and '.join(differences)}. {advice}")


def of_clock(headers: Mapping[str, str], now: float) -> Finding:
    """Compare our clock with Slack's, as its answers carry the time."""
    try:
        ahead = round(now - parsedate_to_datetime(headers["Date"]).timestamp())
    except (KeyError, ValueError):
        return Finding("Clock", True, "Slack did not say what time it is.")
    if abs(ahead) <= CLOCK_MARGIN:
        return Finding("Clock", True, "It agrees with Slack's.")
    told = f"It is {abs(ahead)} seconds {'ahead of' if ahead > 0 else 'behind'} Slack's."
    why = "what Slack sends is refused when it seems five minutes old"
    return Finding("Clock", False, f"{told} Set it (NTP): {why}.")
