"""Team notes: written by anyone, shown with the answers of their workspace, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pasted import FULL, UNKNOWN
from running import Bot, alive, audit, labels, mentions, seen

from bot.playground import Message, PretendSlack
from bot.playground.tickets import RESPONSE_SECONDS
from bot.render.notes import LONGEST
from bot.slack import lately, people
from bot.smtp.knowledge import Knowledge
from bot.store import tables
from bot.store.notes import Note, on_record

TEAM, OTHER_TEAM = "T0PRETEND01", "T0OTHER0001"
YOU, COLLEAGUE = "U0YOU000001", "U0COLLEAGUE"  # the first is an admin
RUNBOOK = "Our runbook: https://wiki.example.com/mail/unknown\nThen ask Ops."
LINE = "Team note: Our runbook: https://wiki.example.com/mail/unknown"


@pytest.fixture
def entry(bot: Bot) -> str:
    """The entry that UNKNOWN is explained by."""
    found = bot.explainer.explain(UNKNOWN).entry
    assert found
    return found.id


async def opens(slack: PretendSlack, user: str = "you", name: str = "Add note") -> str:
    """Someone asks and opens the form; what they read in it."""
    await slack.types(f"/smtp {UNKNOWN}", user=user)
    await slack.clicks(name, user=user)
    return form_of(slack, user)


def form_of(slack: PretendSlack, user: str = "you") -> str:
    """What someone reads in their open form, what stands in its inputs included."""
    view = slack.modal(user)
    assert view
    typed = [
        block["element"].get("initial_value", "")
        for block in view.blocks
        if block["type"] == "input"
    ]
    return "\n".join([*(seen_in(view.blocks)), *typed])


def seen_in(blocks: list[dict[str, Any]]) -> list[str]:
    return seen(Message(ts="", channel="", user="", blocks=blocks)).splitlines()


async def notes(
    slack: PretendSlack, text: str, user: str = "you", name: str = "Add note", **more: Any
) -> str:
    """Someone asks, opens the form and saves a note; what they are told."""
    await opens(slack, user, name)
    assert await slack.submits({"note_text": text, **more}, user=user) == {}
    return slack.whispers[-1].text


async def answer_to(slack: PretendSlack, user: str = "you") -> str:
    [answer] = await slack.types(f"/smtp {UNKNOWN}", user=user)
    return seen(answer)


# Adding, changing, removing


async def test_a_note_is_added_by_the_button_and_shown_above_the_steps(
    slack: PretendSlack, bot: Bot, entry: str
):
    assert await notes(slack, RUNBOOK, user="colleague") == (
        f"Team note added: {bot.explainer.knowledge[entry].title}. It shows in answers from now on."
    )
    assert slack.whispers[-1].ephemeral_for == COLLEAGUE
    assert slack.modal("colleague") is None
    [answer] = await slack.types(f"/smtp {UNKNOWN}")
    card = seen(answer)
    first_step = bot.explainer.knowledge[entry].steps[0].split("`")[0]
    assert card.index("Team note") < card.index("Then ask Ops.") < card.index(first_step)
    assert labels(answer)[:2] == ["Share to channel", "Edit note"]


async def test_author_and_date_stand_with_it(slack: PretendSlack, bot: Bot, entry: str):
    await notes(slack, RUNBOOK, user="colleague")
    [answer] = await slack.types(f"/smtp {UNKNOWN}")
    [heading] = [b for b in answer.blocks if "Team note" in json.dumps(b)]
    elements = heading["elements"][0]["elements"]
    saved = await bot.store.notes.latest(TEAM, entry)
    assert {"type": "user", "user_id": COLLEAGUE} in elements
    [date] = [each for each in elements if each["type"] == "date"]
    assert date["timestamp"] == int(saved.at.timestamp())


async def test_the_form_opens_at_once_and_says_who_will_read_it(slack: PretendSlack):
    form = await opens(slack)
    assert "Everybody in this workspace sees it" in form
    [opened], [filled] = slack.calls_to("views.open"), slack.calls_to("views.update")
    before = slack.calls.index(opened)
    asked = [call.method for call in slack.calls[before + 1 :]]
    assert asked == ["users.info", "views.update"]
    assert opened.ok
    assert filled.ok


async def test_a_note_is_changed_and_its_history_kept(slack: PretendSlack):
    await notes(slack, "First version", user="colleague")
    told = await notes(slack, "Second version", name="Edit note")
    assert told.startswith("Team note changed: ")
    form = await opens(slack, name="Edit note")
    assert form.rstrip().endswith("Second version")
    assert "Saved so far, the latest first:" in form
    assert "First version" in form
    view = slack.modal()
    assert view
    people_named = [part["user_id"] for part in parts(view.blocks) if part.get("type") == "user"]
    assert people_named == [YOU, COLLEAGUE]
    card = await answer_to(slack)
    assert "Second version" in card
    assert "First version" not in card


def parts(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for each in part for found in parts(each)]
    if isinstance(part, dict):
        return [part, *(found for value in part.values() for found in parts(value))]
    return []


async def test_clearing_the_text_removes_the_note_and_keeps_its_history(slack: PretendSlack):
    await notes(slack, "Gone soon", user="colleague")
    told = await notes(slack, "  \n ", name="Edit note")
    assert told.startswith("Team note removed: ")
    assert "Gone soon" not in await answer_to(slack)
    form = await opens(slack)
    assert "Removed\n by " in form
    assert "Gone soon" in form
    assert await slack.submits({"note_text": "Back again"}) == {}
    assert "Back again" in await answer_to(slack)


async def test_saving_what_stands_there_already_changes_nothing(
    slack: PretendSlack, bot: Bot, entry: str
):
    await notes(slack, RUNBOOK)
    before = await audit(bot.store, TEAM)
    assert (await notes(slack, RUNBOOK, name="Edit note")).startswith("Team note not changed: ")
    assert await audit(bot.store, TEAM) == before
    assert (await bot.store.notes.latest(TEAM, entry)).version == 1


async def test_only_the_last_few_of_a_long_history_are_shown(slack: PretendSlack):
    await notes(slack, "Version 1.")
    for number in range(2, 9):
        await notes(slack, f"Version {number}.", name="Edit note")
    form = await opens(slack, name="Edit note")
    assert [f"Version {number}." in form for number in range(1, 9)] == [False] * 3 + [True] * 5


async def test_what_happened_is_on_record(slack: PretendSlack, bot: Bot, entry: str):
    await notes(slack, "One", user="colleague")
    await notes(slack, "Two", name="Edit note", note_lock=["note_lock"])
    await notes(slack, "Two", name="Edit note", note_lock=[])
    await notes(slack, "", name="Edit note")
    channel = slack.workspace.channel("#mail-ops").id
    trail = await audit(bot.store, TEAM)
    assert [(line.channel, line.who, line.what) for line in trail] == [
        (channel, COLLEAGUE, f"note on {entry}: added"),
        (channel, YOU, f"note on {entry}: changed, locked"),
        (channel, YOU, f"note on {entry}: unlocked"),
        (channel, YOU, f"note on {entry}: removed"),
    ]


def test_the_record_of_every_entry_fits_its_column(knowledge: Knowledge):
    for each in knowledge:
        line = on_record(each.id, "changed, unlocked")
        assert len(line) <= tables.WHAT_LENGTH
        assert line.endswith(": changed, unlocked")
        assert line.startswith(f"note on {each.id[:30]}")


async def test_who_writes_for_longer_than_slack_takes_responses_is_told_directly(
    slack: PretendSlack, monkeypatch: pytest.MonkeyPatch
):
    await opens(slack)
    later = slack.core.tickets.clock() + RESPONSE_SECONDS + 1
    monkeypatch.setattr(slack.core.tickets, "clock", lambda: later)
    await slack.submits({"note_text": RUNBOOK})
    assert slack.replies[-1].text.startswith("Team note added: ")
    assert slack.replies[-1].channel == slack.workspace.channel("@smtpbot").id
    assert slack.complaints == ["a response URL answered expired_url"]
    slack.complaints.clear()


async def test_a_form_closed_before_it_is_filled_is_no_trouble(slack: PretendSlack):
    await slack.types(f"/smtp {UNKNOWN}")
    held = slack.faults.hold("views.update")
    await slack.people.click(slack.whispers[-1], "Add note")
    await slack.wait_for(lambda: slack.calls_to("views.update"))
    await slack.people.close()
    held.release()
    await slack.settled()
    assert slack.modal() is None


async def test_a_note_button_outlives_its_entry(slack: PretendSlack, bot: Bot, entry: str):
    await slack.types(f"/smtp {UNKNOWN}")
    known = bot.explainer.knowledge
    fewer = {key: value for key, value in known.entries.items() if key != entry}
    bot.explainer.knowledge = Knowledge(fewer, known.publishers)
    try:
        await slack.clicks("Add note")
    finally:
        bot.explainer.knowledge = known
    assert "What this button was about has changed." in form_of(slack)


async def test_notes_outlive_a_restart(slack: PretendSlack, bot: Bot):
    await notes(slack, RUNBOOK)
    await bot.restart()
    assert "Then ask Ops." in await answer_to(slack)


# Locking


async def test_only_admins_see_the_lock(slack: PretendSlack):
    await opens(slack, user="colleague")
    await opens(slack)
    blocks = [view.blocks for who in ("colleague", "you") if (view := slack.modal(who))]
    assert ["note_lock" in json.dumps(each) for each in blocks] == [False, True]


async def test_a_locked_note_is_changed_by_admins_only(slack: PretendSlack, bot: Bot, entry: str):
    await notes(slack, RUNBOOK, note_lock=["note_lock"])
    form = await opens(slack, user="colleague", name="Edit note")
    assert "This note is locked: only admins may change it." in form
    assert "Then ask Ops." in form
    view = slack.modal("colleague")
    assert view
    assert view.content.get("submit") is None
    assert [block for block in view.blocks if block["type"] == "input"] == []
    told = await notes(slack, "By an admin", name="Edit note")
    assert told.startswith("Team note changed: ")
    assert (await bot.store.notes.latest(TEAM, entry)).locked, "the tick stays where it was"
    await notes(slack, "By an admin", name="Edit note", note_lock=[])
    await notes(slack, "By anybody", user="colleague", name="Edit note")
    assert "By anybody" in await answer_to(slack)


async def test_a_locked_note_that_an_admin_removes_leaves_no_lock(slack: PretendSlack):
    await notes(slack, RUNBOOK, note_lock=["note_lock"])
    await notes(slack, "", name="Edit note")
    assert (await notes(slack, "Anew", user="colleague")).startswith("Team note added: ")


async def test_a_note_locked_while_somebody_writes_is_refused_and_their_text_stays(
    slack: PretendSlack, bot: Bot, entry: str
):
    await notes(slack, "As it was")
    await opens(slack, user="colleague", name="Edit note")
    await notes(slack, "As it was", name="Edit note", note_lock=["note_lock"])
    before = await audit(bot.store, TEAM)
    errors = await slack.submits({"note_text": "Mine"}, user="colleague")
    assert list(errors) == ["note_text"]
    assert "Only admins may change a locked note" in errors["note_text"]
    assert slack.modal("colleague") is not None, "what was typed is not lost"
    assert (await bot.store.notes.latest(TEAM, entry)).text == "As it was"
    assert await audit(bot.store, TEAM) == before


async def test_an_admin_no_more_cannot_lock(
    slack: PretendSlack, bot: Bot, entry: str, monkeypatch: pytest.MonkeyPatch
):
    await opens(slack)
    monkeypatch.setattr(slack.workspace.person("you"), "is_admin", False)
    monkeypatch.setattr(people, "_known", lately.Lately())  # as if a few minutes had passed
    errors = await slack.submits({"note_text": "Mine", "note_lock": ["note_lock"]})
    assert "Only admins may change a locked note, or lock one." in errors["note_text"]
    assert await bot.store.notes.latest(TEAM, entry) == Note(entry)


async def test_whoever_slack_does_not_tell_about_is_no_admin(slack: PretendSlack):
    slack.faults.error("users.info", "user_not_visible", times=9)
    await opens(slack)
    view = slack.modal()
    assert view
    assert "note_lock" not in json.dumps(view.blocks)
    slack.faults.clear()


async def test_slack_is_asked_once_in_a_while_who_somebody_is(slack: PretendSlack):
    for _ in range(3):
        await opens(slack)
    assert len(slack.calls_to("users.info")) == 1
    assert len(slack.calls_to("conversations.info")) == 1


# Two at once


async def test_of_two_people_at_once_the_second_sees_both_and_nothing_is_lost(
    slack: PretendSlack, bot: Bot, entry: str
):
    await notes(slack, "Before both")
    await opens(slack, name="Edit note")
    await opens(slack, user="colleague", name="Edit note")
    await slack.submits({"note_text": "What the colleague wrote"}, user="colleague")
    assert await slack.submits({"note_text": "What you wrote"}) == {}
    form = form_of(slack)
    assert "The note changed while you wrote, so nothing is saved yet." in form
    assert "What the colleague wrote" in form
    assert form.rstrip().endswith("What you wrote")
    assert (await bot.store.notes.latest(TEAM, entry)).text == "What the colleague wrote"
    await slack.submits()
    assert slack.modal() is None
    assert "What you wrote" in await answer_to(slack)
    history = await bot.store.notes.history(TEAM, entry)
    assert [saved.text for saved in history] == [
        "What you wrote",
        "What the colleague wrote",
        "Before both",
    ]


async def test_a_lock_and_a_removal_that_came_too_late_are_still_in_the_form(
    slack: PretendSlack, bot: Bot, entry: str
):
    await notes(slack, "Before both")
    await opens(slack, name="Edit note")
    await opens(slack, user="colleague", name="Edit note")
    await slack.submits({"note_text": "What the colleague wrote"}, user="colleague")
    await slack.submits({"note_text": "", "note_lock": ["note_lock"]})
    assert "You wanted to remove it; Save does so." in form_of(slack)
    view = slack.modal()
    assert view
    assert "initial_options" in json.dumps(view.blocks)
    await slack.submits()
    assert (await bot.store.notes.latest(TEAM, entry)).text == ""


async def test_a_note_removed_meanwhile_is_told_too(slack: PretendSlack):
    await notes(slack, "Before both")
    await opens(slack, name="Edit note")
    await notes(slack, "", user="colleague", name="Edit note")
    await slack.submits({"note_text": "What you wrote"})
    form = form_of(slack)
    assert "It was removed." in form
    assert "What you wrote" in form
    await slack.submits()
    assert "What you wrote" in await answer_to(slack)


async def test_two_first_notes_at_the_same_moment_are_not_both_saved(bot: Bot):
    many = [
        bot.store.notes.save(TEAM, "a/b", f"text {n}", YOU, version=0, is_admin=False)
        for n in range(5)
    ]
    done = await asyncio.gather(*many, return_exceptions=True)
    assert [each for each in done if isinstance(each, str)] == ["added"]
    [saved] = await bot.store.notes.history(TEAM, "a/b")
    assert saved == await bot.store.notes.latest(TEAM, "a/b")
    again = [
        bot.store.notes.save(TEAM, "a/b", f"more {n}", YOU, version=1, is_admin=False)
        for n in range(5)
    ]
    done = await asyncio.gather(*again, return_exceptions=True)
    assert [each for each in done if isinstance(each, str)] == ["changed"]
    assert len(await bot.store.notes.history(TEAM, "a/b")) == 2


# Where it is shown

Surface = Callable[[PretendSlack, str], Awaitable[Message]]


async def by_command(slack: PretendSlack, channel: str) -> Message:
    [answer] = await slack.types(f"/smtp {UNKNOWN}", channel)
    return answer


async def by_details(slack: PretendSlack, channel: str) -> Message:
    await slack.types("/smtp here thread", channel)
    await slack.says(UNKNOWN, channel)
    await slack.clicks("Details")
    return slack.whispers[-1]


async def by_mention(slack: PretendSlack, channel: str) -> Message:
    await slack.says(f"@SMTP bot {UNKNOWN}", channel)
    return slack.replies[-1]


async def by_mention_below(slack: PretendSlack, channel: str) -> Message:
    await slack.types("/smtp here off", channel)
    message = await slack.says(UNKNOWN, channel)
    await slack.says("@SMTP bot", channel, thread_ts=message.ts)
    return slack.replies[-1]


async def by_shortcut(slack: PretendSlack, channel: str) -> Message:
    await slack.types("/smtp here off", channel)
    message = await slack.says(UNKNOWN, channel)
    await slack.people.shortcut(message, "explain_smtp_error")
    await slack.settled()
    return slack.whispers[-1]


async def by_sharing(slack: PretendSlack, channel: str) -> Message:
    await by_command(slack, channel)
    await slack.clicks("Share to channel")
    return slack.replies[-1]


async def by_sharing_in_a_thread(slack: PretendSlack, channel: str) -> Message:
    await by_shortcut(slack, channel)
    await slack.clicks("Share in thread")
    return slack.replies[-1]


async def by_spotting(slack: PretendSlack, channel: str) -> Message:
    await slack.types("/smtp here thread", channel)
    await slack.says(UNKNOWN, channel)
    return slack.replies[-1]


async def by_an_edit(slack: PretendSlack, channel: str) -> Message:
    await slack.types("/smtp here thread", channel)
    message = await slack.says(FULL, channel)
    await slack.people.edit(message, UNKNOWN)
    await slack.settled()
    return slack.replies[-1]


async def by_reaction(slack: PretendSlack, channel: str) -> Message:
    await slack.types("/smtp here quiet", channel)
    message = await slack.says(UNKNOWN, channel)
    await slack.people.react(message, "mag")
    await slack.settled()
    return slack.whispers[-1]


FULL_CARDS = [
    by_command,
    by_details,
    by_mention,
    by_mention_below,
    by_shortcut,
    by_sharing,
    by_sharing_in_a_thread,
]
BRIEF = [by_spotting, by_an_edit, by_reaction]


@pytest.fixture
async def note(bot: Bot, entry: str) -> Note:
    """A note that stands there already."""
    saves = bot.store.notes.save
    await saves(TEAM, entry, RUNBOOK, COLLEAGUE, version=0, is_admin=False)
    return await bot.store.notes.latest(TEAM, entry)


@pytest.mark.usefixtures("note")
@pytest.mark.parametrize("surface", FULL_CARDS)
async def test_every_full_card_shows_the_note_and_its_button(slack: PretendSlack, surface: Surface):
    card = await surface(slack, "#mail-ops")
    assert "Then ask Ops." in seen(card)
    assert "Edit note" in labels(card)
    assert "Edit note" in labels({"text": "", "blocks": card.blocks[-2:]}), "buttons come last"
    assert LINE in card.text, "screen readers and notifications tell of it"


@pytest.mark.usefixtures("note")
@pytest.mark.parametrize("surface", BRIEF)
async def test_every_brief_reply_shows_one_line_of_it(slack: PretendSlack, surface: Surface):
    reply = await surface(slack, "#mail-ops")
    assert LINE in seen(reply).splitlines()
    assert "Then ask Ops." not in seen(reply)
    assert LINE in reply.text


@pytest.mark.usefixtures("note")
@pytest.mark.parametrize("surface", [*FULL_CARDS, *BRIEF])
async def test_channels_shared_with_other_organisations_see_nothing_of_it(
    slack: PretendSlack, surface: Surface
):
    slack.workspace.channel("#mail-ops").is_ext_shared = True
    answer = await surface(slack, "#mail-ops")
    assert "550 5.1.1" in seen(answer)
    assert "note" not in " ".join(labels(answer))
    assert "Team note" not in f"{answer.text} {answer.blocks}"
    assert "wiki.example.com" not in f"{answer.text} {answer.blocks}"


@pytest.mark.usefixtures("note")
async def test_a_direct_message_shows_it_and_one_from_outside_does_not(slack: PretendSlack):
    answer = await by_mention(slack, "@smtpbot")
    assert "Then ask Ops." in seen(answer)
    assert "Then ask Ops." in seen(await by_command(slack, "@smtpbot"))
    slack.workspace.channel("@smtpbot").is_ext_shared = True
    answer = await by_mention(slack, "@smtpbot")
    assert "Then ask Ops." not in seen(answer)


@pytest.mark.usefixtures("note")
async def test_a_channel_shared_later_hides_it_and_its_old_buttons_show_nothing(
    slack: PretendSlack, monkeypatch: pytest.MonkeyPatch
):
    await by_mention(slack, "#mail-ops")
    slack.workspace.channel("#mail-ops").is_ext_shared = True
    monkeypatch.setattr(people, "_known", lately.Lately())  # as if a few minutes had passed
    await slack.clicks("Edit note")
    form = form_of(slack)
    assert "Team notes are not shown in conversations shared with other organisations" in form
    assert "Ops" not in form
    assert "Ops" not in seen(await by_command(slack, "#mail-ops"))


@pytest.mark.usefixtures("note")
async def test_where_slack_does_not_say_whether_it_is_shared_nothing_is_shown(
    slack: PretendSlack, bot: Bot
):
    slack.workspace.add_channel("", [YOU, COLLEAGUE], kind="im")
    between = slack.workspace.direct_message(YOU, COLLEAGUE)
    answer = await by_command(slack, between.id)
    assert "550 5.1.1" in seen(answer)
    assert "Ops" not in seen(answer)
    assert labels(answer) == ["Share to channel", "Helpful", "Not helpful"]
    slack.faults.error("conversations.info", "missing_scope")
    assert "Ops" not in seen(await by_command(slack, "#mail-ops"))
    assert "Ops" in seen(await by_command(slack, "#mail-ops")), "a refusal is not remembered"


@pytest.mark.usefixtures("note")
async def test_a_slack_that_is_slow_to_tell_does_not_keep_the_answer(
    slack: PretendSlack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lately, "PATIENCE", 0.05)
    held = slack.faults.hold("conversations.info")
    answer = await slack.people.slash("/smtp", UNKNOWN)
    held.release()
    await slack.settled()
    assert answer
    assert "550 5.1.1" in seen(answer)
    assert "Ops" not in seen(answer)


@pytest.mark.usefixtures("note")
@pytest.mark.parametrize("surface", [by_mention, by_sharing, by_sharing_in_a_thread])
async def test_what_everybody_reads_names_the_author_without_notifying_them(
    slack: PretendSlack, surface: Surface
):
    message = await surface(slack, "#mail-ops")
    assert COLLEAGUE not in f"{message.text} {message.blocks}"
    assert "colleague" in seen(message).splitlines()


@pytest.mark.usefixtures("note")
async def test_an_author_slack_does_not_tell_about_is_somebody(slack: PretendSlack):
    slack.faults.error("users.info", "user_not_found")
    message = await by_mention(slack, "#mail-ops")
    assert people.SOMEBODY.name in seen(message).splitlines()


async def test_every_cause_of_a_brief_reply_has_its_own_note(slack: PretendSlack, bot: Bot):
    log = "Nov 20 09:12:4{} mx1 postfix/smtp[1]: A: to=<a@example.net>, dsn={}, status=bounced ({})"
    for number, error in enumerate((UNKNOWN, FULL)):
        found = bot.explainer.explain(error).entry
        assert found
        text = f"Note {number}"
        await bot.store.notes.save(TEAM, found.id, text, YOU, version=0, is_admin=False)
    lines = [log.format(1, "5.1.1", f"said: {UNKNOWN}"), log.format(2, "5.2.2", f"said: {FULL}")]
    await slack.says("\n".join(lines))
    [reply] = slack.replies
    assert [line for line in seen(reply).splitlines() if "Team note" in line] == [
        "Team note: Note 0",
        "Team note: Note 1",
    ]


# The list


async def test_notes_lists_them_all(slack: PretendSlack, bot: Bot, note: Note):
    title = bot.explainer.knowledge[note.entry].title
    await bot.store.notes.save(TEAM, "gone/entry", "Older than it", YOU, version=0, is_admin=False)
    [answer] = await slack.types("/smtp notes")
    assert answer.ephemeral_for == YOU
    lines = seen(answer).splitlines()
    assert lines[0] == "2 team notes"
    assert lines.index("gone/entry") < lines.index(title), "the latest first"
    assert ": Our runbook: https://wiki.example.com/mail/unknown (" in lines
    assert "Then ask Ops." not in seen(answer)
    named = [part["user_id"] for part in parts(answer.blocks) if part.get("type") == "user"]
    assert named == [YOU, COLLEAGUE]
    assert len([part for part in parts(answer.blocks) if part.get("type") == "date"]) == 2


async def test_without_notes_the_list_says_how_to_add_one(slack: PretendSlack):
    [answer] = await slack.types("/smtp Notes")
    assert "This team has no notes yet." in seen(answer)


@pytest.mark.usefixtures("note")
async def test_the_list_is_not_shown_in_shared_channels(slack: PretendSlack):
    slack.workspace.channel("#mail-ops").is_ext_shared = True
    [answer] = await slack.types("/smtp notes")
    assert "Team notes are not shown in conversations" in seen(answer)
    assert "runbook" not in seen(answer)


async def test_of_very_many_notes_the_older_ones_are_left_out(slack: PretendSlack, bot: Bot):
    for number in range(45):
        text = f"{number} " + "x" * 900
        await bot.store.notes.save(TEAM, f"a/{number}", text, YOU, version=0, is_admin=False)
    [answer] = await slack.types("/smtp notes")
    assert "5 older ones are left out." in seen(answer)


# One workspace's own


async def test_another_workspaces_notes_are_never_seen(slack: PretendSlack, bot: Bot, entry: str):
    await bot.store.notes.save(OTHER_TEAM, entry, "Theirs", YOU, version=0, is_admin=False)
    assert "Theirs" not in await answer_to(slack)
    assert "Theirs" not in await opens(slack)
    [listed] = await slack.types("/smtp notes")
    assert "This team has no notes yet." in seen(listed)
    await notes(slack, "Ours")
    theirs = await bot.store.notes.all(OTHER_TEAM)
    assert [saved.text for saved in theirs] == ["Theirs"]
    assert [saved.text for saved in await bot.store.notes.all(TEAM)] == ["Ours"]


async def test_a_workspace_that_removes_the_bot_takes_its_notes_along(
    slack: PretendSlack, bot: Bot, entry: str
):
    await notes(slack, "Ours")
    await bot.store.notes.save(OTHER_TEAM, entry, "Theirs", YOU, version=0, is_admin=False)
    await slack.people.uninstall()
    await slack.settled()
    assert await bot.store.notes.all(TEAM) == []
    assert await bot.store.notes.history(TEAM, entry) == []
    assert await bot.store.notes.latest(TEAM, entry) == Note(entry)
    assert len(await bot.store.notes.all(OTHER_TEAM)) == 1


# What people write

HOSTILE = [
    "<!channel> <!here|here> <@U0COLLEAGUE> <#C0123|x> <!subteam^S1>",
    "@channel @here @everyone",
    "<https://evil.example|https://bank.example> &lt;!channel&gt;",
    "<javascript:alert(1)|x> javascript:alert(1) mailto:a@example.com slack://open",
    "https://bank.example@evil.example/ https://bank.example\\@evil.example http://[::1",
    "`code` ```pre``` *bold* _it_ ~s~ :bomb: > quote",
    "\u202eesrever\u202c \u2066isolated\u2069 שלום مرحبا",
    "\x00\x1b[31mred\x07 \x9b",
    "\U0001d54f" * 500,
    "\n\n\n".join("x" for _ in range(100)),
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("surface", [by_command, by_mention, by_sharing, by_spotting])
async def test_nothing_in_a_note_comes_alive(slack: PretendSlack, text: str, surface: Surface):
    await notes(slack, text)
    message = await surface(slack, "#mail-ops")
    assert "Team note" in seen(message)
    ours = {f"<@{YOU}>", json.dumps({"type": "user", "user_id": YOU})}
    links = {each for each in mentions(message) if "http://" not in each}
    assert links <= ours
    told = f"{message.text} {message.blocks}"
    assert not {"\u202e", "\u2066", "\x00", "\x1b", "\x9b"} & set(told)
    for link in alive(message):
        assert "evil.example|" not in link
        assert "@evil.example" not in link
    await slack.types("/smtp notes")
    assert mentions(slack.whispers[-1]) <= ours


async def test_addresses_of_pages_can_be_followed_and_others_not(slack: PretendSlack):
    await notes(
        slack,
        "See https://wiki.example.com/a?b=c, (http://example.org/x_(y)) and ftp://example.net/.\n"
        "Not https://example.com@example.net/ nor HTTPS://",
    )
    [answer] = await slack.types(f"/smtp {UNKNOWN}")
    [quote] = [p for p in parts(answer.blocks) if p.get("type") == "rich_text_quote"]
    links = [part for part in quote["elements"] if part["type"] == "link"]
    assert links == [
        {"type": "link", "url": "https://wiki.example.com/a?b=c"},
        {"type": "link", "url": "http://example.org/x_(y"},
    ]
    shown = "".join(part.get("text") or part["url"] for part in quote["elements"])
    assert shown.startswith("See https://wiki.example.com/a?b=c, (http://example.org/x_(y)) and")
    assert shown.endswith("Not https://example.com@example.net/ nor HTTPS://")


async def test_a_text_of_four_thousand_characters_is_refused_and_stays_in_the_form(
    slack: PretendSlack, bot: Bot, entry: str
):
    await opens(slack)
    errors = await slack.submits({"note_text": "x" * 4000})
    assert errors == {
        "note_text": "Please keep it to 1,000 characters; a longer text can be linked to."
    }
    assert slack.modal() is not None
    assert await bot.store.notes.latest(TEAM, entry) == Note(entry)
    await slack.submits({"note_text": "x" * LONGEST})
    assert "x" * LONGEST in await answer_to(slack)


async def test_a_form_full_of_the_longest_history_is_one_slack_takes(slack: PretendSlack):
    await notes(slack, "<" * LONGEST)
    for letter in "abcdef":
        await notes(slack, letter * LONGEST, name="Edit note", note_lock=["note_lock"])
    form = await opens(slack, name="Edit note")
    assert "f" * LONGEST in form
    assert "b" * LONGEST in form


# On what could not be explained

STRANGE = "450 4.5.0 <bob@example.net>: session of mx1.example.com is held"


async def by_slash(slack: PretendSlack) -> Message:
    [answer] = await slack.types(f"/smtp {STRANGE}")
    return answer


async def by_shortcut_menu(slack: PretendSlack) -> Message:
    message = await slack.says(STRANGE, "#random")
    await slack.people.shortcut(message, "explain_smtp_error")
    await slack.settled()
    return slack.whispers[-1]


async def in_words_to_the_bot(slack: PretendSlack) -> Message:
    await slack.says(STRANGE, "@SMTP bot")
    return slack.replies[-1]


async def test_what_is_not_surely_explained_is_answered_with_a_note(slack: PretendSlack, bot: Bot):
    await by_slash(slack)
    await slack.clicks("Add note")
    await slack.submits({"note_text": "Our own relay says so: restart it."})
    [note] = await bot.store.notes.all(TEAM)
    assert note.entry == "450 4.5.0 <address> session of <domain> is held", "nobody's data"
    for ask in (by_slash, by_shortcut_menu, in_words_to_the_bot):
        answer = await ask(slack)
        assert "Our own relay says so: restart it." in seen(answer)
        assert "Edit note" in labels(answer)
    [listed] = await slack.types("/smtp notes")
    assert "Not explained: 450 4.5.0 <address> session of <domain> is held" in seen(listed)


async def test_such_a_note_is_not_shown_on_what_is_surely_explained(slack: PretendSlack):
    await by_slash(slack)
    await slack.clicks("Add note")
    await slack.submits({"note_text": "Our own relay says so."})
    [answer] = await slack.types("/smtp 4.5.0")
    assert "Our own relay" not in seen(answer)
