"""The pretend Slack's agent surface and workflow steps behave as Slack's do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import Message, PretendSlack

STEP = {
    "title": "Count",
    "description": "Counts words",
    "inputs": {"text": "string"},
    "outputs": {"words": "integer", "note": "string"},
    "optional": ("note",),
}
PROMPT = {"title": "Ask", "message": "What is 421?"}


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(events=(), steps={"count": STEP}) as slack:
        yield slack


@pytest.fixture
def client(slack: PretendSlack) -> AsyncWebClient:
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


@pytest.fixture
async def question(slack: PretendSlack) -> Message:
    return await slack.people.say("421?", "@SMTP bot")


async def test_prompts_stand_above_the_conversation(
    slack: PretendSlack, client: AsyncWebClient, question: Message
):
    channel = slack.workspace.channel("@SMTP bot")
    asked = client.assistant_threads_setSuggestedPrompts
    await asked(channel_id=channel.id, prompts=[PROMPT], thread_ts=question.ts)
    assert channel.prompts is None, "with a thread_ts Slack silently does nothing"
    await asked(channel_id=channel.id, prompts=[PROMPT], title="Try")
    assert channel.prompts == {"title": "Try", "prompts": [PROMPT]}
    for wrong in ([PROMPT] * 5, [], [{"title": "Ask"}]):
        with pytest.raises(SlackApiError, match="invalid_arguments"):
            await asked(channel_id=channel.id, prompts=wrong)


async def test_a_session_is_created_by_a_status_and_named_once(
    slack: PretendSlack, client: AsyncWebClient, question: Message
):
    where = {"channel_id": question.channel, "thread_ts": question.ts}
    sessions = slack.workspace.channel("@SMTP bot").sessions
    with pytest.raises(SlackApiError, match="session_not_found"):
        await client.agents_sessions_rename(title="First", **where)
    await client.agents_sessions_setStatus(status="active", title="First", **where)
    await client.agents_sessions_setStatus(status="closed", title="Second", **where)
    assert sessions == {question.ts: {"title": "First", "status": "closed"}}
    await client.assistant_threads_setTitle(title="Third", **where)
    await client.assistant_threads_setStatus(status="is reading", **where)
    assert sessions == {question.ts: {"title": "Third", "status": "processing"}}


async def test_a_step_ends_once_with_what_was_promised(slack: PretendSlack):
    run = await slack.people.run_step("count", {"text": "one two"})
    client = AsyncWebClient(token=run.token, base_url=slack.api_url)
    for wrong in ({}, {"words": "2"}, {"words": 2, "lines": 1}):
        with pytest.raises(SlackApiError, match="parameter_validation_failed"):
            await client.functions_completeSuccess(function_execution_id=run.id, outputs=wrong)
    await client.functions_completeSuccess(function_execution_id=run.id, outputs={"words": 2})
    assert (run.status, run.outputs) == ("completed", {"words": 2})
    with pytest.raises(SlackApiError, match="execution_not_in_running_state"):
        await client.functions_completeError(function_execution_id=run.id, error="too late")
    with pytest.raises(SlackApiError, match="function_execution_not_found"):
        await client.functions_completeError(function_execution_id="Fx1", error="unknown")


async def test_the_event_carries_what_slack_s_does(slack: PretendSlack):
    slack.core.events.subscribed = {"function_executed"}
    slack.delivery.retry_delays = ()
    run = await slack.people.run_step("count", {"text": "one"})
    event = slack.delivery.sent[-1].payload["event"]
    keys = "type function inputs function_execution_id workflow_execution_id event_ts"
    assert event.keys() == {*keys.split(), "bot_access_token"}
    assert event["function"]["callback_id"] == "count"
    required = {
        each["name"]: each["is_required"] for each in event["function"]["output_parameters"]
    }
    assert required == {"words": True, "note": False}
    assert (event["inputs"], event["bot_access_token"]) == ({"text": "one"}, run.token)


async def test_a_step_that_nobody_offers_cannot_be_run(slack: PretendSlack):
    with pytest.raises(LookupError):
        await slack.people.run_step("other", {})
