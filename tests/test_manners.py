"""One answer for each cause, few in a thread, none about what is gone."""

from __future__ import annotations

import asyncio
import datetime

import pytest
from pasted import FULL, UNKNOWN
from running import Bot, audit, buttons, entry_id, every_row, seen

from bot.playground import PretendSlack
from bot.slack.manners import LATELY, MARK, MOST_IN_THREAD, Reply, Silence, wants_reply
from bot.store import Mode, Past, tables

RELAY = "554 5.7.1 <bob@example.net>: Relay access denied"
GREY = "450 4.7.1 <bob@example.net>: Recipient address rejected: Greylisted"
NOWHERE = Past()


@pytest.mark.parametrize(
    ("mode", "is_by_bot", "reply"),
    [
        (None, False, Reply(("a",))),
        (None, True, Reply(("a",))),
        (Mode.THREAD, False, Reply(("a",))),
        (Mode.QUIET, False, MARK),
        (Mode.QUIET, True, MARK),
        (Mode.ALERTS, False, Reply(silence=Silence.ALERTS_ONLY)),
        (Mode.ALERTS, True, Reply(("a",))),
        (Mode.OFF, False, Reply(silence=Silence.OFF)),
        (Mode.OFF, True, Reply(silence=Silence.OFF)),
    ],
)
def test_the_mode_decides(mode: Mode | None, is_by_bot: bool, reply: Reply):
    decided = wants_reply(
        ["a"], mode=mode, is_shared=False, is_by_bot=is_by_bot, is_in_thread=False, past=NOWHERE
    )
    assert decided == reply


@pytest.mark.parametrize(
    ("past", "reply"),
    [
        (NOWHERE, Reply(("a", "b"))),
        (Past(in_thread=frozenset("a")), Reply(("b",))),
        (Past(in_channel=frozenset("a")), Reply(("b",))),
        (Past(in_channel=frozenset("ab")), MARK),
        (Past(in_thread=frozenset("a"), in_channel=frozenset("ab")), MARK),
        (Past(in_thread=frozenset("ab")), Reply(silence=Silence.SAID)),
        (Past(answers_in_thread=MOST_IN_THREAD - 1), Reply(("a", "b"))),
        (Past(answers_in_thread=MOST_IN_THREAD), Reply(silence=Silence.ENOUGH)),
    ],
)
def test_nothing_is_said_twice(past: Past, reply: Reply):
    decided = wants_reply(
        ["a", "b"], mode=None, is_shared=False, is_by_bot=False, is_in_thread=True, past=past
    )
    assert decided == reply


