"""Helpful, Not helpful, and the form that asks what it was really."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from running import Bot, buttons, seen
from slack_sdk.errors import SlackApiError
from sqlalchemy import select
from test_buttons import forgets
from test_shortcut import explains

from bot.playground import Message, PretendSlack
from bot.playground.records import TEAM_ID
from bot.playground.validity import problems_of_view
from bot.render.blocks import sentence
from bot.render.feedback import LACKS, REASONS, form, form_thanks, rated, rating_of, settled
from bot.slack.posting import REMEMBERED, Poster
from bot.smtp.explain import Explainer
from bot.smtp.reasons import Reason
from bot.store import Verdict, tables
from bot.store.feedback import Rater
from bot.store.tables import FEEDBACK

SECRET = "bob.secret@example.net"
UNKNOWN = f"550 5.1.1 <{SECRET}>: Recipient address rejected: User unknown"
YOU, COLLEAGUE = "U0YOU000001", "U0COLLEAGUE"
PLAIN = ["Helpful", "Not helpful"]


async def given(bot: Bot) -> list[tuple[str, str, str]]:
    """Who gave which verdict on which entry."""
    return [
        (each.who, each.verdict, each.entry) for each in await bot.store.feedback.given(TEAM_ID)
    ]


def rows_of_feedback(message: Message) -> list[str]:
    """The labels of the feedback buttons in an answer, Slack's own or plain ones."""
    found = []
    for block in message.blocks:
        for part in block.get("elements", ()):
            if part["type"] == "feedback_buttons":
                found += [
                    part[f"{side}_button"]["text"]["text"] for side in ("positive", "negative")
                ]
            elif part.get("action_id", "").startswith("feedback_"):
                found.append(part["text"]["text"])
    return found


async def entry_of(bot: Bot) -> str:
    answer = bot.explainer.explain(UNKNOWN)
    assert answer.entry
    return answer.entry.id


async def asked_everywhere(slack: PretendSlack) -> dict[str, Message]:
    """One answer of each kind."""
    message = await slack.says(UNKNOWN)
    [brief] = slack.replies
    await slack.clicks("Details")
    [details] = slack.whispers
    await slack.says("@SMTP bot 421")
    await slack.says("452", "@SMTP bot")
    _, mentioned, direct = slack.replies
    [command] = await slack.types("/smtp 421")
    return {
        "unasked": brief,
        "mention": mentioned,
        "direct message": direct,
        "Details": details,
        "command": command,
        "shortcut": await explains(slack, message),
    }


async def test_every_answer_asks_in_one_row_whether_it_helped(slack: PretendSlack):
    for kind, answer in (await asked_everywhere(slack)).items():
        is_posted = kind in ("unasked", "mention", "direct message")
        kinds = [block["type"] for block in answer.blocks]
        assert rows_of_feedback(answer) == PLAIN, kind
        assert ("context_actions" in kinds) == is_posted, kind
        assert kinds[-1] == ("context_actions" if is_posted else "actions"), kind
        assert kinds.count("actions") <= 1, kind


@pytest.mark.parametrize("label", PLAIN)
async def test_a_verdict_may_be_given_on_every_kind_of_answer(
    slack: PretendSlack, bot: Bot, label: str
):
    answers = await asked_everywhere(slack)
    del answers["Details"]  # the same answer as the brief one, told at length
    for number, answer in enumerate(answers.values(), 1):
        await slack.clicks(label, on=answer)
        assert len(await given(bot)) == number
        if label == "Not helpful":
            assert slack.modal()
            await slack.people.close()


async def test_helpful_is_thanked_for_where_the_button_stands(slack: PretendSlack, bot: Bot):
    message = await slack.says(UNKNOWN)
    await slack.clicks("Helpful", user="colleague")
    [thanks] = slack.whispers
    assert thanks.ephemeral_for == COLLEAGUE
    assert (thanks.channel, thanks.thread_ts) == (message.channel, message.ts)
    assert seen(thanks) == "Thanks, noted."
    assert slack.modal("colleague") is None
    assert await given(bot) == [(COLLEAGUE, "helpful", await entry_of(bot))]


