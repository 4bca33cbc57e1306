"""Asking the bot by a mention or in a direct message, and what it answers."""

from __future__ import annotations

import pytest
from pasted import FULL, UNKNOWN
from running import Bot, answer_to, buttons, labels, mentions, seen

from bot.playground import PretendSlack
from bot.slack.questions import errors_in
from bot.smtp.explain import Explainer
from bot.smtp.question import Question
from bot.smtp.spot import Spotter

BOT = "@SMTP bot"
DM = "@SMTP bot"


# By a mention


@pytest.mark.parametrize(
    "question",
    [
        "421",
        "421?",
        "what is 421?",
        "what does 421 mean",
        ": 421",
        "hi, what does 421 mean please?",
    ],
)
async def test_a_code_asked_for_is_explained_in_the_thread(slack: PretendSlack, question: str):
    message = await slack.says(f"{BOT} {question}")
    [answer] = slack.replies
    assert (answer.channel, answer.thread_ts) == (message.channel, message.ts)
    assert answer.subtype is None
    assert seen(answer).startswith("421: ")
    assert "Source: " in seen(answer)
    assert labels(answer) == ["Add note"]


@pytest.mark.parametrize("text", [f"{BOT} {UNKNOWN}", f"{UNKNOWN} {BOT}", f"Hm {BOT}:\n{UNKNOWN}"])
async def test_a_paste_gets_the_full_card_and_not_a_brief_reply_too(slack: PretendSlack, text: str):
    answer = await answer_to(slack, text)
    card = seen(answer)
    assert card.startswith("550 5.1.1: ")
    assert "Permanent: sending it again unchanged will not help." in card
    assert "Source: " in card
    assert "bob@example.net" not in card


async def test_words_are_explained(slack: PretendSlack):
    answer = await answer_to(slack, f"{BOT} why was my mail greylisted?")
    assert "Transient: " in seen(answer)
    answer = await answer_to(slack, f"{BOT} what are 4xx?")
    assert seen(answer).startswith("Codes 4xx")
    answer = await answer_to(slack, f"{BOT} tell me about gmail")
    assert seen(answer).startswith("Gmail")


async def test_in_a_thread_it_answers_in_that_thread_without_reading_it(slack: PretendSlack):
    question = await slack.says("Anybody?")
    answer = await answer_to(slack, f"{BOT} 421", thread_ts=question.ts)
    assert answer.thread_ts == question.ts
    assert slack.calls_to("conversations.replies") == []


async def test_several_causes_make_one_answer(slack: PretendSlack):
    log = "Nov 20 09:12:4{} mx1 postfix/smtp[1]: A: to=<a@example.net>, dsn={}, status=bounced ({})"
    lines = [log.format(1, "5.1.1", f"said: {UNKNOWN}"), log.format(2, "5.2.2", f"said: {FULL}")]
    answer = await answer_to(slack, f"{BOT} " + "\n".join(lines))
    assert "Also in this message: " in seen(answer)
    assert "mailbox" in seen(answer).splitlines()[-2]


async def test_a_mention_of_somebody_with_a_longer_id_is_no_question(slack: PretendSlack):
    await slack.says("<@U0SMTPBOT01X> lunch?")
    assert slack.replies == []


@pytest.mark.parametrize("text", ["", "help", "hi!", "hello there", "Help me please"])
async def test_a_greeting_gets_help(slack: PretendSlack, text: str):
    answer = await answer_to(slack, f"{BOT} {text}")
    assert "`/smtp 421`" in seen(answer)
    assert "Mention me" in seen(answer)


async def test_thanks_are_taken_kindly(slack: PretendSlack):
    answer = await answer_to(slack, f"{BOT} thanks a lot!")
    assert seen(answer) == "You are welcome."


@pytest.mark.parametrize("text", ["xyzzy plugh", "9.9.9", "🙃", "x" * 3000])
async def test_nonsense_gets_a_helpful_answer(slack: PretendSlack, text: str):
    answer = await answer_to(slack, f"{BOT} {text}")
    assert "550" in seen(answer)


@pytest.mark.parametrize(
    "text", [f"<!channel> {UNKNOWN}", "<@U0COLLEAGUE> 421", "5.7.1 <https://evil.example|x> relay"]
)
async def test_nothing_asked_comes_alive(slack: PretendSlack, text: str):
    answer = await answer_to(slack, f"{BOT} {text}")
    assert mentions(answer) == set()
    assert "evil.example" not in f"{answer.text} {answer.blocks}"


async def test_a_snippet_and_a_forwarded_message_are_read(slack: PretendSlack):
    await slack.says(f"{BOT} what is this?", files=[("bounce.txt", UNKNOWN)])
    await slack.says(f"{BOT} can you explain?", attachments=[{"text": FULL}])
    snippet, forwarded = slack.replies
    assert seen(snippet).startswith("550 5.1.1: ")
    assert seen(forwarded).startswith("552 5.2.2: ")


