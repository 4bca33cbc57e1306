"""`/smtp`: a code, a pattern, a pasted error, plain words, a provider, help, and settings."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.metrics import Surface
from bot.observed import Arrival
from bot.render.asked import welcome
from bot.render.card import card, help_message
from bot.render.feedback import rated, settled
from bot.render.privacy import privacy
from bot.slack.channels import here, is_about_channel
from bot.slack.manners import workspace
from bot.slack.notes import is_about_notes, list_notes, notes_for
from bot.slack.sharing import conversation
from bot.slack.unknown import count_unknown
from bot.smtp.explain import Explainer
from bot.smtp.question import Question
from bot.store import Store
from bot.store.privacy import NEVER, facts

PRIVACY = "privacy"


def register(app: AsyncApp) -> None:
    app.command("/smtp")(explain_command)


async def explain_command(
    ack: AsyncAck,
    command: dict[str, Any],
    context: AsyncBoltContext,
    explainer: Explainer,
    store: Store,
    arrival: Arrival,
    installations: AsyncInstallationStore | None,
) -> None:
    """Answer in the acknowledgement itself: lookups are quick, so one message is enough."""
    where = conversation(context, command)
    asked = (command.get("text") or "").strip()
    answer = None
    if is_about_channel(asked):
        message = await here(command, context, store)
    elif asked.lower() == PRIVACY:
        kept = facts(installations is not None, store.kept)
        message = privacy(((what, how_long) for _, what, how_long in kept), NEVER)
    elif is_about_notes(asked):
        message = await list_notes(where, store, explainer.knowledge)
    elif (question := Question(asked)).is_greeting or question.points_above:
        message = help_message()
    elif question.is_thanks:
        message = welcome()
    else:
        answer = explainer.explain(asked)
        notes = await notes_for(store, where, [answer], explainer=explainer)
        message = settled(rated(card(answer, notes=notes), [answer]))
    await ack(response_type="ephemeral", **message)
    arrival.answered(Surface.COMMAND)
    if answer:
        await count_unknown(workspace(context), [answer], explainer, store)
