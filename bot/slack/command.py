"""`/smtp`: a code, a pattern, a pasted error, plain words, a provider's name, help."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.render.card import card, help_message
from bot.smtp.explain import Explainer

HELP_WORDS = ("", "help", "?", "hilfe", "aide")


def register(app: AsyncApp) -> None:
    app.command("/smtp")(explain_command)


async def explain_command(ack: AsyncAck, command: dict[str, Any], explainer: Explainer) -> None:
    """Answer in the acknowledgement itself: a lookup is in memory, so one message is enough."""
    asked = (command.get("text") or "").strip()
    wants_help = asked.lower() in HELP_WORDS
    message = help_message() if wants_help else card(explainer.explain(asked))
    await ack(response_type="ephemeral", **message)
