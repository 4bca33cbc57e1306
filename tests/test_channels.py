"""How the bot behaves where: `/smtp here`, the "Mute here" button, being invited."""

from __future__ import annotations

import pytest
from pasted import FULL, UNKNOWN
from running import Bot, audit, seen

from bot.playground import PretendSlack

TEAM = "T0PRETEND01"
YOU, COLLEAGUE = "U0YOU000001", "U0COLLEAGUE"


async def test_here_says_what_the_bot_does_in_the_channel(slack: PretendSlack):
    [answer] = await slack.types("/smtp here")
    assert answer.ephemeral_for == YOU
    assert "I explain SMTP errors that I see here" in seen(answer)
    assert "nobody has set another" in seen(answer)


async def test_here_says_who_set_it(slack: PretendSlack):
    await slack.types("/smtp here quiet", user="colleague")
    [answer] = await slack.types("/smtp here")
    assert f"`quiet`, set by <@{COLLEAGUE}>" in seen(answer)


@pytest.mark.parametrize("mode", ["thread", "quiet", "alerts", "off"])
async def test_setting_a_mode_is_confirmed_to_who_set_it(slack: PretendSlack, mode: str):
    [answer] = await slack.types(f"/smtp here {mode.upper()}")
    assert answer.ephemeral_for == YOU
    assert seen(answer).startswith(f"From now on `{mode}`: ")


async def test_a_word_that_is_no_mode_changes_nothing(slack: PretendSlack):
    await slack.types("/smtp here off")
    [answer] = await slack.types("/smtp here loud")
    assert seen(answer).startswith("I know no such mode, so nothing has changed.")
    [answer] = await slack.types("/smtp here")
    assert "`off`" in seen(answer)


async def test_a_pasted_sentence_with_here_is_explained(slack: PretendSlack):
    [answer] = await slack.types(f"/smtp here is what I got: {UNKNOWN}")
    assert seen(answer).startswith("550 5.1.1: ")


async def test_in_a_direct_message_there_is_nothing_to_set(slack: PretendSlack, bot: Bot):
    [answer] = await slack.types("/smtp here off", "@smtpbot")
    assert "In a channel, `/smtp here` sets what I do." in seen(answer)
    assert await audit(bot.store, TEAM) == []


async def test_off_is_silence(slack: PretendSlack):
    await slack.types("/smtp here off")
    message = await slack.says(UNKNOWN)
    assert slack.replies == []
    assert message.reactions == {}


async def test_off_in_one_channel_says_nothing_about_another(slack: PretendSlack):
    await slack.types("/smtp here off")
    await slack.says(UNKNOWN, "#support")
    assert len(slack.replies) == 1


async def test_where_it_is_off_a_mention_is_answered_all_the_same(slack: PretendSlack):
    await slack.types("/smtp here off")
    await slack.says(f"<@{slack.bot_user_id}> {UNKNOWN}")
    assert len(slack.replies) == 1


async def test_alerts_leaves_people_alone_and_answers_bots(slack: PretendSlack):
    await slack.types("/smtp here alerts")
    await slack.says(UNKNOWN)
    assert slack.replies == []
    alert = await slack.says(UNKNOWN, user="alerts")
    hook = await slack.says(FULL, bot="Nagios")
    assert [reply.thread_ts for reply in slack.replies] == [alert.ts, hook.ts]


async def test_quiet_only_marks_the_message(slack: PretendSlack):
    await slack.types("/smtp here quiet")
    message = await slack.says(UNKNOWN)
    chatter = await slack.says("Lunch in room 421?")
    assert slack.replies == []
    assert message.reactions == {"mag": [slack.bot_user_id]}
    assert chatter.reactions == {}


async def test_a_mode_outlives_a_restart(slack: PretendSlack, bot: Bot):
    await slack.types("/smtp here off")
    await bot.restart()
    await slack.says(UNKNOWN)
    assert slack.replies == []


async def test_mute_here_silences_the_channel_and_says_how_to_undo_it(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.clicks("Mute here", user="colleague")
    [whisper] = slack.whispers
    assert whisper.ephemeral_for == COLLEAGUE
    assert whisper.thread_ts == message.ts
    assert "I keep silent in this channel from now on." in seen(whisper)
    await slack.says(FULL)
    assert len(slack.replies) == 1
    await slack.types("/smtp here thread")
    await slack.says(FULL)
    assert len(slack.replies) == 2


async def test_who_changed_what_is_on_record(slack: PretendSlack, bot: Bot):
    message = await slack.says(UNKNOWN)
    await slack.clicks("Mute here", user="colleague")
    await slack.types("/smtp here alerts")
    trail = await audit(bot.store, TEAM)
    assert [(line.channel, line.who, line.what) for line in trail] == [
        (message.channel, COLLEAGUE, "Mute here"),
        (message.channel, YOU, "/smtp here alerts"),
    ]


async def test_who_invites_the_bot_is_told_and_nobody_else(slack: PretendSlack):
    await slack.people.invite("#random", user="colleague")
    await slack.settled()
    assert slack.replies == []
    [whisper] = slack.whispers
    assert whisper.ephemeral_for == COLLEAGUE
    assert seen(whisper) == whisper.text
    assert "\n" not in whisper.text
    assert "I explain SMTP errors that I see here" in whisper.text
    assert "`/smtp here thread`, `quiet`, `alerts` or `off` changes that." in whisper.text


async def test_an_invitation_delivered_again_is_thanked_for_once(slack: PretendSlack):
    slack.delivery.copies = 2
    await slack.people.invite("#random")
    await slack.settled()
    assert len(slack.whispers) == 1


async def test_others_joining_are_no_concern_of_the_bot(slack: PretendSlack):
    slack.workspace.add_channel("new", [YOU, slack.bot_user_id])
    await slack.people.invite("#new", who="colleague")
    await slack.settled()
    assert slack.whispers == []


async def test_invited_again_it_says_the_mode_that_was_set(slack: PretendSlack):
    await slack.types("/smtp here off", "#random")
    await slack.people.invite("#random")
    await slack.settled()
    assert "I keep silent here" in slack.whispers[-1].text


async def test_in_channels_shared_with_others_it_is_silent_until_somebody_sets_a_mode(
    slack: PretendSlack,
):
    slack.workspace.channel("#mail-ops").is_ext_shared = True
    message = await slack.says(UNKNOWN)
    assert slack.replies == []
    assert message.reactions == {}
    await slack.types("/smtp here thread")
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1


async def test_who_invites_it_to_a_shared_channel_is_told_of_the_silence(slack: PretendSlack):
    slack.workspace.channel("#random").is_ext_shared = True
    await slack.people.invite("#random")
    await slack.settled()
    [whisper] = slack.whispers
    assert "shared with other organisations, so I keep silent" in whisper.text


async def test_a_workspace_that_removes_the_bot_leaves_nothing(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.clicks("Mute here")
    await slack.people.uninstall()
    await slack.settled()
    assert await audit(bot.store, TEAM) == []
    assert await bot.store.channels.setting(TEAM, slack.replies[0].channel) is None
