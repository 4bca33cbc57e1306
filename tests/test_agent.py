"""The agent surface: prompts to start with, answers in threads, titles of conversations."""

from __future__ import annotations

import pytest
from pasted import UNKNOWN
from running import Bot, mentions, seen

from bot.playground import PretendSlack
from bot.render.agent import PROMPTS, TITLE_LENGTH, title
from bot.slack.agent import is_messages_tab
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge

AGENT = "@SMTP bot"


async def opens(slack: PretendSlack) -> None:
    await slack.people.open_home(tab="messages")
    await slack.settled()


def titles(slack: PretendSlack) -> list[str]:
    """The titles of the conversations with the bot, oldest first."""
    sessions = slack.workspace.channel(AGENT).sessions
    return [sessions[thread_ts]["title"] for thread_ts in sorted(sessions)]


async def test_who_opens_the_messages_sees_what_to_ask(slack: PretendSlack):
    await opens(slack)
    shown = slack.workspace.channel(AGENT).prompts
    assert shown is not None
    assert shown["title"] == "Ask about a mail error"
    labels = [each["title"] for each in shown["prompts"]]
    assert labels == ["What does 421 mean?", "Explain 550 5.7.26", "Explain a pasted error"]
    assert slack.replies == slack.whispers == [], "prompts are no message"


async def test_home_is_none_of_its_business():
    assert await is_messages_tab({"tab": "messages"})
    assert not await is_messages_tab({"tab": "home"})


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt["title"])
async def test_every_prompt_is_a_question_with_a_full_answer(
    slack: PretendSlack, prompt: dict[str, str]
):
    question = await slack.says(prompt["message"], AGENT)
    [answer] = slack.replies
    assert answer.thread_ts == question.ts
    assert "Source: " in seen(answer)
    assert titles(slack) == [seen(answer).splitlines()[0]]


async def test_the_title_is_the_answers_and_never_the_paste(slack: PretendSlack):
    await slack.says(f"<!channel> my secret {UNKNOWN}", AGENT)
    [name] = titles(slack)
    assert name.startswith("550 5.1.1: ")
    [call] = slack.calls_to("agents.sessions.setStatus")
    for foreign in ("secret", "bob@", "channel>"):
        assert foreign not in str(call.arguments)
    assert mentions(slack.replies[0]) == set()


async def test_a_conversation_goes_on_in_its_thread_under_its_first_title(slack: PretendSlack):
    question = await slack.says("421", AGENT)
    await slack.says("and 5.7.26?", AGENT, thread_ts=question.ts)
    first, second = slack.replies
    assert first.thread_ts == second.thread_ts == question.ts
    [name] = titles(slack)
    assert name.startswith("421: ")
    assert len(slack.calls_to("agents.sessions.setStatus")) == 1


async def test_a_list_has_its_heading_for_a_title(slack: PretendSlack):
    await slack.says("4xx", AGENT)
    assert titles(slack) == ["Codes 4xx"]


@pytest.mark.parametrize("text", ["hello", "thanks!", "xyzzy plugh"])
async def test_what_has_no_topic_gets_no_title(slack: PretendSlack, text: str):
    await slack.says(text, AGENT)
    assert len(slack.replies) == 1
    assert slack.calls_to("agents.sessions.setStatus") == []


async def test_a_mention_in_a_channel_gets_no_title(slack: PretendSlack):
    await slack.says(f"{AGENT} 421")
    assert len(slack.replies) == 1
    assert slack.calls_to("agents.sessions.setStatus") == []


async def test_one_answer_and_one_title_however_often_slack_tells(slack: PretendSlack):
    slack.delivery.copies = 2
    await slack.says("421", AGENT)
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == len(slack.calls_to("agents.sessions.setStatus")) == 1


@pytest.mark.parametrize("refusal", ["missing_scope", "feature_disabled", "not_authorized"])
async def test_a_workspace_without_the_feature_gets_the_answer_all_the_same(
    slack: PretendSlack, bot: Bot, refusal: str
):
    slack.faults.error("assistant.threads.setSuggestedPrompts", refusal)
    slack.faults.error("agents.sessions.setStatus", refusal)
    await opens(slack)
    await slack.says("421", AGENT)
    [answer] = slack.replies
    assert seen(answer).startswith("421: ")
    assert bot.log == []


def test_every_title_fits(explainer: Explainer, knowledge: Knowledge):
    for entry in knowledge:
        name = title(explainer.explain(entry.example or entry.title))
        assert len(name) <= TITLE_LENGTH
        assert "\n" not in name
