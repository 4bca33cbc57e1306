"""The tokens of workspaces: unreadable without the key, whose they are, renewed in time."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from installing import install, takes_installations
from pasted import UNKNOWN
from running import KEY, Bot, audit, seen
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from sqlalchemy import Connection, MetaData, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import StartError
from bot.oauth import InstallFlow
from bot.playground import PretendSlack
from bot.playground.faults import Fault, Faults
from bot.slack import delivery
from bot.store import Place, Store, tables
from bot.store.engine import MIGRATIONS
from bot.store.jobs import INTRODUCE
from bot.store.sealing import Seal, WrongKeyError
from bot.tokens import Installations

OTHER_KEY = "YW5vdGhlci1rZXktb2YtdGhpcnR5LXR3by1ieXRlcyE="
TEAM, YOU = "T0PRETEND01", "U0YOU000001"
NOT_RENEWED = "bot: the token of team T0PRETEND01 was not renewed: SlackApiError"
RENEWAL = "oauth.v2.access"
SOON = 60 * 60  # seconds; tokens are renewed two hours before they run out

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # slack-sdk still uses it


def installation(team: str | None, enterprise: str | None = None, **more: object) -> Installation:
    """Everything secret that Slack may hand over."""
    whole = Installation(
        app_id="A1",
        enterprise_id=enterprise,
        team_id=team,
        bot_token="xoxe.xoxb-1-" + "long" * 60,
        bot_id="B1",
        bot_user_id="U1",
        bot_refresh_token="xoxe-1-bot",
        bot_token_expires_in=3600,
        user_id="U2",
        user_token="xoxp-user",
        user_refresh_token="xoxe-1-user",
        incoming_webhook_url="https://hooks.slack.com/services/T1/B1/xoxsecret",
        is_enterprise_install=team is None,
    )
    for name, value in more.items():
        setattr(whole, name, value)
    return whole


def installations(store: Store, keys: str = KEY) -> Installations:
    return Installations("1.1", store.engine, Seal(keys))


async def dump(engine: AsyncEngine) -> str:
    """Every column of every row of every table that is there."""

    def read(connection: Connection) -> str:
        found = MetaData()
        found.reflect(connection)
        return "\n".join(
            f"{table.name} {tuple(row)}"
            for table in found.sorted_tables
            for row in connection.execute(select(table))
        )

    async with engine.connect() as connection:
        return await connection.run_sync(read)


async def token(found: Installations, team: str = "T1") -> str | None:
    bot = await found.async_find_bot(enterprise_id=None, team_id=team)
    return bot.bot_token if bot else None


async def test_without_the_key_the_database_tells_no_token(store: Store):
    given = installation("T1")
    await installations(store).async_save(given)
    written = await dump(store.engine)
    assert "T1" in written
    assert "xox" not in written
    assert KEY not in written
    found = await installations(store).async_find_installation(enterprise_id=None, team_id="T1")
    assert found is not None
    assert (found.bot_token, found.bot_refresh_token) == (given.bot_token, given.bot_refresh_token)
    assert (found.user_token, found.user_refresh_token) == ("xoxp-user", "xoxe-1-user")
    assert found.incoming_webhook_url == given.incoming_webhook_url
    with pytest.raises(WrongKeyError):
        await token(installations(store, OTHER_KEY))


async def test_a_new_key_in_front_takes_over_and_the_old_one_may_go(store: Store):
    given = installation("T1")
    await installations(store).async_save(given)
    before = await dump(store.engine)
    await installations(store, f"{OTHER_KEY},{KEY}").seal_anew()
    assert await token(installations(store, OTHER_KEY)) == given.bot_token
    with pytest.raises(WrongKeyError):
        await installations(store, KEY).seal_anew()
    after = await dump(store.engine)
    assert before != after
    await installations(store, OTHER_KEY).seal_anew()
    assert await dump(store.engine) == after, "what is under the newest key stays as it is"


async def test_tokens_of_the_first_version_are_read_and_encrypted_at_the_start(
    store: Store, database_url: str
):
    plain = AsyncSQLAlchemyInstallationStore("1.1", store.engine)
    given = installation("T1", bot_token="xoxb-plain")
    await plain.async_save(given)
    assert "xoxb-plain" in await dump(store.engine)
    sealed = installations(store)
    assert await token(sealed) == "xoxb-plain", "an instance of the old version may still write"
    await sealed.seal_anew()
    assert await token(sealed) == "xoxb-plain"
    assert "xox" not in await dump(store.engine)
    await store.close()
    if database_url.startswith("sqlite"):
        file = Path(database_url.removeprefix("sqlite+aiosqlite:///"))
        for each in file.parent.iterdir():
            assert b"xoxb-plain" not in each.read_bytes(), "nor in the free parts of the file"


async def test_tables_of_the_first_version_get_room_and_keep_their_rows(database_url: str):
    old = Store(database_url)
    given = installation("T1", bot_token="xoxb-plain")
    first = AsyncSQLAlchemyInstallationStore("1.1", old.engine)
    await first.create_tables()
    await first.async_save(given)
    await old.close()
    store = Store(database_url)
    await store.open()
    await installations(store).seal_anew()
    assert await token(installations(store)) == "xoxb-plain"
    await installations(store).async_save(installation("T2"))
    assert await token(installations(store), "T2") == installation("T2").bot_token
    await store.close()


def part_workspaces(connection: Connection) -> None:
    """What the migration does once the tables are there."""
    [file] = (MIGRATIONS / "versions").glob("*_tokens.py")
    with Operations.context(MigrationContext.configure(connection)):
        runpy.run_path(str(file))["part_workspaces"]()


async def test_rows_of_an_organisation_go_to_the_workspaces_that_installed_the_bot(store: Store):
    for enterprise, team in (("E1", "T1"), ("E1", "T2"), ("E2", None)):
        await installations(store).async_save(installation(team, enterprise))
    for organisation in ("E1", "E2", "E3"):
        await store.channels.note(organisation, "C1", "U1", "noted")
        for team in ("T1", "T2"):
            place = Place(organisation, "C1", f"{team}.1", team, organisation)
            await store.jobs.begin(place, "asked")
    await store.jobs.begin(Place("E4", "C1", "1.1", "T4", "E4"), "asked")
    async with store.engine.begin() as connection:
        await connection.run_sync(part_workspaces)
    async with store.engine.connect() as connection:
        asked = await connection.execute(select(tables.ANSWERED.c.team, tables.ANSWERED.c.ts))
        rows = {tuple(row) for row in asked}
    whole = {(organisation, f"{team}.1") for organisation in ("E2", "E3") for team in ("T1", "T2")}
    assert rows == whole | {("T1", "T1.1"), ("T2", "T2.1"), ("T4", "1.1")}
    noted = {team: await audit(store, team) for team in ("E1", "E2", "E3", "T1", "T2")}
    assert [team for team, changes in noted.items() if changes] == ["E2", "E3", "T1", "T2"]


# Whose token it is


async def test_a_workspace_is_found_by_its_own_id_and_an_organisation_by_its(store: Store):
    found = installations(store)
    await found.async_save(installation("T1", "E1", bot_token="xoxb-part"))
    await found.async_save(installation(None, "E1", bot_token="xoxb-whole"))
    await found.async_save(installation("T2", None, bot_token="xoxb-joined-later"))

    async def whose(team: str | None, enterprise: str | None, whole: bool = False) -> str | None:
        bot = await found.async_find_bot(
            enterprise_id=enterprise, team_id=team, is_enterprise_install=whole
        )
        return bot.bot_token if bot else None

    assert await whose("T1", "E1") == "xoxb-part"
    assert await whose("T1", "E1", whole=True) == await whose(None, "E1") == "xoxb-whole"
    assert await whose("T2", "E1") == "xoxb-joined-later"
    assert await whose("T3", "E1") is None
    assert await whose(None, "E2", whole=True) is None
    await found.async_delete_all(enterprise_id="E1", team_id="T1")
    assert await whose("T1", "E1") is None
    assert await whose(None, "E1") == "xoxb-whole"
    await found.async_delete_all(enterprise_id="E1", team_id=None)
    assert await whose(None, "E1") is None
    assert await whose("T2", None) == "xoxb-joined-later"


# Renewed in time, in the real bot


@pytest.fixture
def way() -> str:
    return "http"


@pytest.fixture
async def bot(bot: Bot) -> Bot:
    """The bot in a workspace where tokens rotate, and this one runs out soon."""
    await takes_installations(bot)
    bot.slack.core.grants.rotates = True
    bot.slack.core.grants.seconds = SOON
    await install(bot)
    bot.slack.core.grants.seconds = 10 * SOON
    return bot


def renewals(slack: PretendSlack) -> int:
    return sum(
        call.arguments.get("grant_type") == "refresh_token"
        for call in slack.calls_to("oauth.v2.access")
    )


async def test_an_event_renews_a_token_that_runs_out_soon_once(slack: PretendSlack, bot: Bot):
    slack.delivery.copies = 2
    await asyncio.gather(*(slack.says(UNKNOWN) for _ in range(3)))
    assert len(slack.replies) == 1
    assert renewals(slack) == 1
    await slack.types("/smtp 421")
    await bot.restart()
    await slack.says("@SMTP bot 421")
    assert renewals(slack) == 1, "the new one is good for hours"
    assert "xox" not in await dump(bot.store.engine)


async def runs_out_again(bot: Bot) -> int:
    """Install once more, with a token that runs out soon; how often tokens were renewed so far."""
    bot.slack.core.grants.seconds = SOON
    await install(bot)
    bot.slack.core.grants.seconds = 10 * SOON
    return renewals(bot.slack)


async def test_work_that_waits_renews_the_token_too(slack: PretendSlack, bot: Bot):
    question = await slack.says("what is 421?", "#random")
    place = Place(TEAM, slack.workspace.channel("#mail-ops").id, question.ts, TEAM)
    before = await runs_out_again(bot)
    content = json.dumps({"user": YOU, "is_shared": False})
    bot.deliverer.do(await bot.store.jobs.begin(place, INTRODUCE, content=content))
    await slack.wait_for(lambda: slack.whispers)
    assert renewals(slack) == before + 1


def is_renewing(bot: Bot) -> bool:
    assert isinstance(bot.app.oauth_flow, InstallFlow)
    return any(lock.locked() for lock in bot.app.oauth_flow.tokens.renewing.values())


async def test_two_instances_renew_a_token_once(slack: PretendSlack, bot: Bot):
    other = Bot(slack, "http", bot.explainer, bot.settings.database_url)
    other.settings = replace(bot.settings, port=0)
    await other.start()
    held = slack.faults.hold("oauth.v2.access")
    await slack.people.say(UNKNOWN)  # to the other one
    await slack.wait_for(lambda: renewals(slack))
    slack.deliver_to(f"{bot.url}/slack/events")
    await slack.people.say(UNKNOWN)
    while not is_renewing(bot):
        await slack.pulse.next(0.005)
    held.release()
    await slack.settled()
    assert renewals(slack) == 1
    assert len(slack.replies) == 1
    await other.stop()


async def test_a_token_is_renewed_under_a_new_key_too(slack: PretendSlack, bot: Bot):
    bot.settings = replace(bot.settings, token_key=f"{OTHER_KEY}, {KEY}")
    await bot.restart()
    await slack.says(UNKNOWN)
    assert renewals(slack) == len(slack.replies) == 1
    bot.settings = replace(bot.settings, token_key=OTHER_KEY)
    await bot.restart()
    assert await runs_out_again(bot) == 1
    await slack.says("@SMTP bot 421")
    assert len(slack.replies) == renewals(slack) == 2


async def test_a_key_that_opens_nothing_stops_the_start_in_one_sentence(bot: Bot):
    key, bot.settings = bot.settings, replace(bot.settings, token_key=OTHER_KEY)
    await bot.stop()
    with pytest.raises(StartError, match="TOKEN_KEY does not open the tokens in the database"):
        await bot.start()
    bot.settings = key


async def test_while_slack_is_down_the_old_token_serves(slack: PretendSlack, bot: Bot):
    slack.faults.server_error("oauth.v2.access")
    await slack.says(UNKNOWN)
    await slack.says("@SMTP bot 421")
    assert len(slack.replies) == 2
    assert renewals(slack) == 1, "not for every event"
    [line] = bot.log
    assert line.startswith(NOT_RENEWED)
    bot.log.clear()


async def has_run_out(bot: Bot) -> None:
    """Install once more, with a token that is worth nothing at once."""
    bot.slack.core.grants.seconds = 0
    await install(bot)
    bot.slack.core.grants.seconds = 10 * SOON


TROUBLE: dict[str, Callable[[Faults], Fault]] = {
    "503": lambda faults: faults.server_error(RENEWAL),
    "fatal_error": lambda faults: faults.error(RENEWAL, "fatal_error"),
    "429": lambda faults: faults.rate_limit(RENEWAL),
    "reset": lambda faults: faults.reset(RENEWAL),
}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_an_event_that_meets_a_dead_token_and_trouble_of_slacks_comes_again(
    slack: PretendSlack, bot: Bot, trouble: str
):
    await has_run_out(bot)
    slack.delivery.retry_delays = ()
    TROUBLE[trouble](slack.faults)
    await slack.says(UNKNOWN)
    assert slack.delivery.sent[-1].failures == ["http_error"]
    assert slack.replies == []
    assert any("NotRenewedError" in line for line in bot.log)
    bot.log.clear()
    slack.delivery.deliver_missed()
    await slack.settled()
    assert len(slack.replies) == 1


async def test_a_command_that_meets_them_is_apologised_for(slack: PretendSlack, bot: Bot):
    await has_run_out(bot)
    slack.faults.rate_limit(RENEWAL)
    [answer] = await slack.types("/smtp 421")
    assert answer.text.startswith("Something went wrong on my side")
    bot.log.clear()
    [answer] = await slack.types("/smtp 421")
    assert seen(answer).startswith("421: ")


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_work_that_meets_them_waits(
    slack: PretendSlack, bot: Bot, trouble: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "WAITS", (0.0,))
    question = await slack.says("what is 421?", "#random")
    place = Place(TEAM, slack.workspace.channel("#mail-ops").id, question.ts, TEAM)
    await has_run_out(bot)
    TROUBLE[trouble](slack.faults)
    content = json.dumps({"user": YOU, "is_shared": False})
    bot.deliverer.do(await bot.store.jobs.begin(place, INTRODUCE, content=content))
    await slack.wait_for(lambda: slack.whispers)
    [line] = bot.log
    assert line.startswith("bot: the token of team T0PRETEND01 was not renewed: ")
    bot.log.clear()


async def test_a_token_that_slack_renews_no_more_is_none(slack: PretendSlack, bot: Bot):
    slack.core.grants.seconds = 0
    await install(bot)
    slack.core.grants.refresh_tokens.clear()
    await slack.says(UNKNOWN)
    assert slack.replies == []
    assert bot.log
    assert all(line.startswith(f"{NOT_RENEWED} (invalid_refresh_token)") for line in bot.log)
    bot.log.clear()
