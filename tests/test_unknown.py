"""What the bot could not explain: counted wherever people ask, exported as drafts of entries."""

from __future__ import annotations

import asyncio
import datetime
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from running import Bot
from sqlalchemy import insert, select
from test_cli import NASTY, is_harmless

from bot.app import StartError
from bot.cli import main
from bot.playground import PretendSlack
from bot.playground.records import TEAM_ID
from bot.render.drafts import draft
from bot.smtp.knowledge import KnowledgeError, load
from bot.store import Store, Unknown, tables
from bot.store.tables import UNKNOWN

SECRET = "bob.secret@example.net"
STRANGE = f"555 message <{SECRET}> lost in the session of mx7.example.com [192.0.2.7]"
MASKED = "555 message <address> lost in the session of"
# An answer that is spotted, shown, and not sure: "Probably", with other readings.
UNSURE = f"450 4.5.0 <{SECRET}>: session of mx1.example.com is held"
KNOWN = f"550 5.1.1 <{SECRET}>: Recipient address rejected: User unknown"


async def counted(bot: Bot) -> dict[str, int]:
    return {each.masked: each.count for each in await bot.store.unknown.lately(TEAM_ID, 99)}


async def by_command(slack: PretendSlack, text: str) -> None:
    await slack.types(f"/smtp {text}")


async def by_mention(slack: PretendSlack, text: str) -> None:
    await slack.says(f"@SMTP bot {text}")


async def directly(slack: PretendSlack, text: str) -> None:
    await slack.says(text, "@SMTP bot")


async def by_shortcut(slack: PretendSlack, text: str) -> None:
    message = await slack.says(text, "#random")
    await slack.people.shortcut(message, "explain_smtp_error")
    await slack.settled()


WAYS_TO_ASK = pytest.mark.parametrize("ask", [by_command, by_mention, directly, by_shortcut])


@WAYS_TO_ASK
async def test_what_is_not_explained_is_counted_without_anybodys_data(
    slack: PretendSlack, bot: Bot, ask: Callable
):
    await ask(slack, STRANGE)
    await ask(slack, STRANGE.replace("bob.secret", "ann").replace("mx7", "mx9"))
    assert await counted(bot) == {MASKED: 2}
    async with bot.store.engine.connect() as connection:
        kept = str((await connection.execute(select(UNKNOWN))).all())
    assert "secret" not in kept
    assert "example" not in kept
    assert "192.0" not in kept


@WAYS_TO_ASK
async def test_an_answer_that_is_not_sure_is_counted_too(
    slack: PretendSlack, bot: Bot, ask: Callable
):
    await ask(slack, UNSURE)
    assert await counted(bot) == {"450 4.5.0 <address> session of <domain> is held": 1}


@WAYS_TO_ASK
@pytest.mark.parametrize(
    "text",
    [
        KNOWN,
        "421",
        "mailbox full",
        "4xx",
        "gmail",
        "help",
        "hello",
        "thanks",
        "599",
        "xyzzy plugh",
        "Lunch in room 421 with Bob Miller?",
        "my mail to Bob bounced, what now?",
    ],
)
async def test_known_errors_and_chatter_are_not_counted(
    slack: PretendSlack, bot: Bot, ask: Callable, text: str
):
    await ask(slack, text)
    assert await counted(bot) == {}


async def test_settings_of_channels_are_not_counted(slack: PretendSlack, bot: Bot):
    for text in ("here", "here quiet", "here and the mailbox is not reachable"):
        await slack.types(f"/smtp {text}")
    assert "here" not in " ".join(await counted(bot))


async def test_what_nobody_asked_about_is_not_counted(slack: PretendSlack, bot: Bot):
    await slack.says(UNSURE)
    await slack.says(STRANGE)
    assert await counted(bot) == {}


async def test_an_error_above_a_mention_is_counted(slack: PretendSlack, bot: Bot):
    question = await slack.says(UNSURE, "#support")
    await slack.people.invite("#support")
    await slack.says("@SMTP bot", "#support", thread_ts=question.ts)
    assert len(await counted(bot)) == 1


async def test_delivered_again_it_is_counted_once(slack: PretendSlack, bot: Bot):
    slack.delivery.copies = 2
    await by_mention(slack, STRANGE)
    slack.delivery.redeliver()
    await slack.settled()
    assert await counted(bot) == {MASKED: 1}


# The store


async def test_the_most_frequent_comes_first_and_each_workspace_has_its_own(bot: Bot):
    unknown = bot.store.unknown
    for team, masked in [("T1", "a"), ("T1", "b"), ("T1", "b"), ("T2", "a"), ("T2", "a")]:
        await unknown.count(team, masked)
    mine = await unknown.lately("T1", 9)
    assert [(each.masked, each.count) for each in mine] == [("b", 2), ("a", 1)]
    assert [each.masked for each in await unknown.lately("T1", 1)] == ["b"]
    assert [(each.masked, each.count) for each in await unknown.everywhere(9)] == [
        ("a", 3),
        ("b", 2),
    ]
    await bot.store.forget("T1")
    assert await unknown.lately("T1", 9) == []
    assert [each.count for each in await unknown.lately("T2", 9)] == [2]