async def test_in_private_channels_and_group_conversations_too(slack: PretendSlack):
    members = ["U0YOU000001", "U0COLLEAGUE", slack.bot_user_id]
    slack.workspace.add_channel("secret", members, kind="group")
    slack.workspace.add_channel("three", members, kind="mpim")
    for channel in ("#secret", "#three"):
        assert seen(await answer_to(slack, f"{BOT} 421", channel)).startswith("421: ")


async def test_a_question_is_answered_where_errors_are_not_spotted(slack: PretendSlack, bot: Bot):
    await slack.types("/smtp here off")
    await slack.says(UNKNOWN)
    assert slack.replies == []
    await answer_to(slack, f"{BOT} {UNKNOWN}")


async def test_links_are_not_unfolded(slack: PretendSlack):
    await slack.says(f"{BOT} 421")
    [call] = slack.calls_to("chat.postMessage")
    assert str(call.arguments["unfurl_links"]).lower() in ("false", "0")


# One answer, whatever comes how often


async def test_delivered_again_it_is_answered_once(slack: PretendSlack):
    slack.delivery.copies = 2
    await answer_to(slack, f"{BOT} {UNKNOWN}")
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == 1


@pytest.mark.parametrize("first", ["message", "app_mention"])
async def test_either_event_may_come_first(
    slack: PretendSlack, monkeypatch: pytest.MonkeyPatch, first: str
):
    kept = []
    with monkeypatch.context() as patch:
        patch.setattr(slack.delivery, "send_event", kept.append)
        await slack.says(f"{BOT} {UNKNOWN}")
    kept.sort(key=lambda payload: payload["event"]["type"] != first)
    assert {payload["event"]["type"] for payload in kept} == {"message", "app_mention"}
    for payload in kept:
        slack.delivery.send_event(payload)
        await slack.settled()
        [answer] = slack.replies
        assert "Source: " in seen(answer), "the full card, whoever came first"


async def test_a_mention_that_comes_alone_is_answered(slack: PretendSlack):
    slack.core.events.subscribed = {"app_mention"}
    assert seen(await answer_to(slack, f"{BOT} 421")).startswith("421: ")


async def test_a_restart_does_not_answer_again(slack: PretendSlack, bot: Bot):
    await answer_to(slack, f"{BOT} 421")
    told = [each.payload for each in slack.delivery.sent]
    await bot.restart()
    for payload in told:
        slack.delivery.send_event(payload)
    await slack.settled()
    assert len(slack.replies) == 1


async def test_a_refused_answer_may_be_tried_again(slack: PretendSlack, bot: Bot):
    slack.faults.error("chat.postMessage", "is_archived", times=9)
    await slack.says(f"{BOT} {UNKNOWN}")
    assert slack.replies == []
    assert all(line.startswith("bot: SlackApiError (is_archived)") for line in bot.log)
    bot.log.clear()
    slack.faults.clear()
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == 1


# Other bots


async def test_a_bot_that_mentions_us_in_a_thread_is_left_alone(slack: PretendSlack):
    message = await slack.says("look")
    for text in ("<@U0SMTPBOT01> 421", "<@U0SMTPBOT01>", f"<@U0SMTPBOT01> {UNKNOWN}"):
        await slack.says(text, user="alerts", thread_ts=message.ts)
        await slack.says(text, bot="Nagios", thread_ts=message.ts)
    assert slack.replies == []


async def test_a_bots_error_in_the_channel_is_spotted_as_ever_and_its_chatter_is_not(
    slack: PretendSlack,
):
    await slack.says("<@U0SMTPBOT01> hello", user="alerts")
    assert slack.replies == []
    await slack.says(f"<@U0SMTPBOT01> {UNKNOWN}", user="alerts")
    [reply] = slack.replies
    assert buttons(reply)[0]["text"]["text"] == "Details"


# In a thread, by a mention alone


@pytest.mark.parametrize("text", ["", "explain this error", "what does this mean?"])
async def test_a_mention_alone_explains_the_latest_error_above(slack: PretendSlack, text: str):
    question = await slack.says(f"Look: {FULL}", "#random")
    await slack.says("and now this, from the same server", "#random", thread_ts=question.ts)
    await slack.says(UNKNOWN, "#random", thread_ts=question.ts, user="colleague")
    await slack.says("hm, no idea, lunch in room 421?", "#random", thread_ts=question.ts)
    await slack.people.invite("#random")
    await slack.settled()
    answer = await answer_to(slack, f"{BOT} {text}", "#random", thread_ts=question.ts)
    assert answer.thread_ts == question.ts
    assert seen(answer).startswith("550 5.1.1: ")
    assert len(slack.calls_to("conversations.replies")) == 1


async def test_the_first_message_and_alerts_count_but_not_what_we_said(slack: PretendSlack):
    await slack.says(bot="Nagios", attachments=[{"title": "queue", "text": FULL}])
    [brief] = slack.replies
    await slack.says("nobody knows", thread_ts=brief.thread_ts)
    answer = await answer_to(slack, BOT, thread_ts=brief.thread_ts or "")
    assert seen(answer).startswith("552 5.2.2: ")
    answer = await answer_to(slack, BOT, thread_ts=brief.thread_ts or "")
    assert seen(answer).startswith("552 5.2.2: ")
    assert "Source: " in seen(answer)


