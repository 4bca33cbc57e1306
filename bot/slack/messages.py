"""Every message event: asked, edited, deleted, or perhaps an error to be spotted."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.observed import Arrival
from bot.slack.changes import correct, is_deleted, is_edited, take_back
from bot.slack.delivery import Deliverer
from bot.slack.files import has_readable_files, look_into_files
from bot.slack.hearing import hear
from bot.slack.mention import answer_question, is_asked
from bot.slack.message_text import text_of
from bot.slack.spotting import spot_errors
from bot.smtp.spot import Spotter
from bot.store import Store


def register(app: AsyncApp) -> None:
    hear(app, "message", hear_message)


async def hear_message(
    event: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    deliverer: Deliverer,
    spotter: Spotter,
    store: Store,
    arrival: Arrival,
) -> None:
    """Do what one kind of message event asks for."""
    if is_asked(event, context):
        await answer_question(event, body, context, deliverer, store, arrival)
    elif is_deleted(event):
        await take_back(event, context, deliverer, store)
    elif is_edited(event):
        await correct(event, body, context, deliverer, spotter, store)
    elif has_readable_files(event) and not spotter.spot(text_of(event)):
        await look_into_files(event, body, context, deliverer, store, arrival)
    else:
        await spot_errors(event, body, context, deliverer, spotter, store, arrival)
