"""Helpful and Not helpful under answers, and the form that asks what it was really."""

from __future__ import annotations

import json
import re
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
from bot.render.card import stale_message
from bot.render.feedback import (
    FEEDBACK,
    FORM,
    HELPFUL,
    LACK,
    LACKS,
    REASONS,
    WHAT,
    Rating,
    form,
    form_thanks,
    rating_of,
    thanks,
)
from bot.slack.buttons import tell
from bot.slack.manners import workspace
from bot.slack.posting import not_waiting
from bot.store import Store, tables
from bot.store.feedback import Rater
from bot.store.privacy import in_words

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)


def register(app: AsyncApp) -> None:
    app.action(re.compile(f"^{FEEDBACK}(_\\w+)?$"))(take_verdict)
    app.view(FORM)(take_form)


async def take_verdict(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    respond: AsyncRespond,
    store: Store,
) -> None:
    """Note what somebody thinks of an answer: thank them, or ask what it was really."""
    await ack()
    try:
        rating = rating_of(action.get("value") or "")
    except ValueError:
        await tell(respond, body, stale_message())
        return
    container = body["container"]
    rater = Rater(
        team=workspace(context),
        channel=container["channel_id"],
        ts=rating.of or container["message_ts"],
        who=body["user"]["id"],
    )
    # The form first: what opens it works for three seconds only.
    how_long = in_words(store.kept[tables.FEEDBACK])
    asked = rating.verdict != HELPFUL and await opened(client, body, rater, rating, how_long)
    await store.feedback.give(rater, rating.entries, rating.verdict)
    if not asked:
        await tell(respond, body, thanks())


async def opened(
    client: AsyncWebClient, body: dict[str, Any], rater: Rater, rating: Rating, how_long: str
) -> bool:
    """Open the form; False when Slack does not, as when the click came too late."""
    kept = json.dumps([*rater, *rating.entries], separators=(",", ":"))
    view = form(kept, how_long)
    try:
        await not_waiting(client).views_open(trigger_id=body["trigger_id"], view=view)
    except SlackApiError as refusal:
        logger.info("the feedback form was not opened", error=error_of(refusal))
        return False
    return True


async def take_form(ack: AsyncAck, view: dict[str, Any], store: Store) -> None:
    """Keep what was chosen in the form, and nothing else of it."""
    await ack(response_action="update", view=form_thanks())
    team, channel, ts, who, *entries = json.loads(view["private_metadata"])
    reason, lack = chosen(view, WHAT, REASONS), chosen(view, LACK, LACKS)
    if reason or lack:
        await store.feedback.explain(Rater(team, channel, ts, who), entries, reason, lack)


def chosen(view: dict[str, Any], field: str, choices: dict[Any, str]) -> str:
    """The value chosen in a field of the form; "" for none, and for one that we do not offer."""
    option = view["state"]["values"][field][field]["selected_option"]
    return option["value"] if option and option["value"] in choices else ""
