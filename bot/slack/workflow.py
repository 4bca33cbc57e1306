"""The step "Explain SMTP error" of Workflow Builder: a text in, what it means out.

Without a text it fails, as only whoever built the workflow can mend that. A text that is no known
error is an outcome like others, with the reason "unknown": the workflow goes on and may branch.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.complete.async_complete import AsyncComplete
from slack_bolt.context.fail.async_fail import AsyncFail
from slack_sdk.errors import SlackApiError

from bot.logs import error_of
from bot.metrics import Surface
from bot.observed import Arrival
from bot.render.step import no_text, variables
from bot.slack.questions import errors_in
from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.question import Question
from bot.smtp.spot import Spotter

EXPLAIN = "explain_smtp_error_step"  # callback id
# As manifest.yml declares it: names and types of what goes in and comes out.
STEP: dict[str, Any] = {
    "title": "Explain SMTP error",
    "description": "Says what a mail error means, whether it will pass by itself and what to do",
    "inputs": {"text": "string"},
    "outputs": {
        "title": "string",
        "meaning": "string",
        "steps": "string",
        "reason": "string",
        "persistence": "string",
        "who": "string",
        "code": "string",
        "confidence": "integer",
        "card": "string",
    },
    "optional": ("code",),
}
# What Slack says when the step is done already: the event came twice.
DONE = "execution_not_in_running_state"


def register(app: AsyncApp) -> None:
    app.function(EXPLAIN)(explain_step)


async def explain_step(
    inputs: dict[str, Any],
    complete: AsyncComplete,
    fail: AsyncFail,
    explainer: Explainer,
    spotter: Spotter,
    arrival: Arrival,
) -> None:
    """Explain the text as that of a message somebody pointed at, or a code asked for in words."""
    text = str(inputs.get("text") or "").strip()
    try:
        if text:
            found = errors_in(text, explainer, spotter)
            found = found or errors_in(Question(text).core, explainer, spotter)
            await complete(variables(found[0] if found else Answer(text)))
            arrival.answered(Surface.STEP)
        else:
            await fail(no_text())
    except SlackApiError as refusal:
        if error_of(refusal) != DONE:
            raise
