"""What is kept: the tables, PRIVACY.md and `/smtp privacy` tell the same story."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from running import Bot, every_row, mentions, seen
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from bot import sweeping
from bot.playground import PretendSlack
from bot.store import Mode, tables
from bot.store.privacy import FACTS, NEVER, SEVERAL_WORKSPACES, facts, in_words
from bot.store.tables import KEPT, METADATA

PRIVACY = (Path(__file__).parents[1] / "PRIVACY.md").read_text("utf8")


def test_every_table_has_its_line():
    missing = METADATA.tables.keys() - FACTS.keys()
    assert not missing, f"say in bot/store/privacy.py what {missing} hold, and for how long"
    assert FACTS.keys() - METADATA.tables.keys() == {*SEVERAL_WORKSPACES}


def test_every_line_says_how_long():
    for name, what, how_long in facts():
        assert what
        assert how_long, f"{name}: add it to KEPT in bot/store/tables.py, or say what ends it"
    for table in KEPT:
        assert not FACTS[table.name].until, f"{table.name}: KEPT says how long already"


def test_privacy_md_has_exactly_these_lines():
    wanted = [f"| `{name}` | {what} | {how_long} |" for name, what, how_long in facts()]
    found = [line for line in PRIVACY.splitlines() if line.startswith("| `")]
    assert found == wanted, "PRIVACY.md should have:\n" + "\n".join(wanted)


def test_what_slack_sdk_keeps_is_named_too():
    installations = AsyncSQLAlchemyInstallationStore
    names = {
        installations.default_bots_table_name,
        installations.default_installations_table_name,
        AsyncSQLAlchemyOAuthStateStore.default_table_name,
    }
    assert names == set(SEVERAL_WORKSPACES)


@pytest.mark.parametrize(
    ("kept", "words"),
    [(1, "a day"), (7, "a week"), (90, "90 days"), (365, "a year"), (2, "2 days")],
)
def test_a_retention_in_words(kept: int, words: str):
    assert in_words(datetime.timedelta(days=kept)) == words


async def test_the_command_says_it_all_to_the_person_who_asked(slack: PretendSlack):
    [answer] = await slack.types("/smtp privacy")
    assert answer.ephemeral_for == "U0YOU000001"
    said = seen(answer)
    for _, what, how_long in facts(several_workspaces=False):
        [line] = [line for line in said.splitlines() if what in line]
        assert line.startswith(f"• {how_long.capitalize()}: ")
    assert "token" not in said, "there are none in the database of one workspace"
    for never in NEVER:
        assert never in said
        assert never in PRIVACY.lower()
    assert "Removing me from the workspace deletes all of it" in said
    assert len(said.splitlines()) <= 10
    assert mentions(answer) == set()


async def test_help_mentions_it(slack: PretendSlack):
    [answer] = await slack.types("/smtp help")
    assert "`/smtp privacy` says what I keep" in seen(answer)


async def test_a_question_about_privacy_errors_is_still_one(slack: PretendSlack):
    [answer] = await slack.types("/smtp 421 privacy")
    assert "This is all I keep" not in seen(answer)


PEOPLE = ("U0YOU000001", "U0COLLEAGUE")


async def test_where_somebodys_id_is_kept_it_is_said_that_it_tells_who(
    slack: PretendSlack, bot: Bot
):
    await slack.says(PASTE)
    marked = await slack.says(PASTE)
    await slack.people.react(marked, "mag")
    await slack.people.invite("#random")
    await slack.settled()
    await slack.clicks("Not helpful")
    await slack.submits({"what_it_was": "greylisted", "what_was_wrong": "steps"})
    await slack.types("/smtp here quiet")
    await slack.types(f"/smtp {PASTE}")
    await slack.clicks("Add note")
    await slack.submits({"note_text": "Ask Ops first."})
    naming = set()
    async with bot.store.engine.connect() as connection:
        for name, table in METADATA.tables.items():
            rows = str((await connection.execute(select(table))).all())
            if any(person in rows for person in PEOPLE):
                naming.add(name)
    assert naming == {"answered", "audit", "channels", "feedback", "note_history", "notes"}
    for name in naming:
        assert "who" in FACTS[name].what, name


PASTE = "550 5.1.1 <carol@example.org>: Recipient address rejected: User unknown, says Zaphod"


async def test_nothing_people_wrote_is_in_the_database(slack: PretendSlack, bot: Bot):
    await slack.says(PASTE)
    await slack.says(f"@SMTP bot {PASTE}")
    await slack.says(PASTE, "@SMTP bot")
    await slack.types(f"/smtp {PASTE}")
    await slack.runs_step("explain_smtp_error_step", text=PASTE)
    written = await every_row(bot)
    assert "unknown" in written, "there is something to look through"
    for word in ("carol", "Zaphod", "Recipient address"):
        assert word not in written


async def test_removing_the_app_deletes_every_row(slack: PretendSlack, bot: Bot):
    await slack.says(PASTE)
    await bot.store.channels.set_mode("T0PRETEND01", "C1", Mode.QUIET, "U0YOU000001", "test")
    assert await every_row(bot)
    await slack.people.uninstall()
    await slack.settled()
    assert await every_row(bot) == ""


@pytest.fixture
def a_year_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets a year pass for the store of a bot, which looks at its clock all the time."""
    monkeypatch.setattr(sweeping, "LOOKS_EVERY", 0.01)
    later = tables.now() + tables.YEAR + tables.DAY

    return lambda: monkeypatch.setattr(tables, "now", lambda: later)


async def test_what_is_old_goes_though_nobody_says_anything(
    slack: PretendSlack, bot: Bot, a_year_on: Callable[[], None]
):
    await bot.restart()
    await slack.says(PASTE)
    assert await every_row(bot)
    a_year_on()
    while await every_row(bot):
        await slack.pulse.next(0.005)


async def test_what_could_not_be_deleted_goes_soon_after(
    slack: PretendSlack, bot: Bot, a_year_on: Callable[[], None]
):
    await bot.restart()
    await slack.says(PASTE)
    failures: list[str] = []

    def refuse(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("DELETE") and not failures:
            failures.append(statement)
            raise OperationalError(statement, {}, ConnectionResetError())

    event.listen(bot.store.engine.sync_engine, "before_cursor_execute", refuse)
    a_year_on()
    while await every_row(bot):
        await slack.pulse.next(0.005)
    assert failures
    [line] = bot.log
    assert line == "bot.sweeping: what is old was not deleted error=OperationalError"
    bot.log.clear()


async def test_other_times_are_kept_and_said(slack: PretendSlack, bot: Bot):
    await bot.stop()
    bot.settings = replace(bot.settings, keep_answers_days=2, keep_records_days=30)
    await bot.start()
    await slack.says(PASTE)
    [answer] = await slack.types("/smtp privacy")
    assert "• 2 days: which messages" in seen(answer)
    assert "• 30 days: who changed what" in seen(answer)