async def test_a_thread_without_an_error_gets_a_sentence(slack: PretendSlack):
    question = await slack.says("Lunch in room 421?")
    answer = await answer_to(slack, BOT, thread_ts=question.ts)
    assert "I see no mail error above" in seen(answer)


async def test_a_thread_is_read_only_for_a_mention_alone(slack: PretendSlack):
    question = await slack.says(UNKNOWN)
    for text in (f"{BOT} 421", f"{BOT} help", f"{BOT} thanks", "hm", f"{BOT} {FULL}"):
        await slack.says(text, thread_ts=question.ts)
    await slack.says(BOT)
    assert slack.calls_to("conversations.replies") == []


async def test_a_rate_limit_is_said_at_once_and_not_waited_for(slack: PretendSlack, bot: Bot):
    question = await slack.says("a question")
    slack.faults.rate_limit("conversations.replies", retry_after=60)
    answer = await answer_to(slack, BOT, thread_ts=question.ts)
    assert "Slack does not let me read this thread just now" in seen(answer)
    assert len(slack.calls_to("conversations.replies")) == 1
    assert [line for line in bot.log if "could not be read error=ratelimited" in line]
    bot.log.clear()


async def test_a_refusal_is_said_and_logged(slack: PretendSlack, bot: Bot):
    question = await slack.says("a question")
    slack.faults.error("conversations.replies", "missing_scope")
    answer = await answer_to(slack, BOT, thread_ts=question.ts)
    assert "Slack does not let me read this thread just now" in seen(answer)
    [line] = bot.log
    assert "could not be read error=missing_scope" in line
    bot.log.clear()


# In a direct message


@pytest.mark.parametrize("question", ["421", "what is 421?", f"{BOT} 421"])
async def test_a_direct_message_is_answered_in_its_thread(slack: PretendSlack, question: str):
    message = await slack.says(question, DM)
    [answer] = slack.replies
    assert answer.thread_ts == message.ts
    assert answer.ephemeral_for is None
    assert seen(answer).startswith("421: ")
    assert labels(answer) == ["Add note"]


async def test_a_paste_in_a_direct_message_gets_the_full_card(slack: PretendSlack):
    answer = await answer_to(slack, UNKNOWN, DM)
    assert seen(answer).startswith("550 5.1.1: ")
    assert "Source: " in seen(answer)


async def test_in_a_thread_of_a_direct_message_the_thread_goes_on(slack: PretendSlack):
    first = await slack.says(UNKNOWN, DM)
    answer = await answer_to(slack, "Hello", DM, thread_ts=first.ts)
    assert answer.thread_ts == first.ts
    answer = await answer_to(slack, "explain this error", DM, thread_ts=first.ts)
    assert answer.thread_ts == first.ts
    assert seen(answer).startswith("550 5.1.1: ")


async def test_a_direct_hello_gets_help_and_chatter_a_helpful_answer(slack: PretendSlack):
    assert "`/smtp 421`" in seen(await answer_to(slack, "Hello!", DM))
    assert "550" in seen(await answer_to(slack, "xyzzy plugh", DM))


async def test_a_direct_message_is_answered_once_and_not_when_edited(slack: PretendSlack):
    slack.delivery.copies = 2
    message = await slack.says("421", DM)
    await slack.people.edit(message, "550")
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == 1


async def test_a_snippet_in_a_direct_message_is_read(slack: PretendSlack):
    await slack.says("", DM, files=[("bounce.txt", UNKNOWN)])
    [answer] = slack.replies
    assert seen(answer).startswith("550 5.1.1: ")


# What is asked


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("what does 5.7.26 mean?", "5.7.26"),
        ("Hi, can you explain 550 5.1.1, please?", "550 5.1.1, please"),
        ("mailbox full", "mailbox full"),
        ("tell me about Microsoft 365.", "microsoft 365"),
        ("what is this?", ""),
        ("", ""),
    ],
)
def test_the_words_around_a_question_are_taken_away(text: str, core: str):
    assert Question(text).core == core.replace(", please", "")


@pytest.mark.parametrize(
    "chatter",
    [
        "Lunch in room 421?",
        "hm, no idea, lunch in room 421?",
        "999",
        "thanks, will look",
        "Can you mail me the numbers?",
        "the import skipped 550 rows",
        "we are at v5.7.1 now",
        "Bob says his mail bounced. Here is what he got:",
        "disk is full on web-3, rate limit exceeded by api client",
        "",
    ],
)
def test_chatter_pointed_at_is_no_error(explainer: Explainer, spotter: Spotter, chatter: str):
    assert errors_in(chatter, explainer, spotter) == ()


@pytest.mark.parametrize("error", [UNKNOWN, "421", "User unknown", "they say mailbox is full"])
def test_errors_pointed_at_are_found(explainer: Explainer, spotter: Spotter, error: str):
    assert errors_in(error, explainer, spotter)
