"""What people and alert tools write in channels, and when the bot speaks up."""

from __future__ import annotations

import json

import pytest
from pasted import FULL, UNKNOWN
from running import Bot, buttons, entry_id, mentions, seen

from bot.playground import Message, PretendSlack
from bot.smtp.knowledge import Knowledge
from bot.smtp.packed import pack
from bot.smtp.reasons import Reason
from bot.store import Place
from bot.store.jobs import BRIEF

REASONS = {
    UNKNOWN: Reason.USER_UNKNOWN,
    FULL: Reason.MAILBOX_FULL,
    "550-5.7.26 Unauthenticated email from example.com is not accepted due to\n"
    "550-5.7.26 domain's DMARC policy. Please contact the administrator of\n"
    "550 5.7.26 example.com domain if this was a legitimate mail. - gsmtp": Reason.AUTH_FAILURE,
    "554 5.7.1 <bob@example.net>: Relay access denied": Reason.RELAY_DENIED,
    "450 4.7.1 <bob@example.net>: Recipient address rejected: Greylisted": Reason.GREYLISTED,
}


async def test_an_error_is_answered_in_its_thread(slack: PretendSlack):
    message = await slack.says(f"Any idea? {UNKNOWN}")
    [reply] = slack.replies
    assert (reply.channel, reply.thread_ts) == (message.channel, message.ts)
    assert reply.subtype is None, "a reply is never also sent to the channel"
    assert reply.ephemeral_for is None


@pytest.mark.parametrize("error", REASONS)
async def test_common_errors_are_explained(slack: PretendSlack, knowledge: Knowledge, error: str):
    await slack.says(error)
    [reply] = slack.replies
    assert knowledge[entry_id(reply)].reason is REASONS[error]


async def test_the_reply_is_three_lines_and_two_buttons(slack: PretendSlack):
    await slack.says(UNKNOWN)
    [reply] = slack.replies
    title_and_code, verdict, first, details, mute = _lines(reply)
    assert title_and_code.endswith("550 5.1.1")
    assert verdict.startswith("Permanent: ")
    assert "Who can act: " in verdict
    assert first.startswith("First: ")
    assert (details, mute) == ("Details", "Mute here")


def _lines(reply: Message) -> list[str]:
    rich, actions, feedback = reply.blocks
    assert feedback["type"] == "context_actions", "one row more, and a small one"
    text = "".join(
        span.get("text") or span["url"] for part in rich["elements"] for span in part["elements"]
    )
    return [*text.splitlines(), *(button["text"]["text"] for button in actions["elements"])]


async def test_notifications_read_a_whole_sentence(slack: PretendSlack):
    await slack.says(UNKNOWN)
    [reply] = slack.replies
    assert reply.text.startswith("550 5.1.1: ")
    assert "Permanent" in reply.text
    assert "First step: " in reply.text


async def test_an_error_in_a_thread_is_answered_in_that_thread(slack: PretendSlack):
    question = await slack.says("Bob says his mail bounced. Here is what he got:")
    await slack.says(UNKNOWN, thread_ts=question.ts)
    [reply] = slack.replies
    assert reply.thread_ts == question.ts


@pytest.mark.parametrize(
    "chatter",
    [
        "Lunch in room 421?",
        "port 465 or 587?",
        "HTTP 502 from the gateway again",
        "we are at v5.7.1 now",
        "10.2.5.1 is the new proxy",
        "the import skipped 550 rows",
        "GET /mail HTTP/1.1 550 421",
        "ok",
        "Can you mail me the numbers?",
        "",
    ],
)
async def test_chatter_gets_silence(slack: PretendSlack, chatter: str):
    await slack.says(chatter or " ")
    assert slack.replies == []
    assert slack.whispers == []
    assert slack.calls_to("chat.postMessage") == []


async def test_where_the_bot_is_not_invited_it_is_silent(slack: PretendSlack):
    await slack.says(UNKNOWN, "#random")
    assert slack.replies == []


async def test_once_invited_it_speaks_but_not_about_the_invitation(slack: PretendSlack):
    await slack.people.invite("#random")
    await slack.settled()
    assert slack.replies == []
    await slack.says(UNKNOWN, "#random")
    assert len(slack.replies) == 1


async def test_in_private_channels_it_speaks_too(slack: PretendSlack):
    slack.workspace.add_channel("secret", ["U0YOU000001", slack.bot_user_id], kind="group")
    await slack.says(UNKNOWN, "#secret")
    assert len(slack.replies) == 1


async def test_its_own_messages_are_left_alone(slack: PretendSlack, bot: Bot):
    channel = slack.workspace.channel("#mail-ops").id
    await bot.app.client.chat_postMessage(channel=channel, text=UNKNOWN)
    await slack.settled()
    assert len(slack.calls_to("chat.postMessage")) == 1


