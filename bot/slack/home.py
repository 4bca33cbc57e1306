"""The Home tab: opened, searched, paged, and the modes of channels changed there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
from bot.render.card import card, stale_message
from bot.render.home import (
    DETAILS,
    MODE,
    NOT_CHECKED,
    NOT_THERE,
    PAGE,
    SEARCH,
    HomeValues,
    Place,
    details,
    home,
)
from bot.slack.buttons import packed_answer
from bot.slack.home_values import belongs, home_values
from bot.slack.joined import common_channels
from bot.slack.manners import workspace
from bot.slack.people import person
from bot.smtp.explain import Explainer
from bot.store import Mode, Store

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)


def register(app: AsyncApp) -> None:
    app.event("app_home_opened")(open_home)
    app.action(SEARCH)(search)
    app.action(re.compile(f"{PAGE}_\\w+"))(turn_page)
    app.action(re.compile(f"{MODE}_\\w+"))(change_mode)
    app.action(DETAILS)(show_details)


async def open_home(
    event: dict[str, Any], context: AsyncBoltContext, explainer: Explainer, store: Store
) -> None:
    """Publish what there is to see, from the beginning."""
    if event["tab"] != "home":
        return
    user = event["user"]
    values = await home_values(context, explainer, store, user, Place(drawn=event["event_ts"]))
    # When it was opened twice at once, the other one was quicker and shows the same.
    await published(context, user, values, (event.get("view") or {}).get("hash"))


async def search(
    ack: AsyncAck,
    body: dict[str, Any],
    context: AsyncBoltContext,
    explainer: Explainer,
    store: Store,
) -> None:
    """Show the answer to what was typed."""
    await ack()
    await _draw(body, context, explainer, store, place_of(body))


async def turn_page(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    explainer: Explainer,
    store: Store,
) -> None:
    """Show other channels, or other changes."""
    await ack()
    await _draw(body, context, explainer, store, Place.unpacked(action["value"]))


async def change_mode(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    explainer: Explainer,
    store: Store,
) -> None:
    """Set the mode of a channel of which the person is a member at this moment."""
    await ack()
    user, channel = body["user"]["id"], action["action_id"].removeprefix(f"{MODE}_")
    if refusal := await why_not(context, user, channel):
        # Drawn anew, or the menu would go on showing what was chosen.
        place = replace(place_of(body), drawn=action["action_ts"])
        await _draw(body, context, explainer, store, place, refusal)
        return
    mode = Mode(action["selected_option"]["value"])
    await store.channels.set_mode(workspace(context), channel, mode, user, f"Home: {mode}")
    await _draw(body, context, explainer, store, place_of(body))


async def why_not(context: AsyncBoltContext, user_id: str, channel: str) -> str:
    """Why somebody may not set what the bot does in a channel; "" when they may."""
    who = await person(context.client, user_id)
    theirs = await common_channels(context.client, context.team_id, user_id, fresh=True)
    if not who.teams or theirs is None:
        return NOT_CHECKED
    is_there = belongs(who, context) and channel in {each.id for each in theirs}
    return "" if is_there else NOT_THERE


async def show_details(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    client: AsyncWebClient,
    explainer: Explainer,
) -> None:
    """Show the full card of the answer to a search in a modal."""
    await ack()
    answer = packed_answer(action, explainer)
    message = card(answer) if answer else stale_message()
    await client.views_open(trigger_id=body["trigger_id"], view=details(message["blocks"]))


async def _draw(
    body: dict[str, Any],
    context: AsyncBoltContext,
    explainer: Explainer,
    store: Store,
    place: Place,
    notice: str = "",
) -> None:
    """Publish the tab anew after something was done in it."""
    user, text = body["user"]["id"], searched_text(body["view"])
    # What was published meanwhile may be older than what is known now: then once more.
    for hash_seen in (body["view"]["hash"], None):
        values = await home_values(context, explainer, store, user, place, text, notice)
        if await published(context, user, values, hash_seen):
            return


async def published(
    context: AsyncBoltContext, user_id: str, values: HomeValues, hash_seen: str | None
) -> bool:
    """Publish somebody's Home; False when it is not any more the one that was seen.

    What else Slack refuses is logged, as there is no other place to tell anybody.
    https://docs.slack.dev/reference/methods/views.publish
    """
    try:
        await context.client.views_publish(user_id=user_id, view=home(values), hash=hash_seen)
    except SlackApiError as refusal:
        error = error_of(refusal)
        if error == "hash_conflict":
            return False
        logger.warning("Home not published", user=user_id, error=error)
    return True


def place_of(body: dict[str, Any]) -> Place:
    """What part of Home was in sight when somebody did something there."""
    return Place.unpacked(body["view"]["private_metadata"])


def searched_text(view: dict[str, Any]) -> str:
    """What stands in the search's input; Slack keeps it, and we read it anew each time."""
    for inputs in view["state"]["values"].values():
        if SEARCH in inputs:
            return (inputs[SEARCH]["value"] or "").strip()
    return ""