async def test_not_helpful_opens_the_form_and_says_nothing_else(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.clicks("Not helpful")
    modal = slack.modal()
    assert modal
    assert modal.content["title"]["text"] == "Feedback"
    assert slack.whispers == []
    assert await given(bot) == [(YOU, "not_helpful", await entry_of(bot))]


async def test_clicked_again_it_counts_once(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    [brief] = slack.replies
    await asyncio.gather(*(slack.people.click(brief, "Helpful") for _ in range(3)))
    await slack.settled()
    assert len(await given(bot)) == 1


async def test_details_are_the_same_answer(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    [brief] = slack.replies
    await slack.clicks("Helpful", on=brief)
    await slack.clicks("Details")
    await slack.clicks("Helpful", on=slack.whispers[-1])
    assert len(await given(bot)) == 1


async def test_each_person_counts_and_the_last_verdict_of_each(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.clicks("Helpful")
    await slack.clicks("Helpful", user="colleague")
    await slack.clicks("Not helpful")
    entry = await entry_of(bot)
    assert sorted(await given(bot)) == [(COLLEAGUE, "helpful", entry), (YOU, "not_helpful", entry)]


async def test_another_answer_counts_anew(slack: PretendSlack, bot: Bot):
    for _ in range(2):
        await slack.types(f"/smtp {UNKNOWN}")
        await slack.clicks("Helpful")
    assert len(await given(bot)) == 2


async def test_several_causes_share_a_verdict(slack: PretendSlack, bot: Bot):
    log = "Nov 20 09:12:4{} mx1 postfix/smtp[1]: A: to=<a@example.net>, dsn={}, status=bounced ({})"
    full = "552 5.2.2 <bob@example.net>: Mailbox full, quota exceeded"
    lines = [log.format(1, "5.1.1", f"said: {UNKNOWN}"), log.format(2, "5.2.2", f"said: {full}")]
    await slack.says("\n".join(lines))
    await slack.clicks("Helpful")
    verdicts = await given(bot)
    assert len({entry for _, _, entry in verdicts}) == 2
    assert {verdict for _, verdict, _ in verdicts} == {"helpful"}


# The form


async def test_the_form_offers_reasons_in_plain_words(slack: PretendSlack):
    await slack.says(UNKNOWN)
    await slack.clicks("Not helpful")
    modal = slack.modal()
    assert modal
    what, lack = [block for block in modal.blocks if block["type"] == "input"]
    labels = [option["text"]["text"] for option in what["element"]["options"]]
    assert "Mailbox full" in labels
    assert "Blocklist or bad reputation" in labels
    assert len(labels) == len(Reason) - 2
    assert what["optional"]
    assert lack["optional"]


async def test_the_form_says_how_long_the_choice_is_kept(slack: PretendSlack, bot: Bot):
    for days, words in ((365, "a year"), (30, "30 days")):
        bot.settings = replace(bot.settings, keep_records_days=days)
        await bot.restart()
        await slack.says(UNKNOWN)
        await slack.clicks("Not helpful")
        modal = slack.modal()
        assert modal
        assert f"is kept, for {words}." in modal.blocks[0]["text"]["text"]


async def test_a_form_is_thanked_for_and_its_choices_are_kept(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.clicks("Not helpful")
    await slack.submits({"what_it_was": "greylisted", "what_was_wrong": "steps"})
    modal = slack.modal()
    assert modal
    assert "Thanks, noted." in modal.blocks[0]["text"]["text"]
    [verdict] = await bot.store.feedback.given(TEAM_ID)
    assert (verdict.reason, verdict.lack) == ("greylisted", "steps")
    await slack.clicks("Not helpful", on=slack.replies[0])
    assert await bot.store.feedback.given(TEAM_ID) == [verdict], "clicked again, nothing is lost"


async def test_a_form_without_choices_is_thanked_for_too(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.clicks("Not helpful")
    await slack.submits()
    modal = slack.modal()
    assert modal
    assert "Thanks, noted." in modal.blocks[0]["text"]["text"]
    [verdict] = await bot.store.feedback.given(TEAM_ID)
    assert (verdict.verdict, verdict.reason, verdict.lack) == ("not_helpful", "", "")


async def test_one_choice_is_enough(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.clicks("Not helpful")
    await slack.submits({"what_was_wrong": "unclear"})
    [verdict] = await bot.store.feedback.given(TEAM_ID)
    assert (verdict.reason, verdict.lack) == ("", "unclear")


async def test_a_closed_form_leaves_the_verdict(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.clicks("Not helpful")
    await slack.people.close()
    await slack.settled()
    assert [verdict for _, verdict, _ in await given(bot)] == ["not_helpful"]


async def test_a_form_that_slack_does_not_open_is_no_reason_to_lose_the_verdict(
    slack: PretendSlack, bot: Bot
):
    await slack.says(UNKNOWN)
    slack.faults.error("views.open", "expired_trigger_id")
    await slack.clicks("Not helpful")
    assert slack.modal() is None
    assert seen(slack.whispers[0]) == "Thanks, noted."
    assert [verdict for _, verdict, _ in await given(bot)] == ["not_helpful"]


async def test_a_choice_that_is_none_of_ours_is_not_kept(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.clicks("Not helpful")
    modal = slack.modal()
    assert modal
    modal.blocks[1]["element"]["options"][0]["value"] = SECRET
    await slack.submits({"what_it_was": SECRET, "what_was_wrong": "steps"})
    [verdict] = await bot.store.feedback.given(TEAM_ID)
    assert (verdict.reason, verdict.lack) == ("", "steps")


# What is kept


async def test_rows_hold_ids_and_choices_and_no_text(slack: PretendSlack, bot: Bot):
    message = await slack.says(UNKNOWN)
    await slack.clicks("Not helpful")
    await slack.submits({"what_it_was": "moved", "what_was_wrong": "cause"})
    async with bot.store.engine.connect() as connection:
        [row] = (await connection.execute(select(FEEDBACK))).mappings()
    kept = dict(row)
    del kept["at"]
    assert kept == {
        "team": TEAM_ID,
        "channel": message.channel,
        "ts": slack.replies[0].ts,
        "who": YOU,
        "entry": await entry_of(bot),
        "verdict": "not_helpful",
        "reason": "moved",
        "lack": "cause",
    }


PLACE = Rater("T1", "C1", "1.1", "U1")


async def test_verdicts_are_kept_for_a_year_and_go_with_their_workspace(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    feedback = bot.store.feedback
    await feedback.give(PLACE, ["a"], "helpful")
    await feedback.give(PLACE._replace(team="T2"), ["a"], "helpful")
    await bot.store.forget("T2")
    assert await feedback.given("T2") == []
    [verdict] = await feedback.given("T1")
    assert verdict == Verdict("a", "helpful", "U1", verdict.at)
    later = tables.now() + tables.YEAR + tables.DAY
    monkeypatch.setattr(tables, "now", lambda: later)
    await bot.store.sweep()
    assert await feedback.given("T1") == []


# Where Slack does not take its newest blocks


async def test_refused_blocks_are_sent_once_more_as_plain_buttons(slack: PretendSlack, bot: Bot):
    slack.faults.refuse_blocks("context_actions")
    await slack.says(UNKNOWN)
    [reply] = slack.replies
    labels = [button["text"]["text"] for button in buttons(reply)]
    assert labels == ["Details", "Mute here", *PLAIN], "all in one row"
    assert len(slack.calls_to("chat.postMessage")) == 2
    await slack.says("@SMTP bot 421")
    assert rows_of_feedback(slack.replies[-1]) == PLAIN
    assert len(slack.calls_to("chat.postMessage")) == 3, "the refusal is remembered"
    await slack.clicks("Helpful", on=reply)
    assert await given(bot) == [(YOU, "helpful", await entry_of(bot))]
    await slack.clicks("Not helpful", on=reply)
    assert slack.modal()


async def test_a_corrected_answer_is_sent_once_more_too(slack: PretendSlack):
    message = await slack.says(UNKNOWN)
    slack.faults.refuse_blocks("context_actions")
    await slack.people.edit(message, "552 5.2.2 <bob@example.net>: Mailbox full, quota exceeded")
    await slack.settled()
    [reply] = slack.replies
    assert "552 5.2.2" in seen(reply)
    assert rows_of_feedback(reply) == PLAIN


async def test_other_refusals_are_not_tried_again(slack: PretendSlack, bot: Bot):
    slack.faults.error("chat.postMessage", "restricted_action")
    await slack.says(UNKNOWN)
    assert len(slack.calls_to("chat.postMessage")) == 1
    assert bot.log.pop().startswith("bot: SlackApiError (restricted_action)")


async def test_a_refusal_is_remembered_for_its_workspace_and_for_a_day(explainer: Explainer):
    moments: list[float] = []
    posted: list[str] = []
    poster = Poster(clock=lambda: moments[-1])

    async def post(**content: Any) -> Any:
        kinds = {block["type"] for block in content["blocks"]}
        posted.append("new" if "context_actions" in kinds else "settled")
        if "context_actions" in kinds:
            raise SlackApiError("refused", {"ok": False, "error": "invalid_blocks"})
        return None

    message = rated(sentence("421"), [explainer.explain("421")])
    for team, moment in (("T1", 0.0), ("T1", 1.0), ("T2", 2.0), ("T1", REMEMBERED + 1.0)):
        moments.append(moment)
        await poster.post(post, team, message)
    assert posted == ["new", "settled"] + ["settled"] + ["new", "settled"] * 2


# Buttons of another version, and what Slack takes


@pytest.mark.parametrize(
    "value", ["", "421", "{}", "[]", '{"verdict":"great","entries":["a"],"of":""}']
)
async def test_a_button_of_nonsense_says_so(slack: PretendSlack, bot: Bot, value: str):
    [answer] = await slack.types("/smtp 421")
    [helpful] = [each for each in buttons(answer) if each["text"]["text"] == "Helpful"]
    helpful["value"] = value
    await slack.clicks("Helpful")
    assert "older version of the bot" in slack.whispers[-1].text
    assert await given(bot) == []


async def test_a_verdict_outlives_its_entry_and_a_restart(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    entry = await entry_of(bot)
    await forgets(bot, entry)
    await slack.clicks("Helpful")
    assert await given(bot) == [(YOU, "helpful", entry)]


@pytest.mark.parametrize("asked", ["xyzzy plugh", "4xx", "gmail", "help", "here"])
async def test_where_nothing_is_explained_nobody_is_asked(slack: PretendSlack, asked: str):
    [answer] = await slack.types(f"/smtp {asked}")
    assert rows_of_feedback(answer) == []


def test_the_forms_are_valid_and_keep_room(explainer: Explainer):
    longest = max((entry.id for entry in explainer.knowledge), key=len)
    kept = json.dumps(["E" * 32, "C" * 32, "1" * 32, "U" * 32, *[longest] * 3])
    for view in (form(kept, "a year"), form_thanks()):
        assert problems_of_view(view) == []
    assert len(REASONS) <= 100
    assert max(map(len, [*REASONS.values(), *LACKS.values()])) <= 75


def test_settled_blocks_carry_the_same_values(explainer: Explainer):
    answer = explainer.explain("421")
    message = settled(rated(sentence("421"), [answer], of="1.1"))
    ratings = [rating_of(button["value"]) for button in buttons(dict(message))]
    assert [rating.verdict for rating in ratings] == ["helpful", "not_helpful"]
    assert {(rating.entries, rating.of) for rating in ratings} == {(("reply-codes/421",), "1.1")}
