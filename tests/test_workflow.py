"""The step "Explain SMTP error" in a workflow."""

from __future__ import annotations

import re

import pytest
from pasted import UNKNOWN
from running import Bot

from bot.playground import PretendSlack
from bot.render.step import variables
from bot.slack.workflow import EXPLAIN, STEP
from bot.smtp.codes import Persistence
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge
from bot.smtp.reasons import Reason, Who


async def test_a_pasted_error_comes_out_explained(slack: PretendSlack):
    run = await slack.runs_step(EXPLAIN, text=UNKNOWN)
    assert run.status == "completed"
    assert run.outputs is not None
    assert run.outputs["code"] == "550 5.1.1"
    assert run.outputs["reason"] == "user_unknown"
    assert run.outputs["persistence"] == "permanent"
    assert run.outputs["who"] == "sender"
    assert 50 <= run.outputs["confidence"] <= 100
    assert run.outputs["steps"].startswith("1. ")
    assert "\n2. " in run.outputs["steps"]
    card = run.outputs["card"]
    assert card.startswith(f"550 5.1.1: {run.outputs['title']}\nPermanent: ")
    assert run.outputs["meaning"] in card
    assert card.endswith(run.outputs["steps"])


async def test_it_says_what_the_command_says(slack: PretendSlack, explainer: Explainer):
    run = await slack.runs_step(EXPLAIN, text="what does 421 mean?")
    assert run.outputs == variables(explainer.explain("421"))
    assert run.outputs["persistence"] == "transient"


async def test_slack_s_own_markup_in_the_text_is_read(slack: PretendSlack):
    text = "550 5.1.1 &lt;<mailto:bob@example.net|bob@example.net>&gt;: User unknown"
    run = await slack.runs_step(EXPLAIN, text=text)
    assert run.outputs is not None
    assert run.outputs["reason"] == "user_unknown"


@pytest.mark.parametrize(
    "text", ["Lunch in room 421?", "See you at 9", "xyzzy plugh", "9.9.9", "4xx"]
)
async def test_what_is_no_known_error_is_an_outcome_to_branch_on(slack: PretendSlack, text: str):
    run = await slack.runs_step(EXPLAIN, text=text)
    assert run.status == "completed"
    assert run.outputs is not None
    assert run.outputs["title"] == "Not a known mail error"
    assert (run.outputs["reason"], run.outputs["who"]) == ("unknown", "unknown")
    assert run.outputs["persistence"] == "unknown"
    assert run.outputs["confidence"] == 0


@pytest.mark.parametrize("inputs", [{"text": ""}, {"text": " \n "}, {}])
async def test_without_a_text_it_fails_with_one_sentence(
    slack: PretendSlack, inputs: dict[str, str]
):
    run = await slack.runs_step(EXPLAIN, **inputs)
    assert run.status == "failed"
    assert run.error.startswith("The step Explain SMTP error was given no text; ")
    assert run.error.endswith(".")


@pytest.mark.parametrize(
    "text", [f"<!channel> <@U0COLLEAGUE> {UNKNOWN}", "5.7.1 <https://evil.example|x> relay denied"]
)
async def test_nothing_of_the_text_comes_out(slack: PretendSlack, text: str):
    run = await slack.runs_step(EXPLAIN, text=text)
    assert run.outputs is not None
    for foreign in ("channel>", "U0COLLEAGUE", "bob@", "evil.example"):
        assert foreign not in str(run.outputs)
    assert slack.replies == slack.whispers == [], "what to say is the workflow's business"


async def test_it_answers_with_the_token_of_the_run(slack: PretendSlack):
    await slack.runs_step(EXPLAIN, text="421")
    slack.core.tokens.pop(slack.bot_token)  # the bot's own is refused from now on
    run = await slack.runs_step(EXPLAIN, text="421")
    assert run.status == "completed"


async def test_told_twice_it_completes_once_and_quietly(slack: PretendSlack, bot: Bot):
    slack.delivery.copies = 2
    run = await slack.runs_step(EXPLAIN, text="421")
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.calls_to("functions.completeSuccess")) > 1
    assert run.status == "completed"
    assert bot.log == []


async def test_a_refusal_of_slack_is_logged(slack: PretendSlack, bot: Bot):
    slack.faults.error("functions.completeSuccess", "internal_error")
    await slack.runs_step(EXPLAIN, text="421")
    [line] = bot.log
    assert "SlackApiError (internal_error)" in line
    bot.log.clear()


async def test_a_firewalls_page_in_place_of_an_answer_is_logged(slack: PretendSlack, bot: Bot):
    slack.faults.server_error("functions.completeSuccess", status=403)
    await slack.runs_step(EXPLAIN, text="421")
    [line] = bot.log
    assert "SlackApiError (403)" in line
    bot.log.clear()


def test_whatever_is_known_comes_out_plain_and_as_promised(
    explainer: Explainer, knowledge: Knowledge
):
    promised, optional = set(STEP["outputs"]), set(STEP["optional"])
    for entry in knowledge:
        out = variables(explainer.explain(entry.example or entry.title))
        assert promised - optional <= set(out) <= promised
        assert all(out.values()), entry.id
        assert out["reason"] in {*Reason, "unknown"}
        assert out["who"] in {*Who, "unknown"}
        assert out["persistence"] in {*Persistence, "unknown"}
        assert not re.search(r"<[@!#]|<https?:", str(out)), entry.id
