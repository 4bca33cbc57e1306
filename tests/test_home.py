"""The Home tab: what people see there, search for, and change."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from pasted import UNKNOWN
from running import Bot, audit, every_row, mentions, texts
from slack_sdk.web.async_client import AsyncWebClient
from test_home_view import check_view

from bot.playground import PretendSlack, View
from bot.playground.records import Person
from bot.slack.lately import Lately
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge

TEAM = "T0PRETEND01"
YOU, COLLEAGUE = "U0YOU000001", "U0COLLEAGUE"
STRANGER = Person("U0STRANGER1", "stranger", "Stranger", is_admin=True, team="T0ELSEWHERE")


async def opens(slack: PretendSlack, user: str = YOU) -> View:
    """Somebody opens the tab, and what they see then."""
    await slack.people.open_home(user=user)
    await slack.settled()
    return home_of(slack, user)


def home_of(slack: PretendSlack, user: str = YOU) -> View:
    view = slack.home(user)
    assert view is not None
    return view


async def looks(slack: PretendSlack, user: str = YOU) -> str:
    """What somebody reads who opens Home."""
    return read(await opens(slack, user))


def read(view: View) -> str:
    check_view({key: view.content[key] for key in ("type", "blocks", "private_metadata")})
    return "\n".join(texts([*_labels(view.blocks), *view.blocks]))


def _labels(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block[key] for block in blocks for key in ("label", "hint") if key in block]


def shown(view: View) -> dict[str, str | None]:
    """The channels of a Home with the modes their menus show."""
    menus = [block["accessory"] for block in view.blocks if "accessory" in block]
    return {
        menu["action_id"].removeprefix("home_mode_"): menu.get("initial_option", {}).get("value")
        for menu in menus
    }


def channel(slack: PretendSlack, name: str) -> str:
    return slack.workspace.channel(name).id


async def searches(slack: PretendSlack, text: str, user: str = YOU) -> View:
    """Somebody types into the search and presses Enter."""
    await opens(slack, user)
    await slack.clicks("home_search", text, on=home_of(slack, user), user=user)
    return home_of(slack, user)


# What it does


async def test_home_says_what_the_bot_does_and_how_to_ask(slack: PretendSlack):
    page = await looks(slack)
    said = page.splitlines()
    assert any(line.startswith("I say what a mail error means") for line in said)
    assert "Ask with `/smtp` and a code, a pasted error or a topic" in page
    assert "Look up a mail error" in page
    assert "the text is not kept" in page


async def test_the_messages_tab_publishes_nothing(slack: PretendSlack):
    await slack.people.open_home(tab="messages")
    await slack.settled()
    assert slack.home() is None
    assert slack.calls_to("views.publish") == []


async def test_opening_asks_slack_little_and_opening_again_nothing(slack: PretendSlack):
    await opens(slack)
    asked = [call.arguments.get("user") for call in slack.calls_to("users.conversations")]
    assert sorted(map(str, asked)) == ["None", YOU], "one for the person, one for the bot itself"
    await opens(slack)
    assert len(slack.calls_to("users.conversations")) == 2
    assert len(slack.calls_to("users.info")) == 1
    assert len(slack.calls_to("views.publish")) == 2
    await opens(slack, COLLEAGUE)
    assert len(slack.calls_to("users.conversations")) == 3, "the bot's own are known already"


async def test_opened_twice_at_once_it_is_published_once(slack: PretendSlack):
    await opens(slack)
    slack.delivery.copies = 2
    await opens(slack)
    published = [call.answer for call in slack.calls_to("views.publish")[1:]]
    assert sorted(bool(answer and answer["ok"]) for answer in published) == [False, True]
    assert {answer["error"] for answer in published if answer and not answer["ok"]} == {
        "hash_conflict"
    }


# Where it is


async def test_home_lists_the_channels_where_both_are_with_their_modes(slack: PretendSlack):
    await slack.types("/smtp here quiet", "#support")
    view = await opens(slack)
    assert shown(view) == {
        channel(slack, "#mail-ops"): "thread",
        channel(slack, "#support"): "quiet",
    }
    assert f"<#{channel(slack, '#support')}>" in read(view)
    assert "explain those that other bots post" in json.dumps(view.blocks)


async def test_channels_of_others_and_direct_messages_are_left_out(slack: PretendSlack):
    slack.workspace.add_channel("secret", [COLLEAGUE, slack.bot_user_id], kind="group")
    slack.workspace.add_channel("both", [YOU, COLLEAGUE, slack.bot_user_id], kind="group")
    slack.workspace.add_channel("", [YOU, COLLEAGUE, slack.bot_user_id], kind="mpim")
    mine, theirs = shown(await opens(slack)), shown(await opens(slack, COLLEAGUE))
    assert mine == dict.fromkeys((channel(slack, name) for name in BOTH), "thread")
    assert set(theirs) == {*mine, channel(slack, "secret")}


BOTH = ("both", "mail-ops", "support")


async def test_who_shares_no_channel_with_it_reads_how_to_invite_it(slack: PretendSlack):
    slack.workspace.people["U0NEW"] = Person("U0NEW", "new", "New")
    page = await looks(slack, "U0NEW")
    assert "I am in none of your channels. `/invite @SMTP bot` brings me to one" in page


async def test_a_mode_chosen_in_home_is_obeyed_at_once_and_on_record(slack: PretendSlack, bot: Bot):
    await opens(slack, COLLEAGUE)
    here = channel(slack, "#mail-ops")
    await slack.clicks(f"home_mode_{here}", "off", on=home_of(slack, COLLEAGUE), user=COLLEAGUE)
    message = await slack.says(UNKNOWN)
    assert slack.replies == []
    assert message.reactions == {}
    [change] = await audit(bot.store, TEAM)
    assert (change.channel, change.who, change.what) == (here, COLLEAGUE, "Home: off")
    assert shown(home_of(slack, COLLEAGUE))[here] == "off"
    assert shown(await opens(slack))[here] == "off"
    await slack.clicks(f"home_mode_{here}", "thread", on=home_of(slack))
    await slack.says(UNKNOWN)
    assert len(slack.replies) == 1


async def test_who_left_the_channel_meanwhile_changes_nothing(slack: PretendSlack, bot: Bot):
    await opens(slack)
    here = channel(slack, "#mail-ops")
    await slack.people.remove("#mail-ops", who="you")
    await slack.clicks(f"home_mode_{here}", "off", on=home_of(slack))
    assert "Nothing has changed: what I do in a channel is set by its members" in read(
        home_of(slack)
    )
    assert here not in shown(home_of(slack))
    assert await audit(bot.store, TEAM) == []
    assert await bot.store.channels.mode(TEAM, here) is None


async def test_where_the_bot_was_removed_nothing_is_set_either(slack: PretendSlack, bot: Bot):
    await opens(slack)
    here = channel(slack, "#mail-ops")
    await slack.people.remove("#mail-ops")
    await slack.clicks(f"home_mode_{here}", "off", on=home_of(slack))
    assert await audit(bot.store, TEAM) == []
    assert here not in shown(home_of(slack))


async def test_a_menu_shows_what_is_stored_when_nothing_could_change(slack: PretendSlack, bot: Bot):
    await opens(slack)
    here = channel(slack, "#mail-ops")
    before = block_of(home_of(slack), here)
    slack.faults.rate_limit("users.conversations", times=2)
    await slack.clicks(f"home_mode_{here}", "off", on=home_of(slack))
    assert "Slack does not tell me just now whether you are in that channel" in read(home_of(slack))
    after = block_of(home_of(slack), here)
    assert after["accessory"] == before["accessory"]
    assert after["block_id"] != before["block_id"], "Slack keeps what was chosen under one name"
    assert await audit(bot.store, TEAM) == []
    [line] = bot.log
    assert line.startswith("bot.slack.joined: channels not looked up ")
    assert f"user={YOU} error=ratelimited" in line
    bot.log.clear()


def block_of(view: View, channel: str) -> dict[str, Any]:
    [block] = [one for one in view.blocks if one["block_id"].startswith(channel)]
    return block


async def test_shared_channels_are_marked_and_silent_until_set(slack: PretendSlack):
    slack.workspace.channel("#support").is_ext_shared = True
    there = channel(slack, "#support")
    view = await opens(slack)
    assert f"<#{there}>\nShared with other organisations: silent until set" in read(view)
    assert shown(view)[there] is None
    await slack.clicks(f"home_mode_{there}", "alerts", on=view)
    assert "silent until set" not in read(home_of(slack))
    assert f"<#{there}>\nShared with other organisations" in read(home_of(slack))
    assert shown(home_of(slack))[there] == "alerts"


@pytest.mark.parametrize("count", [300, 1500])
async def test_many_channels_are_paged_and_none_is_missing(slack: PretendSlack, count: int):
    for number in range(count):
        slack.workspace.add_channel(f"queue-{number:04}", [YOU, slack.bot_user_id])
    found: list[str] = []
    view = await opens(slack)
    assert f"1 to 20 of {count + 2} channels." in read(view)
    assert not slack.people.has(view, "Earlier channels")
    while True:
        found += shown(home_of(slack))
        assert len(home_of(slack).blocks) <= 100
        if len(found) > 100 or not slack.people.has(home_of(slack), "More channels"):
            break
        await slack.clicks("More channels", on=home_of(slack))
    names = [slack.workspace.channel(one).name for one in found]
    assert names == ["mail-ops", *(f"queue-{number:04}" for number in range(len(found) - 1))]
    await slack.clicks("Earlier channels", on=home_of(slack))
    assert shown(home_of(slack)) == dict.fromkeys(found[-40:-20], "thread")


async def test_a_mode_is_changed_on_a_later_page_and_the_page_stays(slack: PretendSlack):
    for number in range(30):
        slack.workspace.add_channel(f"queue-{number:02}", [YOU, slack.bot_user_id])
    await opens(slack)
    await slack.clicks("More channels", on=home_of(slack))
    page = shown(home_of(slack))
    assert len(page) == 12
    last = channel(slack, "queue-29")
    await slack.clicks(f"home_mode_{last}", "quiet", on=home_of(slack))
    assert shown(home_of(slack)) == page | {last: "quiet"}
    assert "21 to 32 of 32 channels." in read(home_of(slack))
    for number in range(20):
        await slack.people.remove(f"queue-{number:02}", who="you")
    await slack.clicks(f"home_mode_{last}", "off", on=home_of(slack))
    assert len(shown(home_of(slack))) == 12, "there is one page only any more"
    assert "of 32 channels" not in read(home_of(slack))


async def test_two_changes_at_once_are_both_kept_and_shown(slack: PretendSlack):
    view = await opens(slack)
    ops, support = channel(slack, "#mail-ops"), channel(slack, "#support")
    held = slack.faults.hold("views.publish", times=2)
    await slack.people.click(view, f"home_mode_{ops}", "off")
    await slack.people.click(view, f"home_mode_{support}", "quiet")
    await slack.wait_for(lambda: len(slack.calls_to("views.publish")) == 3)
    held.release()
    await slack.settled()
    assert shown(home_of(slack)) == {ops: "off", support: "quiet"}


# The search


async def test_a_pasted_error_is_looked_up(slack: PretendSlack):
    view = await searches(slack, UNKNOWN)
    page = read(view)
    assert "550 5.1.1" in page
    assert "Permanent: sending it again unchanged will not help." in page
    assert "First: " in page
    assert "bob" not in json.dumps(view.content), "what was typed is not repeated"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("421", "Transient: sending it again later makes sense."),
        ("5.7.26", "Who can act: the sender's admin."),
        ("mailbox full", "Who can act: the recipient."),
    ],
)
async def test_codes_and_words_are_looked_up(slack: PretendSlack, asked: str, told: str):
    assert told in read(await searches(slack, asked))


async def test_details_open_the_full_card(slack: PretendSlack, explainer: Explainer):
    view = await searches(slack, UNKNOWN, COLLEAGUE)
    await slack.clicks("Details", on=view, user=COLLEAGUE)
    modal = slack.modal(COLLEAGUE)
    assert modal is not None
    assert slack.modal() is None
    assert modal.content["title"]["text"] == "What the error means"
    card = "\n".join(texts(modal.blocks))
    answer = explainer.explain(UNKNOWN)
    assert answer.entry is not None
    assert card.startswith(f"550 5.1.1: {answer.entry.title}")
    assert all(step.split("`")[0] in card for step in answer.entry.steps)
    assert "Source: " in card


async def test_details_of_what_is_known_no_more_say_so(slack: PretendSlack, bot: Bot):
    view = await searches(slack, UNKNOWN)
    answer = bot.explainer.explain(UNKNOWN)
    assert answer.entry is not None
    known = bot.explainer.knowledge
    fewer = {key: value for key, value in known.entries.items() if key != answer.entry.id}
    bot.explainer = Explainer(Knowledge(fewer, known.publishers))
    await bot.restart()
    await slack.clicks("Details", on=view)
    modal = slack.modal()
    assert modal is not None
    assert "an older version of the bot" in "\n".join(texts(modal.blocks))


async def test_a_pattern_gets_a_short_list(slack: PretendSlack):
    page = read(await searches(slack, "5.7.x"))
    assert "Codes 5.7.x" in page
    assert len(re.findall(r"^`", page, re.MULTILINE)) == 10
    assert re.search(r"And \d+ more\.", page)


async def test_a_provider_gets_a_short_list(slack: PretendSlack):
    page = read(await searches(slack, "gmail"))
    assert "Gmail" in page
    assert re.search(r"And \d+ more\.", page)


async def test_nothing_found_is_said(slack: PretendSlack):
    assert "I do not know this error." in read(await searches(slack, "xyzzy plugh"))


async def test_an_empty_search_shows_no_answer(slack: PretendSlack):
    before = await looks(slack)
    await searches(slack, UNKNOWN)
    await slack.clicks("home_search", "  ", on=home_of(slack))
    assert read(home_of(slack)) == before


async def test_a_long_text_is_looked_up(slack: PretendSlack):
    text = ("Lorem ipsum dolor sit amet. " * 150)[:3900] + f" {UNKNOWN}"
    assert len(text) > 3900
    assert "550 5.1.1" in read(await searches(slack, text))


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <@U0COLLEAGUE> <https://evil.example|x> 550 5.1.1 user unknown",
        "<!here> *bold* `code` xyzzy :bomb: \u202e",
        "]]></script><script>alert(1)</script>",
    ],
)
async def test_hostile_text_does_nothing(slack: PretendSlack, text: str):
    view = await searches(slack, text)
    links = {"text": "", "blocks": view.blocks}
    ours = {f"<#{channel(slack, name)}>" for name in ("mail-ops", "support")}
    assert mentions(links) <= ours
    assert "evil" not in json.dumps(view.content)


async def test_the_answer_stays_while_other_things_are_done(slack: PretendSlack, bot: Bot):
    view = await searches(slack, UNKNOWN)
    here = channel(slack, "#mail-ops")
    typed = {"home_search": UNKNOWN}
    await slack.clicks(f"home_mode_{here}", "quiet", on=view, given=typed)
    assert "First: " in read(home_of(slack))
    assert home_of(slack).blocks[1]["block_id"] == view.blocks[1]["block_id"]
    stored = await every_row(bot)
    assert "Home: quiet" in stored
    assert "bob" not in stored


async def test_home_opened_anew_begins_anew(slack: PretendSlack):
    view = await searches(slack, UNKNOWN)
    search = view.blocks[1]["block_id"]
    await opens(slack)
    assert "First: " not in read(home_of(slack))
    assert home_of(slack).blocks[1]["block_id"] != search


# For admins


async def test_admins_read_who_changed_what_latest_first(slack: PretendSlack, bot: Bot):
    here = channel(slack, "#mail-ops")
    await slack.types("/smtp here quiet", user="colleague")
    await slack.types("/smtp here alerts")
    page = await looks(slack)
    first, second = re.findall(r"^<!date\^\d+\^\{date_short_pretty\} at \{time\}\|.*$", page, re.M)
    assert first.endswith(f": <@{YOU}> in <#{here}>: /smtp here alerts")
    assert second.endswith(f": <@{COLLEAGUE}> in <#{here}>: /smtp here quiet")
    [_, change] = await audit(bot.store, TEAM)
    assert first.startswith(f"<!date^{int(change.at.timestamp())}^")
    assert f"|{change.at:%Y-%m-%d %H:%M} UTC>" in first


async def test_a_change_made_in_home_is_in_the_trail_at_once(slack: PretendSlack):
    assert "Nobody has changed anything yet." in await looks(slack)
    await slack.clicks(f"home_mode_{channel(slack, '#support')}", "off", on=home_of(slack))
    assert f"<@{YOU}> in <#{channel(slack, '#support')}>: Home: off" in read(home_of(slack))


async def test_who_is_no_admin_sees_no_trail(slack: PretendSlack):
    await slack.types("/smtp here quiet")
    page = await looks(slack, COLLEAGUE)
    assert "Who changed what" not in page
    assert "/smtp here quiet" not in page
    assert len(shown(home_of(slack, COLLEAGUE))) == 2


async def test_the_trail_is_paged(slack: PretendSlack, bot: Bot):
    here = channel(slack, "#mail-ops")
    for number in range(45):
        await bot.store.channels.note(TEAM, here, COLLEAGUE, f"change {number:02}")
    assert changes(await opens(slack)) == [f"change {n:02}" for n in range(44, 24, -1)]
    await slack.clicks("Older changes", on=home_of(slack))
    assert changes(home_of(slack)) == [f"change {n:02}" for n in range(24, 4, -1)]
    await slack.clicks("Older changes", on=home_of(slack))
    assert changes(home_of(slack)) == [f"change {n:02}" for n in range(4, -1, -1)]
    assert not slack.people.has(home_of(slack), "Older changes")
    await slack.clicks("Newer changes", on=home_of(slack))
    assert changes(home_of(slack)) == [f"change {n:02}" for n in range(24, 4, -1)]


def changes(view: View) -> list[str]:
    return re.findall(r"change \d\d", read(view))


async def test_of_another_team_the_trail_tells_nothing(slack: PretendSlack, bot: Bot):
    await bot.store.channels.note("T0ELSEWHERE", "C0ELSEWHERE", COLLEAGUE, "change 99")
    assert changes(await opens(slack)) == []


# People of another workspace, and a Slack that refuses


async def test_a_person_of_another_workspace_sees_no_settings_and_no_trail(
    slack: PretendSlack, bot: Bot
):
    slack.workspace.people[STRANGER.id] = STRANGER
    slack.workspace.channel("#support").members.append(STRANGER.id)
    await slack.types("/smtp here quiet", "#support")
    page = await looks(slack, STRANGER.id)
    assert "I say what a mail error means" in page
    assert "<#" not in page
    assert "Who changed what" not in page
    assert shown(home_of(slack, STRANGER.id)) == {}
    await slack.clicks("home_search", "421", on=home_of(slack, STRANGER.id), user=STRANGER.id)
    assert "Transient" in read(home_of(slack, STRANGER.id)), "what it knows is no secret"


async def test_a_person_of_another_workspace_changes_nothing(slack: PretendSlack, bot: Bot):
    slack.workspace.people[STRANGER.id] = STRANGER
    slack.workspace.channel("#support").members.append(STRANGER.id)
    mine = await opens(slack)
    await opens(slack, STRANGER.id)
    there = channel(slack, "#support")
    await slack.clicks(f"home_mode_{there}", "off", on=mine, user=STRANGER.id)
    assert await audit(bot.store, TEAM) == []


@pytest.mark.parametrize("method", ["users.conversations", "users.info"])
@pytest.mark.parametrize("error", ["ratelimited", "missing_scope"])
async def test_what_slack_does_not_tell_is_said_calmly(
    slack: PretendSlack, bot: Bot, method: str, error: str
):
    slack.faults.error(method, error, times=2)
    page = await looks(slack)
    assert "Slack does not tell me just now which channels we are in." in page
    assert "I say what a mail error means" in page
    assert shown(home_of(slack)) == {}
    assert ("Who changed what" in page) == (method == "users.conversations")
    slack.faults.clear()
    assert bool(bot.log) == (method == "users.conversations")
    assert all(f"not looked up user={YOU} error={error}" in line for line in bot.log)
    bot.log.clear()
    assert len(shown(await opens(slack))) == 2, "it is not remembered"


async def test_a_firewalls_page_in_place_of_an_answer_is_said_calmly_too(
    slack: PretendSlack, bot: Bot
):
    slack.faults.server_error("users.conversations", status=403, times=2)
    assert "Slack does not tell me just now which channels we are in." in await looks(slack)
    assert all(f"not looked up user={YOU} error=403" in line for line in bot.log)
    bot.log.clear()


@pytest.mark.parametrize("method", ["users.conversations", "users.info"])
async def test_a_broken_connection_is_said_calmly_too(slack: PretendSlack, bot: Bot, method: str):
    slack.faults.reset(method, times=99)
    assert "Slack does not tell me just now which channels we are in." in await looks(slack)
    bot.log.clear()


async def test_a_firewalls_page_on_publishing_is_logged_by_ids(slack: PretendSlack, bot: Bot):
    slack.faults.server_error("views.publish", status=403)
    await slack.people.open_home()
    await slack.settled()
    [line] = bot.log
    assert line.startswith(f"bot.slack.home: Home not published user={YOU} error=403 ")
    bot.log.clear()


@pytest.mark.parametrize("error", ["not_enabled", "fatal_error"])
async def test_a_home_that_slack_does_not_take_is_logged_by_ids(
    slack: PretendSlack, bot: Bot, error: str
):
    slack.faults.error("views.publish", error, times=9)
    await slack.people.open_home()
    await slack.settled()
    assert slack.home() is None
    [line] = bot.log
    assert line.startswith(f"bot.slack.home: Home not published user={YOU} error={error} ")
    assert f"team={TEAM}" in line
    bot.log.clear()


async def test_a_rate_limit_on_publishing_is_waited_out(slack: PretendSlack):
    slack.faults.rate_limit("views.publish", retry_after=0)
    await opens(slack)
    assert [call.status for call in slack.calls_to("views.publish")] == [429, 200]


async def test_a_workspace_that_removes_the_bot_leaves_no_settings(slack: PretendSlack, bot: Bot):
    await opens(slack)
    here = channel(slack, "#mail-ops")
    await slack.clicks(f"home_mode_{here}", "off", on=home_of(slack))
    await slack.people.uninstall()
    await slack.settled()
    assert await bot.store.channels.modes(TEAM, [here]) == {}
    assert await bot.store.channels.latest(TEAM, 10) == []


# What Slack told lately


def test_what_slack_told_counts_for_a_while_and_for_one_workspace(
    monkeypatch: pytest.MonkeyPatch,
):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    ours, theirs = AsyncWebClient("xoxb-1"), AsyncWebClient("xoxb-2")
    told: Lately[str] = Lately(60, most=2)
    told.learn(ours, "U1", "an admin")
    assert (told.get(ours, "U1"), told.get(theirs, "U1"), told.get(ours, "U2")) == (
        "an admin",
        None,
        None,
    )
    now[0] += 59
    assert told.get(ours, "U1") == "an admin"
    now[0] += 1
    assert told.get(ours, "U1") is None
    told.learn(ours, "U2", "no admin")
    told.learn(ours, "U3", "no admin")
    assert told.get(ours, "U2") is None, "memory has an end"


# What the team wrote, asked and met


async def test_home_shows_what_the_team_wrote_asked_and_met(slack: PretendSlack, bot: Bot):
    await slack.says(UNKNOWN)
    await slack.says(UNKNOWN)
    entry = "postfix/user-unknown"
    await bot.store.notes.save(
        TEAM, entry, "Ask Ops first.\nThen wait.", COLLEAGUE, version=0, is_admin=False
    )
    await slack.clicks("Not helpful")
    await slack.types("/smtp 450 4.5.0 session frobnicated, is held")
    told = await looks(slack)
    title = bot.explainer.knowledge[entry].title
    assert f"*{title}*: Ask Ops first." in told
    assert f"Met in the last seven days\n• {title} (2 times)" in told
    assert f"Found not helpful\n• {title} (once, last" in told
    assert "450 4.5.0 session" in told
    assert "frobnicated" not in told


async def test_a_stranger_sees_nothing_of_that(slack: PretendSlack):
    await slack.says(UNKNOWN)
    slack.workspace.people[STRANGER.id] = STRANGER
    assert "Met in the last" not in await looks(slack, STRANGER.id)
