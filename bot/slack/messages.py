"""Every message event: asked, edited, deleted, or perhaps an error to be spotted."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.changes import correct, is_deleted, is_edited, take_back
from bot.slack.files import has_readable_files, look_into_files
from bot.slack.hearing import Heard, hear
from bot.slack.mention import answer_question, is_asked
from bot.slack.message_text import text_of
from bot.slack.spotting import spot_errors


def register(app: AsyncApp) -> None:
    hear(app, "message", hear_message)


async def hear_message(heard: Heard) -> None:
    """Do what one kind of message event asks for."""
    event = heard.event
    if is_asked(event, heard.context):
        await answer_question(heard)
    elif is_deleted(event):
        await take_back(heard)
    elif is_edited(event):
        await correct(heard)
    elif has_readable_files(event) and not heard.spotter.spot(text_of(event)):
        await look_into_files(heard)
    else:
        await spot_errors(heard)
