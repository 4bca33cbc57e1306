"""Several workspaces on one bot: neither sees, changes or counts what is the other's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from installing import beside, install, rows_of, takes_installations
from pasted import FULL, UNKNOWN
from running import Bot, seen, texts

from bot.playground import PretendSlack
from bot.playground.tenancy import Tenant
from bot.slack.workflow import EXPLAIN

FIRST, SECOND, ORGANISATION = "T0PRETEND01", "T0SECOND001", "E0PRETEND01"
AGENT = "@SMTP bot"

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack-sdk still uses it


@pytest.fixture
def way() -> str:
    return "http"


@pytest.fixture
async def bot(bot: Bot) -> Bot:
    """The bot in one workspace, which installed it."""
    await takes_installations(bot)
    assert (await install(bot))[0] == 200
    return bot


@pytest.fixture
async def other(bot: Bot) -> AsyncIterator[PretendSlack]:
    """Another workspace, whose channels, people and messages have the very same ids."""
    async with beside(bot, Tenant(SECOND)) as other:
        assert (await install(bot, other))[0] == 200
        yield other


# What somebody does on one surface, and all they see of it. A new surface is one more line here.


async def asks_by_command(slack: PretendSlack) -> list[str]:
    return [seen(each) for each in await slack.types("/smtp 421")]


async def asks_about_privacy(slack: PretendSlack) -> list[str]:
    return [seen(each) for each in await slack.types("/smtp privacy")]


async def sets_a_mode(slack: PretendSlack) -> list[str]:
    lines = ("/smtp here", "/smtp here quiet", "/smtp here")
    return [seen(each) for line in lines for each in await slack.types(line)]


async def shows_errors(slack: PretendSlack) -> list[str]:
    for text in (UNKNOWN, UNKNOWN, FULL, f"{UNKNOWN} again"):
        await slack.says(text)
    return everything(slack)


async def edits_and_deletes(slack: PretendSlack) -> list[str]:
    one, other = await slack.says(UNKNOWN), await slack.says(FULL)
    await slack.people.edit(one, "421 4.7.0 mx1.example.net Try again later, closing connection")
    await slack.people.delete(other)
    await slack.settled()
    return everything(slack)


async def clicks_details_and_mute(slack: PretendSlack) -> list[str]:
    await slack.says(UNKNOWN)
    await slack.clicks("Details")
    await slack.clicks("Mute here")
    await slack.says(FULL)
    return everything(slack)


async def asks_by_magnifier(slack: PretendSlack) -> list[str]:
    await slack.says(UNKNOWN)
    marked = await slack.says(UNKNOWN)
    await slack.people.react(marked, "mag")
    await slack.settled()
    return everything(slack)


async def removes_an_answer(slack: PretendSlack) -> list[str]:
    await slack.says(UNKNOWN)
    [answer] = slack.replies
    await slack.people.react(answer, "mute")
    await slack.settled()
    return everything(slack)


async def mentions_the_bot(slack: PretendSlack) -> list[str]:
    await slack.says("@SMTP bot 421")
    return everything(slack)


async def writes_to_the_bot(slack: PretendSlack) -> list[str]:
    await slack.people.open_home(tab="messages")
    await slack.says("what does 421 mean?", AGENT)
    sessions = slack.workspace.channel(AGENT).sessions
    return everything(slack) + [session["title"] for session in sessions.values()]


async def chooses_the_shortcut(slack: PretendSlack) -> list[str]:
    message = await slack.says(UNKNOWN, "#random")
    await slack.people.shortcut(message, "explain_smtp_error")
    await slack.settled()
    await slack.clicks("Share in thread")
    return everything(slack)


async def invites_the_bot(slack: PretendSlack) -> list[str]:
    await slack.people.invite("#random")
    await slack.settled()
    return everything(slack)


async def runs_a_workflow(slack: PretendSlack) -> list[str]:
    run = await slack.runs_step(EXPLAIN, text=UNKNOWN)
    return [run.status, str(run.outputs)]


async def looks_at_home(slack: PretendSlack) -> list[str]:
    """The tab before and after a change: modes, and who changed what, which admins see."""
    found = []
    for line in ("/smtp here", "/smtp here alerts"):
        await slack.types(line)
        await slack.people.open_home()
        await slack.settled()
        view = slack.home()
        assert view is not None
        menus = [block["accessory"] for block in view.blocks if "accessory" in block]
        modes = [menu.get("initial_option", {}).get("value", "") for menu in menus]
        found += [*modes, *(without_times(text) for text in texts(view.blocks))]
    return found


async def searches_in_home(slack: PretendSlack) -> list[str]:
    await slack.people.open_home()
    await slack.settled()
    await slack.clicks("home_search", "421")
    view = slack.home()
    assert view is not None
    return [without_times(text) for text in texts(view.blocks)]


async def writes_a_note(slack: PretendSlack) -> list[str]:
    await slack.types(f"/smtp {UNKNOWN}")
    await slack.clicks("Add note")
    await slack.submits({"note_text": "Ask Ops first."})
    await slack.types("/smtp notes")
    return [without_times(text) for text in everything(slack)]


async def gives_feedback(slack: PretendSlack) -> list[str]:
    await slack.says(UNKNOWN)
    await slack.clicks("Helpful")
    return everything(slack)


async def shows_a_log(slack: PretendSlack) -> list[str]:
    await slack.says("@SMTP bot?", files=[("mail.log", f"{UNKNOWN}\n{FULL}\n" * 20)])
    return everything(slack)


async def asks_what_nobody_knows(slack: PretendSlack) -> list[str]:
    await slack.types("/smtp 599 9.9.9 mailbox flux capacitor rejected by policy of recipient")
    return everything(slack)


SURFACES: list[Callable[[PretendSlack], Awaitable[list[str]]]] = [
    asks_by_command,
    asks_about_privacy,
    sets_a_mode,
    shows_errors,
    edits_and_deletes,
    clicks_details_and_mute,
    asks_by_magnifier,
    removes_an_answer,
    mentions_the_bot,
    writes_to_the_bot,
    chooses_the_shortcut,
    invites_the_bot,
    runs_a_workflow,
    looks_at_home,
    searches_in_home,
    writes_a_note,
    gives_feedback,
    shows_a_log,
    asks_what_nobody_knows,
]


def everything(slack: PretendSlack) -> list[str]:
    """All that the bot shows in a workspace: messages, and marks on those of others."""
    marks = [
        f"{name} on message {number}"
        for channel in slack.workspace.channels.values()
        for number, message in enumerate(channel.messages.values())
        for name in message.reactions
    ]
    return [seen(message) for message in (*slack.replies, *slack.whispers)] + marks


def without_times(text: str) -> str:
    return text.partition("<!date")[0]


async def downloads_a_file(slack: PretendSlack) -> bytes:
    """What the token of a workspace gets under the address of a file there."""
    message = await slack.people.say(files=[("note.txt", f"of {slack.core.tenant.team_id}")])
    address = message.files[0].as_slack()["url_private_download"]
    token = next(iter(slack.core.tokens))
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as web,
        web.get(address) as response,
    ):
        return await response.read()


async def test_files_of_the_same_id_are_those_of_the_token(
    slack: PretendSlack, other: PretendSlack
):
    assert await downloads_a_file(slack) == b"of T0PRETEND01"
    assert await downloads_a_file(other) == b"of T0SECOND001"


def tables_of(rows: list[str]) -> list[str]:
    return sorted(row.partition(" ")[0] for row in rows)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.__name__)
async def test_each_workspace_is_served_as_if_it_were_alone(
    slack: PretendSlack,
    other: PretendSlack,
    bot: Bot,
    surface: Callable[[PretendSlack], Awaitable[list[str]]],
):
    shown, rows = await surface(slack), await rows_of(bot, FIRST)
    assert shown
    assert await rows_of(bot, SECOND) == []
    assert everything(other) == []
    calls, quiet = len(slack.calls), len(other.calls)
    assert quiet == len(other.calls_to("oauth.v2.access")) + len(other.calls_to("auth.test"))
    assert await surface(other) == shown, "what the other one sees"
    assert len(slack.calls) == calls
    assert await rows_of(bot, FIRST) == rows, "nothing of the first one is changed or counted"
    assert tables_of(await rows_of(bot, SECOND)) == tables_of(rows)


async def test_who_is_of_another_workspace_sees_nothing_in_home(
    slack: PretendSlack, other: PretendSlack, bot: Bot
):
    await slack.types("/smtp here quiet")
    stranger = slack.workspace.people["U0COLLEAGUE"]
    stranger.team, stranger.is_admin = SECOND, True
    await slack.people.open_home(user="colleague")
    await slack.settled()
    view = slack.home("colleague")
    assert view is not None
    assert "accessory" not in str(view.blocks)
    assert "/smtp here quiet" not in str(view.blocks)


async def test_removing_the_bot_from_one_leaves_the_other_as_it_is(
    slack: PretendSlack, other: PretendSlack, bot: Bot
):
    for each in (slack, other):
        await shows_errors(each)
        await sets_a_mode(each)
        await each.types("/smtp here thread")
    rows, shown = await rows_of(bot, SECOND), everything(other)
    await slack.people.uninstall()
    await slack.settled()
    assert await rows_of(bot, FIRST) == []
    assert await rows_of(bot, SECOND) == rows
    assert everything(other) == shown
    await other.says("421 4.7.0 mx1.example.net Try again later, closing connection")
    assert len(everything(other)) == len(shown) + 1
    before = len(slack.calls)
    await slack.says(UNKNOWN)
    assert len(slack.calls) == before
    assert await rows_of(bot, FIRST) == [], "an event that comes late brings nothing back"


# Enterprise Grid


@pytest.fixture
async def parts(bot: Bot) -> AsyncIterator[tuple[PretendSlack, PretendSlack]]:
    """Two workspaces of one organisation that installed the bot each for itself."""
    async with (
        beside(bot, Tenant("T0PART00001", ORGANISATION)) as one,
        beside(bot, Tenant("T0PART00002", ORGANISATION)) as another,
    ):
        for each in (one, another):
            assert (await install(bot, each))[0] == 200
        yield one, another


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.__name__)
async def test_workspaces_of_one_organisation_are_strangers_too(
    bot: Bot,
    parts: tuple[PretendSlack, PretendSlack],
    surface: Callable[[PretendSlack], Awaitable[list[str]]],
):
    one, another = parts
    shown, rows = await surface(one), await rows_of(bot, "T0PART00001")
    assert await surface(another) == shown
    assert await rows_of(bot, "T0PART00001") == rows
    assert await rows_of(bot, ORGANISATION) == []


async def test_an_admin_of_a_sister_workspace_sees_no_audit_trail(
    bot: Bot, parts: tuple[PretendSlack, PretendSlack]
):
    one, _ = parts
    await one.types("/smtp here quiet")
    sister = one.workspace.people["U0COLLEAGUE"]
    sister.team, sister.is_admin = "T0PART00002", True
    await one.people.open_home(user="colleague")
    await one.settled()
    view = one.home("colleague")
    assert view is not None
    assert "/smtp here quiet" not in str(view.blocks)


async def test_removing_it_from_one_part_leaves_the_other(
    bot: Bot, parts: tuple[PretendSlack, PretendSlack]
):
    one, another = parts
    await shows_errors(another)
    rows = await rows_of(bot, "T0PART00002")
    await shows_errors(one)
    await one.people.uninstall()
    await one.settled()
    assert await rows_of(bot, "T0PART00001") == []
    assert await rows_of(bot, "T0PART00002") == rows
    assert (await asks_by_command(another))[0].startswith("421")


@pytest.fixture
async def whole(bot: Bot) -> AsyncIterator[PretendSlack]:
    """A workspace of an organisation that installed the bot as a whole."""
    tenant = Tenant("T0PART00001", ORGANISATION, is_enterprise_install=True)
    async with beside(bot, tenant) as whole:
        status, page = await install(bot, whole)
        assert status == 200
        assert "installed in Pretend Organisation" in page
        yield whole


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.__name__)
async def test_an_organisation_that_installed_it_as_a_whole_is_served(
    slack: PretendSlack,
    whole: PretendSlack,
    bot: Bot,
    surface: Callable[[PretendSlack], Awaitable[list[str]]],
):
    shown, rows = await surface(whole), await rows_of(bot, ORGANISATION)
    assert await rows_of(bot, "T0PART00001") == []
    assert await surface(slack) == shown
    assert tables_of(await rows_of(bot, FIRST)) == tables_of(rows)
    assert await rows_of(bot, ORGANISATION) == rows


async def test_what_waits_for_an_organisation_outlives_a_restart(whole: PretendSlack, bot: Bot):
    held = whole.faults.hold("chat.postMessage")
    await whole.people.say(UNKNOWN)
    await whole.wait_for(lambda: whole.calls_to("chat.postMessage"))
    whole.faults.server_error("chat.postMessage")
    held.release()
    await bot.restart()
    await whole.settled()
    assert len(whole.replies) == 1


async def test_an_organisation_that_removes_it_is_forgotten(whole: PretendSlack, bot: Bot):
    await shows_errors(whole)
    assert await rows_of(bot, ORGANISATION)
    await whole.people.uninstall()
    await whole.settled()
    assert await rows_of(bot, ORGANISATION) == []
    store = bot.app.installation_store
    assert store is not None
    found = await store.async_find_bot(
        enterprise_id=ORGANISATION, team_id=None, is_enterprise_install=True
    )
    assert found is None