async def test_an_edit_is_not_answered_again(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.people.edit(message, f"{UNKNOWN} (again)")
    await slack.settled()
    assert len(slack.replies) == 1


async def test_an_edit_of_chatter_is_not_answered(slack: PretendSlack):
    message = await slack.says("hm")
    await slack.people.edit(message, UNKNOWN)
    await slack.people.unfurl(message, {"text": UNKNOWN})
    await slack.people.delete(message)
    await slack.settled()
    assert slack.replies == []


async def test_somebody_joining_is_not_an_error(slack: PretendSlack):
    await slack.people.invite("#random")
    await slack.people.invite("#mail-ops", who="colleague")
    await slack.people.remove("#random")
    await slack.settled()
    assert slack.replies == []


async def test_a_message_delivered_again_is_answered_once(slack: PretendSlack):
    slack.delivery.copies = 2
    await slack.says(UNKNOWN)
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == 1


async def test_a_restart_does_not_answer_again(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    told = slack.delivery.sent[0]
    await bot.restart()
    slack.delivery.send_event(told.payload)
    await slack.settled()
    assert len(slack.replies) == 1
    await slack.says(FULL)
    assert len(slack.replies) == 2


async def test_alerts_are_read_where_their_tools_put_the_text(slack: PretendSlack):
    await slack.says(
        bot="Nagios",
        attachments=[{"title": "mail queue", "fields": [{"title": "last", "value": UNKNOWN}]}],
    )
    [reply] = slack.replies
    assert seen(reply)


async def test_alerts_in_blocks_are_read(slack: PretendSlack):
    section = {"type": "section", "text": {"type": "mrkdwn", "text": f"*bounce*\n{UNKNOWN}"}}
    await slack.says(user="alerts", blocks=[section])
    assert len(slack.replies) == 1


async def test_alerts_in_rich_text_and_fallback_are_read(slack: PretendSlack):
    part = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": UNKNOWN}]}
    await slack.says(user="alerts", blocks=[{"type": "rich_text", "elements": [part]}])
    await slack.says(bot="Zabbix", attachments=[{"fallback": FULL}])
    assert len(slack.replies) == 2


async def test_another_bot_in_a_thread_is_left_alone(slack: PretendSlack):
    message = await slack.says("look")
    await slack.says(UNKNOWN, user="alerts", thread_ts=message.ts)
    await slack.says(UNKNOWN, bot="Nagios", thread_ts=message.ts)
    assert slack.replies == []


async def test_two_bots_do_not_talk_to_each_other(slack: PretendSlack):
    alert = await slack.says(UNKNOWN, user="alerts")
    [reply] = slack.replies
    await slack.says(f"Thanks! {reply.text}", user="alerts", thread_ts=alert.ts)
    assert len(slack.replies) == 1


@pytest.mark.parametrize(
    "pasted",
    [
        f"<!channel> {UNKNOWN}",
        f"{UNKNOWN} see https://evil.example/x and `code` *bold* <@U0COLLEAGUE>",
        f"```\n{UNKNOWN}\n```",
    ],
)
async def test_nothing_pasted_comes_alive(slack: PretendSlack, pasted: str):
    await slack.says(pasted)
    [reply] = slack.replies
    assert mentions(reply) == set()
    assert "evil.example" not in f"{reply.text} {reply.blocks}"


async def test_an_answer_whose_entry_is_gone_after_an_upgrade_is_left_out(
    slack: PretendSlack, bot: Bot
):
    message = await slack.says("hm")
    place = Place("T0PRETEND01", message.channel, message.ts, "T0PRETEND01")
    gone = json.loads(pack(bot.explainer.explain(UNKNOWN))) | {"entries": [["gone/entry", 0.9]]}
    content = json.dumps({"answers": [json.dumps(gone)], "shared": False})
    bot.deliverer.do(await bot.store.jobs.begin(place, BRIEF, message.ts, content))
    await slack.settled()
    assert slack.replies == []


async def test_links_are_not_unfolded(slack: PretendSlack):
    await slack.says(UNKNOWN)
    [call] = slack.calls_to("chat.postMessage")
    assert str(call.arguments["unfurl_links"]).lower() in ("false", "0")
    assert str(call.arguments["unfurl_media"]).lower() in ("false", "0")


async def test_each_details_button_knows_its_own_cause(slack: PretendSlack):
    await slack.says(UNKNOWN)
    [reply] = slack.replies
    assert [button["action_id"] for button in buttons(reply)] == ["show_details_1", "mute_here"]
