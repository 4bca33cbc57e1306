"""Explain SMTP error, in the menu of a message: for one person first, then for the thread."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pasted import UNKNOWN
from running import Bot, buttons, clicks_twice, labels, mentions, seen
from test_buttons import forgets

from bot.playground import Message, PretendSlack

SHARE = "Share in thread"


async def explains(slack: PretendSlack, message: Message, user: str = "you") -> Message:
    """Someone chooses the shortcut from the menu of a message; what they are told."""
    before = {whisper.ts for whisper in slack.whispers}
    await slack.people.shortcut(message, "explain_smtp_error", user=user)
    await slack.settled()
    [whisper] = [each for each in slack.whispers if each.ts not in before]
    return whisper


@pytest.fixture
async def message(slack: PretendSlack) -> Message:
    """An error in a channel, which nobody asked the bot to watch."""
    return await slack.says(f"Any idea? {UNKNOWN}", "#random")


async def test_the_full_card_is_for_the_person_who_asked(slack: PretendSlack, message: Message):
    answer = await explains(slack, message, user="colleague")
    assert answer.ephemeral_for == "U0COLLEAGUE"
    assert answer.channel == message.channel
    card = seen(answer)
    assert card.startswith("550 5.1.1: ")
    assert "Source: " in card
    assert labels(answer) == [SHARE, "Add note", "Helpful", "Not helpful"]
    assert slack.replies == []


async def test_in_a_thread_it_is_shown_in_the_thread(slack: PretendSlack):
    root = await slack.says("Bob wrote:")
    reply = await slack.says("they say mailbox is full", thread_ts=root.ts)
    answer = await explains(slack, reply)
    assert answer.thread_ts == root.ts
    assert len(slack.calls_to("chat.postEphemeral")) == 1


async def test_in_a_thread_where_the_bot_is_no_member_too(slack: PretendSlack):
    root = await slack.says("Bob wrote:", "#random")
    reply = await slack.says(UNKNOWN, "#random", thread_ts=root.ts)
    answer = await explains(slack, reply)
    assert answer.thread_ts == root.ts
    await slack.clicks(SHARE)
    [shared] = slack.replies
    assert shared.thread_ts == root.ts
    assert slack.whispers == []


async def test_it_does_not_speak_unless_asked_to(slack: PretendSlack, message: Message):
    await explains(slack, message)
    methods = {call.method for call in slack.calls} - {"auth.test", "apps.connections.open"}
    assert methods == {"conversations.info", "response_url"}


@pytest.mark.parametrize("channel", ["#mail-ops", "#random"])
async def test_share_in_thread_says_who_shared_and_takes_the_private_one_away(
    slack: PretendSlack, channel: str
):
    message = await slack.says("they say mailbox is full", channel)
    private = await explains(slack, message, user="colleague")
    await slack.clicks(SHARE, user="colleague")
    assert slack.whispers == []
    [shared] = slack.replies
    assert (shared.channel, shared.thread_ts) == (message.channel, message.ts)
    assert shared.subtype is None, "not also sent to the channel"
    assert "<@U0COLLEAGUE> shared an explanation:" in seen(shared)
    assert "<@U0COLLEAGUE>" in shared.text
    assert seen(private).splitlines()[0] in seen(shared)
    assert labels(shared) == ["Add note"]


async def test_an_error_already_answered_is_explained_too(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    assert len(slack.replies) == 1
    assert seen(await explains(slack, message)).startswith("550 5.1.1: ")


@pytest.mark.parametrize(
    "where",
    [
        {"attachments": [{"title": "queue", "fields": [{"title": "last", "value": UNKNOWN}]}]},
        {"attachments": [{"fallback": UNKNOWN}]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": UNKNOWN}}]},
    ],
)
async def test_alerts_are_read_where_their_tools_put_the_text(
    slack: PretendSlack, where: dict[str, Any]
):
    message = await slack.says("", "#random", user="alerts", **where)
    assert seen(await explains(slack, message)).startswith("550 5.1.1: ")


async def test_a_snippet_is_read_as_far_as_slack_shows_it(slack: PretendSlack):
    message = await slack.says("", "#random", files=[("bounce.txt", UNKNOWN)])
    assert seen(await explains(slack, message)).startswith("550 5.1.1: ")


@pytest.mark.parametrize("text", ["Lunch in room 421?", "ok", "Can you mail me the numbers?"])
async def test_a_message_without_an_error_gets_a_sentence(slack: PretendSlack, text: str):
    answer = await explains(slack, await slack.says(text, "#random"))
    assert "I found no mail error in this message." in seen(answer)
    assert "/smtp" in seen(answer)
    assert buttons(answer) == []


async def test_a_photograph_gets_a_sentence(slack: PretendSlack):
    message = await slack.says("", "#random", files=[("cat.png", b"\x89PNG")])
    assert "I found no mail error" in seen(await explains(slack, message))


async def test_nothing_in_the_message_comes_alive(slack: PretendSlack):
    text = f"<!channel> {UNKNOWN} see https://evil.example/x <@U0COLLEAGUE>"
    answer = await explains(slack, await slack.says(text, "#random"))
    assert mentions(answer) == set()
    assert "evil.example" not in f"{answer.text} {answer.blocks}"


async def test_where_slack_takes_no_message_the_answer_stays_and_says_so(
    slack: PretendSlack, message: Message
):
    await slack.people.invite("#random")
    await slack.settled()
    await explains(slack, message)
    slack.faults.error("chat.postMessage", "restricted_action")
    await slack.clicks(SHARE)
    assert slack.replies == []
    private, sentence = slack.whispers[-2:]
    assert SHARE in labels(private)
    assert "Slack does not let me post in this thread." in seen(sentence)
    await slack.clicks(SHARE)
    assert len(slack.replies) == 1


async def test_it_is_shared_once(slack: PretendSlack):
    message = await slack.says("they say mailbox is full")
    private = await explains(slack, message)
    await clicks_twice(slack, private, SHARE, "chat.postMessage")
    assert len(slack.calls_to("chat.postMessage")) == len(slack.replies) == 1


async def test_where_no_way_is_left_it_says_so(slack: PretendSlack, message: Message):
    await explains(slack, message)
    slack.faults.server_error("response_url", status=404)
    await slack.clicks(SHARE)
    assert slack.replies == []
    assert "Slack does not let me post in this thread." in seen(slack.whispers[-1])


async def test_it_works_after_a_restart(slack: PretendSlack, bot: Bot, message: Message):
    await explains(slack, message)
    await bot.restart()
    await slack.clicks(SHARE)
    assert slack.replies[0].thread_ts == message.ts


async def test_a_share_button_outlives_its_entry(slack: PretendSlack, bot: Bot, message: Message):
    answer = await explains(slack, message)
    await forgets(bot, json.loads(buttons(answer)[0]["value"])["entries"][0][0])
    await slack.clicks(SHARE)
    assert slack.replies == []
    [whisper] = slack.whispers
    assert "older version of the bot" in whisper.text


@pytest.mark.parametrize("value", ["", "{}", "null", "5"])
async def test_a_button_of_nonsense_says_so(slack: PretendSlack, message: Message, value: str):
    answer = await explains(slack, message)
    buttons(answer)[0]["value"] = value
    await slack.clicks(SHARE)
    assert "older version of the bot" in slack.whispers[0].text


async def test_a_fault_is_apologised_for(
    slack: PretendSlack, bot: Bot, message: Message, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.slack.shortcut.errors_in", lambda *_: 1 / 0)
    answer = await explains(slack, message)
    assert "Something went wrong on my side" in answer.text
    [line] = bot.log
    assert line.startswith("bot: ZeroDivisionError")
    bot.log.clear()
