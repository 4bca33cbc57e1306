"""`/smtp`: a code, a pattern, a pasted error, plain words, a provider, help, here, notes."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.render.card import card, help_message
from bot.slack.channels import here, is_about_channel
from bot.slack.notes import is_about_notes, list_notes, notes_for
from bot.slack.sharing import conversation
from bot.smtp.explain import Explainer
from bot.store import Store

HELP_WORDS = ("", "help", "?", "hilfe", "aide")


def register(app: AsyncApp) -> None:
    app.command("/smtp")(explain_command)


async def explain_command(
    ack: AsyncAck,
    command: dict[str, Any],
    context: AsyncBoltContext,
    explainer: Explainer,
    store: Store,
) -> None:
    """Answer in the acknowledgement itself: lookups are quick, so one message is enough."""
    where = conversation(context, command)
    asked = (command.get("text") or "").strip()
    if is_about_channel(asked):
        message = await here(command, context, store)
    elif is_about_notes(asked):
        message = await list_notes(where, store, explainer.knowledge)
    elif asked.lower() in HELP_WORDS:
        message = help_message()
    else:
        answer = explainer.explain(asked)
        message = card(answer, notes=await notes_for(store, where, [answer]))
    await ack(response_type="ephemeral", **message)
