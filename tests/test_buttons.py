"""Details and Share to channel, also long after the answer was written."""

from __future__ import annotations

import json

import pytest
from pasted import UNKNOWN
from running import Bot, buttons, clicks_twice, entry_id, seen

from bot.playground import PretendSlack
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge

SHARE = "Share to channel"


async def test_details_are_shown_to_who_clicked_in_the_thread(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    await slack.clicks("Details", user="colleague")
    [details] = slack.whispers
    assert details.ephemeral_for == "U0COLLEAGUE"
    assert (details.channel, details.thread_ts) == (message.channel, message.ts)
    card = seen(details)
    assert card.startswith("550 5.1.1: ")
    assert "Permanent: sending it again unchanged will not help." in card
    assert "Source: " in card
    assert len(slack.replies) == 1, "the reply for everyone stays as it is"


async def test_everyone_may_look_at_the_details(slack: PretendSlack):
    await slack.says(UNKNOWN)
    for user in ("you", "colleague", "you"):
        await slack.clicks("Details", user=user)
    assert [m.ephemeral_for for m in slack.whispers] == [
        "U0YOU000001",
        "U0COLLEAGUE",
        "U0YOU000001",
    ]


async def test_details_work_after_a_restart(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await bot.restart()
    await slack.clicks("Details")
    assert seen(slack.whispers[0]).startswith("550 5.1.1: ")


async def test_details_say_what_the_command_says(slack: PretendSlack):
    await slack.says(UNKNOWN)
    await slack.clicks("Details")
    [card] = slack.whispers
    [answer] = await slack.types(f"/smtp {UNKNOWN}")
    assert seen(card) == seen(answer).replace(f"\n{SHARE}", "")


async def forgets(bot: Bot, entry: str) -> None:
    """Restart the bot in a version that does not know an entry any more."""
    known = bot.explainer.knowledge
    fewer = {key: value for key, value in known.entries.items() if key != entry}
    bot.explainer = Explainer(Knowledge(fewer, known.publishers))
    await bot.restart()


async def test_a_details_button_outlives_its_entry(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await forgets(bot, entry_id(slack.replies[0]))
    await slack.clicks("Details")
    [whisper] = slack.whispers
    assert "older version of the bot" in whisper.text
    assert "/smtp" in whisper.text


async def test_a_share_button_outlives_its_entry(slack: PretendSlack, bot: Bot):
    [answer] = await slack.types("/smtp 421")
    await forgets(bot, entry_id(answer))
    await slack.clicks(SHARE)
    assert slack.replies == []
    [whisper] = slack.whispers
    assert "older version of the bot" in whisper.text


async def test_an_answer_is_shared_once(slack: PretendSlack):
    [private] = await slack.types("/smtp 421")
    await clicks_twice(slack, private, SHARE, "response_url")
    assert len(slack.replies) == 1
    assert slack.whispers == []


async def test_an_answer_that_was_not_taken_away_is_not_shared_again(slack: PretendSlack, bot: Bot):
    [private] = await slack.types("/smtp 421")
    slack.faults.hold("response_url").release()  # the first call is the card itself
    slack.faults.server_error("response_url", status=404)
    await slack.clicks(SHARE)
    bot.log.clear()
    await slack.clicks(SHARE, on=private)
    assert len(slack.replies) == 1


async def test_a_refused_share_may_be_tried_again(slack: PretendSlack, bot: Bot):
    [private] = await slack.types("/smtp 421")
    slack.faults.server_error("response_url", status=404)
    await slack.clicks(SHARE)
    assert slack.replies == []
    bot.log.clear()
    await slack.clicks(SHARE, on=private)
    assert len(slack.replies) == 1


NONSENSE = ["", "421", "{}", "[]", "null", '{"entries": 5}', '{"entries": [], "phrase": null}']
BROKEN = {"reply": "lots", "phrase": -1, "persistence": "maybe", "enhanced": "5"}


@pytest.mark.parametrize("value", NONSENSE)
async def test_a_button_of_nonsense_says_so(slack: PretendSlack, value: str):
    await slack.says(UNKNOWN)
    buttons(slack.replies[0])[0]["value"] = value
    await slack.clicks("Details")
    [whisper] = slack.whispers
    assert "older version of the bot" in whisper.text


@pytest.mark.parametrize("field", BROKEN)
async def test_a_button_with_a_broken_field_says_something(slack: PretendSlack, field: str):
    await slack.says(UNKNOWN)
    button = buttons(slack.replies[0])[0]
    button["value"] = json.dumps(json.loads(button["value"]) | {field: BROKEN[field]})
    await slack.clicks("Details")
    [whisper] = slack.whispers
    assert seen(whisper)