async def test_a_cause_is_explained_once_in_a_thread(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    again = await slack.says(UNKNOWN, thread_ts=message.ts)
    assert len(slack.replies) == 1
    assert again.reactions == {}, "the answer stands right above"


async def test_a_cause_is_explained_once_in_a_channel_and_half_an_hour(
    slack: PretendSlack, monkeypatch: pytest.MonkeyPatch
):
    await slack.says(UNKNOWN)
    again = await slack.says(UNKNOWN)
    assert len(slack.replies) == 1
    assert again.reactions == {"mag": [slack.bot_user_id]}
    await slack.says(UNKNOWN, "#support")
    assert len(slack.replies) == 2
    later = tables.now() + LATELY + datetime.timedelta(seconds=1)
    monkeypatch.setattr(tables, "now", lambda: later)
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 3


async def test_an_outage_pours_in_and_gets_one_answer(slack: PretendSlack):
    alerts = [slack.people.say(UNKNOWN, user="alerts") for _ in range(20)]
    await asyncio.gather(*alerts)
    await slack.settled()
    assert len(slack.replies) == 1
    assert len(slack.calls_to("reactions.add")) == 19


async def test_a_thread_gets_three_answers_at_most(slack: PretendSlack):
    question = await slack.says("All of these today:")
    for error in (UNKNOWN, FULL, RELAY, GREY):
        await slack.says(error, thread_ts=question.ts)
    assert len(slack.replies) == 3


async def test_of_several_causes_only_the_new_one_is_explained(slack: PretendSlack):
    first = "Nov 23 09:12:01 mx postfix/smtp[411]: 4F1: to=<bob@example.net>, dsn=5.1.1, "
    second = "Nov 23 09:12:09 mx postfix/smtp[411]: 4F2: to=<eve@example.net>, dsn=5.2.2, "
    log = (
        f"{first}status=bounced (host mx.example.net said: {UNKNOWN})\n"
        f"{second}status=bounced (host mx.example.net said: {FULL})"
    )
    await slack.says(FULL)
    await slack.says(log)
    known, new = slack.replies
    assert [button["text"]["text"] for button in buttons(new)] == ["Details", "Mute here"]
    assert entry_id(new) != entry_id(known)


async def test_whoever_adds_the_mark_gets_the_answer(slack: PretendSlack):
    await slack.types("/smtp here quiet")
    message = await slack.says(UNKNOWN)
    await slack.people.react(message, "mag", user="colleague")
    await slack.settled()
    answer = slack.whispers[-1]
    assert answer.ephemeral_for == "U0COLLEAGUE"
    assert "550 5.1.1" in seen(answer)
    labels = [button["text"]["text"] for button in buttons(answer)]
    assert labels == ["Details", "Helpful", "Not helpful"]
    assert slack.replies == []


async def test_the_marked_answer_is_given_in_the_thread_where_there_is_one(slack: PretendSlack):
    await slack.types("/smtp here quiet")
    question = await slack.says("Bob says his mail bounced. Here is what he got:")
    message = await slack.says(UNKNOWN, thread_ts=question.ts)
    await slack.people.react(message, "mag")
    await slack.settled()
    assert slack.whispers[-1].thread_ts == question.ts


async def test_a_repeated_error_can_be_asked_about_by_its_mark(slack: PretendSlack):
    await slack.says(UNKNOWN)
    again = await slack.says(UNKNOWN)
    await slack.people.react(again, "mag")
    await slack.settled()
    [answer] = slack.whispers
    assert "550 5.1.1" in seen(answer)


async def test_where_slack_keeps_the_message_to_itself_who_asked_is_told_another_way(
    slack: PretendSlack, bot: Bot
):
    await slack.types("/smtp here quiet")
    message = await slack.says(UNKNOWN)
    slack.faults.rate_limit("conversations.replies", retry_after=60)
    await slack.people.react(message, "mag")
    await slack.settled()
    assert "Choose Explain SMTP error in its menu" in slack.whispers[-1].text
    [line] = bot.log
    assert "a message could not be read error=ratelimited" in line
    bot.log.clear()


async def test_an_answer_by_the_mark_comes_once_though_delivered_twice(slack: PretendSlack):
    await slack.types("/smtp here quiet")
    message = await slack.says(UNKNOWN)
    slack.delivery.copies = 2
    before = len(slack.whispers)
    await slack.people.react(message, "mag")
    await slack.settled()
    assert len(slack.whispers) == before + 1


async def test_the_magnifier_on_anything_else_is_people_talking(slack: PretendSlack):
    chatter = await slack.says("looking into it")
    answered = await slack.says(UNKNOWN)
    for message in (chatter, answered):
        await slack.people.react(message, "mag")
        await slack.people.react(message, "eyes")
    await slack.settled()
    assert slack.whispers == []
    assert slack.calls_to("conversations.replies") == []


async def test_deleting_a_message_removes_its_answer(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.people.delete(message)
    await slack.settled()
    assert slack.replies == []
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1, "nobody can read the first answer any more"


async def test_deleting_a_reply_removes_its_answer(slack: PretendSlack):
    question = await slack.says("Bob says his mail bounced. Here is what he got:")
    message = await slack.says(UNKNOWN, thread_ts=question.ts)
    await slack.people.delete(message)
    await slack.settled()
    assert slack.replies == []


async def test_deleting_anything_else_is_no_concern_of_the_bot(slack: PretendSlack):
    chatter = await slack.says("hm")
    await slack.says(UNKNOWN)
    await slack.people.delete(chatter)
    await slack.settled()
    assert len(slack.replies) == 1


async def test_an_answer_deleted_by_an_admin_is_left_alone(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.people.delete(slack.replies[0])
    await slack.settled()
    await slack.people.edit(message, FULL)
    await slack.people.delete(message)
    await slack.settled()
    assert slack.replies == []


async def test_an_edit_to_another_error_changes_the_answer(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    [answer] = slack.replies
    first = entry_id(answer)
    await slack.people.edit(message, FULL)
    await slack.settled()
    [answer] = slack.replies
    assert entry_id(answer) != first
    assert "552 5.2.2" in seen(answer)
    assert answer.text.startswith("552 5.2.2: ")
    assert [button["text"]["text"] for button in buttons(answer)] == ["Details", "Mute here"]


async def test_an_edit_counts_as_what_the_answer_says_now(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.people.edit(message, FULL)
    await slack.settled()
    full = await slack.says(FULL)
    await slack.says(UNKNOWN)
    assert full.reactions == {"mag": [slack.bot_user_id]}
    assert len(slack.replies) == 2


async def test_an_edit_that_takes_the_error_away_removes_the_answer(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.people.edit(message, "never mind")
    await slack.settled()
    assert slack.replies == []


async def test_an_edit_to_what_is_explained_elsewhere_removes_the_answer(slack: PretendSlack):
    await slack.says(FULL)
    message = await slack.says(UNKNOWN)
    await slack.people.edit(message, FULL)
    await slack.settled()
    [answer] = slack.replies
    assert "552 5.2.2" in seen(answer)


async def test_an_edit_of_other_words_and_a_preview_change_nothing(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.people.edit(message, f"Hm: {UNKNOWN}")
    await slack.people.unfurl(message, {"text": "A page about mail"})
    await slack.settled()
    assert slack.calls_to("chat.update") == []
    assert len(slack.replies) == 1


async def test_what_was_asked_for_stays_as_it_was_asked(slack: PretendSlack):
    message = await slack.says(f"<@{slack.bot_user_id}> {UNKNOWN}")
    await slack.people.edit(message, f"<@{slack.bot_user_id}> {FULL}")
    await slack.settled()
    assert slack.calls_to("chat.update") == []
    assert len(slack.replies) == 1


async def test_mute_on_an_answer_removes_it(slack: PretendSlack, bot: Bot):
    message = await slack.says(UNKNOWN)
    await slack.people.react(slack.replies[0], "mute", user="colleague")
    await slack.settled()
    assert slack.replies == []
    [line] = await audit(bot.store, "T0PRETEND01")
    assert (line.channel, line.who, line.what) == (
        message.channel,
        "U0COLLEAGUE",
        "removed an answer",
    )
    again = await slack.says(UNKNOWN)
    assert slack.replies == [], "who removed it does not want it again"
    assert again.reactions == {"mag": [slack.bot_user_id]}


async def test_other_reactions_and_mutes_elsewhere_change_nothing(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.people.react(slack.replies[0], "thumbsup")
    await slack.people.react(message, "mute")
    await slack.settled()
    assert len(slack.replies) == 1
    assert slack.calls_to("chat.delete") == []


async def test_nothing_of_what_was_pasted_is_kept(slack: PretendSlack, bot: Bot):
    message = await slack.says(f"zanzibar! {UNKNOWN}")
    await slack.says(f"zanzibar again {UNKNOWN}", thread_ts=message.ts)
    marked = await slack.says(f"zanzibar {UNKNOWN}")
    await slack.people.react(marked, "mag")
    await slack.says(f"<@{slack.bot_user_id}> zanzibar {FULL}")
    await slack.settled()
    await slack.people.react(slack.replies[0], "mute")
    await slack.types("/smtp here zanzibar")
    await slack.types(f"/smtp zanzibar {UNKNOWN}")
    await slack.clicks("Details")
    await slack.types("/smtp here quiet")
    kept = await every_row(bot)
    assert message.channel in kept, "there is something to look through"
    for word in ("zanzibar", "bob", "example.net", "Recipient", "rejected", UNKNOWN[:30]):
        assert word not in kept
