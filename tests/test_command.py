"""What people type after /smtp, and what they read."""

from __future__ import annotations

import pytest
from running import buttons, entry_id, labels, mentions, seen

from bot.playground import PretendSlack
from bot.smtp.knowledge import Knowledge
from bot.smtp.reasons import Reason


async def test_a_reply_code_is_explained_to_the_person_who_asked(slack: PretendSlack):
    [answer] = await slack.types("/smtp 421")
    assert answer.ephemeral_for == "U0YOU000001"
    assert entry_id(answer) == "reply-codes/421"
    card = seen(answer)
    assert card.startswith("421: ")
    assert "Transient: sending it again later makes sense." in card
    assert "Nobody needs to act" in card
    assert "Source: RFC 5321" in card


async def test_the_answer_rides_in_the_acknowledgement(slack: PretendSlack):
    await slack.types("/smtp 421")
    assert slack.calls_to("response_url") == slack.calls_to("chat.postEphemeral") == []


async def test_an_enhanced_code_is_explained(slack: PretendSlack):
    [answer] = await slack.types("/smtp 5.7.26")
    assert seen(answer).startswith("5.7.26: ")
    assert "Permanent" in seen(answer)
    assert "Who can act: the sender's admin" in seen(answer)


async def test_a_pair_of_codes_is_explained(slack: PretendSlack, knowledge: Knowledge):
    [answer] = await slack.types("/smtp 550 5.1.1")
    assert seen(answer).startswith("550 5.1.1: ")
    assert knowledge[entry_id(answer)].reason is Reason.USER_UNKNOWN


@pytest.mark.parametrize("pattern", ["4xx", "5.7.x", "5.7", "5xx"])
async def test_a_pattern_gets_a_list_with_a_line_for_each(slack: PretendSlack, pattern: str):
    [answer] = await slack.types(f"/smtp {pattern}")
    heading, *lines = seen(answer).splitlines()
    assert heading.startswith("Codes ")
    assert len([line for line in lines if line.startswith("`")]) > 5
    assert "Ask for one with /smtp and its code" in lines[-1]


PASTED = """\
<bob@example.net>: host mx.example.net[192.0.2.25] said:
550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown (in reply to RCPT TO command)
"""


async def test_a_pasted_error_is_explained(slack: PretendSlack, knowledge: Knowledge):
    [answer] = await slack.types(f"/smtp {PASTED}")
    assert knowledge[entry_id(answer)].reason is Reason.USER_UNKNOWN
    card = seen(answer)
    assert "Permanent: sending it again unchanged will not help." in card
    assert "Who can act: the sender" in card
    assert "Recognised by the code 550 5.1.1 and the words “" in card
    assert "bob@example.net" not in card


async def test_gmails_dmarc_refusal_is_recognised(slack: PretendSlack, knowledge: Knowledge):
    [answer] = await slack.types(
        "/smtp 550-5.7.26 Unauthenticated email from example.com is not accepted due to "
        "550-5.7.26 domain's DMARC policy. Please contact the administrator of "
        "550 5.7.26 example.com domain if this was a legitimate mail. gsmtp"
    )
    assert knowledge[entry_id(answer)].reason is Reason.AUTH_FAILURE
    assert "the sender's admin" in seen(answer)


async def test_greylisting_needs_nobody(slack: PretendSlack, knowledge: Knowledge):
    [answer] = await slack.types("/smtp 450 4.7.1 <bob@example.net>: Greylisted, try again later")
    assert knowledge[entry_id(answer)].reason is Reason.GREYLISTED
    assert "Transient: sending it again later makes sense." in seen(answer)
    assert "Nobody needs to act: it passes by itself" in seen(answer)


async def test_plain_words_are_explained(slack: PretendSlack, knowledge: Knowledge):
    [answer] = await slack.types("/smtp mailbox full")
    assert knowledge[entry_id(answer)].reason is Reason.MAILBOX_FULL


@pytest.mark.parametrize("asked", ["gmail", "Postfix", "Spamhaus"])
async def test_a_provider_gets_a_list_of_what_is_known(slack: PretendSlack, asked: str):
    [answer] = await slack.types(f"/smtp {asked}")
    assert seen(answer).lower().startswith(asked.lower())
    assert len(seen(answer).splitlines()) > 5


@pytest.mark.parametrize("asked", ["", " help", " HELP", " ?", " hello", " what is this?"])
async def test_help_tells_how_to_ask(slack: PretendSlack, asked: str):
    [answer] = await slack.types(f"/smtp{asked}")
    assert "`/smtp 421`" in seen(answer)
    assert answer.ephemeral_for


async def test_thanks_are_no_error(slack: PretendSlack):
    [answer] = await slack.types("/smtp thanks a lot")
    assert answer.text == "You are welcome."


@pytest.mark.parametrize(
    "asked", ["xyzzy plugh", "999", "9.9.9", "7xx", "....", "%s%s%n", "🙃", "x" * 4000, "-", "`"]
)
async def test_nonsense_gets_a_helpful_answer(slack: PretendSlack, asked: str):
    [answer] = await slack.types(f"/smtp {asked}")
    assert answer.text
    assert "550" in seen(answer) or "421" in seen(answer) or "Source: " in seen(answer)


@pytest.mark.parametrize(
    "asked",
    [
        "<!channel> 550 5.1.1 user unknown",
        "550 5.1.1 <!here|here> <@U0COLLEAGUE> user unknown",
        "550 5.7.1 <https://evil.example|click here> relay access denied",
        "550 `5.1.1` *user* _unknown_ ~gone~ ```code```",
        "&lt;!channel&gt; mailbox full",
        "<!everyone>",
        "<javascript:alert(1)|x>",
        "421> <!channel>",
    ],
)
async def test_nothing_typed_comes_alive(slack: PretendSlack, asked: str):
    [answer] = await slack.types(f"/smtp {asked}")
    assert mentions(answer) == set()
    assert "evil.example" not in f"{answer.text} {answer.blocks}"


async def test_share_to_channel_posts_the_card_and_says_who_shared_it(slack: PretendSlack):
    [private] = await slack.types("/smtp 421", "#support")
    await slack.clicks("Share to channel")
    assert slack.whispers == []
    [shared] = slack.replies
    assert shared.channel == slack.workspace.channel("#support").id
    assert shared.thread_ts is None
    assert "<@U0YOU000001> shared an explanation:" in seen(shared)
    assert "<@U0YOU000001>" in shared.text
    assert "421: " in seen(shared)
    assert labels(shared) == ["Add note"]
    assert seen(private).splitlines()[0] in seen(shared)


async def test_a_shared_answer_is_not_explained_again(slack: PretendSlack):
    await slack.types("/smtp 550 5.1.1 <bob@example.net> User unknown")
    await slack.clicks("Share to channel")
    assert len(slack.replies) == 1


async def test_lists_and_help_have_nothing_to_share(slack: PretendSlack):
    for asked in ("4xx", "gmail", "help", "xyzzy plugh"):
        [answer] = await slack.types(f"/smtp {asked}")
        assert buttons(answer) == []