async def test_many_at_once_are_all_counted(bot: Bot):
    await asyncio.gather(*(bot.store.unknown.count("T1", "a") for _ in range(9)))
    [unknown] = await bot.store.unknown.lately("T1", 9)
    assert unknown.count == 9


async def test_what_nobody_asks_about_any_more_is_forgotten(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    begin = datetime.datetime(2026, 11, 23, 9, 12, tzinfo=datetime.UTC)
    times = [begin]
    monkeypatch.setattr(tables, "now", lambda: times[-1])
    for masked in ("old", "still asked"):
        await bot.store.unknown.count("T1", masked)
    times.append(begin + 80 * tables.DAY)
    await bot.store.unknown.count("T1", "still asked")
    times.append(begin + tables.QUARTER + tables.DAY)
    await bot.store.sweep()
    assert await bot.store.unknown.lately("T1", 9) == [
        Unknown("still asked", 2, begin + 80 * tables.DAY)
    ]


# The export


HEAD = 'publisher = "Example"\nsource = "https://example.com"\nchecked = 2026-11-20\n'


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Fill the database that the command reads."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/bot.sqlite3")

    def fill(*found: tuple[str, str, int]) -> None:
        now = tables.now()
        rows = [
            dict(zip(("team", "masked", "count"), each, strict=True), first_at=now, at=now)
            for each in found
        ]

        async def write() -> None:
            store = Store(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3")
            await store.open()
            async with store.engine.begin() as connection:
                await connection.execute(insert(UNKNOWN).values(rows))
            await store.close()

        asyncio.run(write())

    return fill


def test_the_export_is_drafts_with_the_most_frequent_first(
    database: Callable[..., None], capsys: pytest.CaptureFixture[str]
):
    database(("T1", MASKED, 12), ("T2", MASKED, 1), ("T1", "mail not delivered to <text> hosts", 1))
    assert main(["unknown"]) == 0
    out = capsys.readouterr().out
    assert f"# Asked 13 times, last on {tables.now().date()}.\n[unknown-1]" in out
    assert "# Asked once, last on " in out
    first, second = tomllib.loads(out).values()
    assert first["codes"] == ["555"]
    assert first["phrases"] == ["message <address> lost in the session of"]
    assert "codes" not in second
    assert second["phrases"] == ["mail not delivered to <text> hosts"]


def test_the_export_of_one_workspace(
    database: Callable[..., None], capsys: pytest.CaptureFixture[str]
):
    database(("T1", "mail not delivered", 2), ("T2", MASKED, 1))
    assert main(["unknown", "--team", "T2"]) == 0
    [entry] = tomllib.loads(capsys.readouterr().out).values()
    assert entry["phrases"] == ["message <address> lost in the session of"]


@pytest.mark.parametrize("arguments", [[], ["--team", "T9"], ["--team", "T\x1b[31m9"]])
def test_nothing_to_export_is_one_sentence(
    database: Callable[..., None], capsys: pytest.CaptureFixture[str], arguments: list[str]
):
    if arguments:
        database(("T1", MASKED, 1))
    assert main(["unknown", *arguments]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Nobody ")
    assert ("in the workspace T" in out) == bool(arguments)
    assert out.count("\n") == 1
    assert is_harmless(out)


def test_a_database_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def refuse(database_url: str, **_: object) -> None:
        raise StartError(f'DATABASE_URL, "{database_url}", cannot be used')

    monkeypatch.setenv("DATABASE_URL", "carrier-pigeon://loft")
    assert main(["unknown"]) == 1
    assert capsys.readouterr().err.startswith("DATABASE_URL should ")
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setattr("bot.unknown.opened", refuse)
    assert main(["unknown"]) == 1
    assert capsys.readouterr().err.startswith("DATABASE_URL, ")


def test_nothing_in_the_database_controls_the_terminal_or_leaves_its_string(
    database: Callable[..., None], capsys: pytest.CaptureFixture[str]
):
    database(("T1", f'{NASTY} mail "not" \\ delivered\n[evil]', 1))
    assert main(["unknown"]) == 0
    out = capsys.readouterr().out
    assert is_harmless(out)
    assert list(tomllib.loads(out)) == ["unknown-1"]


WRITTEN = {
    "title": "Lost",
    "reason": "system_error",
    "who": "wait",
    "meaning": "The server lost it.",
    "steps": "Send it again.",
    "example": "555 message lost in the session",
}


def test_a_draft_is_refused_until_it_is_written(tmp_path: Path):
    text = HEAD + draft(1, MASKED, 12, datetime.date(2026, 11, 23))
    file = tmp_path / "servers" / "example.toml"
    file.parent.mkdir()
    left = tomllib.loads(text)["unknown-1"]
    for field, value in WRITTEN.items():
        file.write_text(text)
        with pytest.raises(KnowledgeError, match=r"TODO|should be one of"):
            load(tmp_path)
        unwritten = left[field][0] if field == "steps" else left[field].strip()
        assert unwritten.startswith("TODO: ")
        text = text.replace(unwritten, value)
    file.write_text(text)
    entry = load(tmp_path)["example/unknown-1"]
    assert entry.phrases == ("message <address> lost in the session of",)
    assert [str(code) for code in entry.codes] == ["555"]
