"""`python -m bot check` asks Slack, the database, the manifest and the clock, a line for each."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from running import KEY

from bot import check, manifest
from bot.check import Finding, findings, of_database, of_manifest
from bot.playground import PretendSlack
from bot.settings import Settings
from bot.slack import EVENTS, SCOPES
from bot.smtp.knowledge import Knowledge


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(events=EVENTS, scopes=SCOPES) as slack:
        yield slack
        assert slack.complaints == []


@pytest.fixture
def settings(slack: PretendSlack, tmp_path: Path) -> Settings:
    return Settings(
        slack_bot_token=slack.bot_token,
        slack_app_token=slack.app_token,
        slack_api_url=slack.api_url,
        database_url=f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}",
    )


async def checked(
    settings: Settings, knowledge: Knowledge, *, offline: bool = False, late: float = 0
) -> dict[str, Finding]:
    """What each part is found to be; `late` puts our clock ahead."""
    now = lambda: time.time() + late  # noqa: E731
    found = findings(settings, knowledge, offline=offline, now=now)
    return {finding.part: finding async for finding in found}


def problems(found: dict[str, Finding]) -> list[str]:
    return [part for part, finding in found.items() if not finding.is_ok]


async def test_all_is_in_order(settings: Settings, knowledge: Knowledge):
    found = await checked(settings, knowledge)
    assert problems(found) == []
    assert list(found) == [
        *("Knowledge", "Settings", "Database", "Manifest"),
        *("Clock", "Bot token", "App token"),
    ]
    assert "of Pretend Slack" in found["Bot token"].told
    assert all(str(finding).startswith(f"{part}: OK. ") for part, finding in found.items())


async def test_over_http_there_is_no_app_token_to_ask_about(
    settings: Settings, knowledge: Knowledge
):
    http = replace(settings, slack_app_token="", slack_signing_secret="secret")
    found = await checked(http, knowledge)
    assert problems(found) == []
    assert "over HTTP on port 3000" in found["Settings"].told
    assert "App token" not in found


async def test_with_several_workspaces_there_is_no_bot_token_to_ask_about(
    settings: Settings, slack: PretendSlack, knowledge: Knowledge
):
    oauth = replace(
        settings,
        slack_bot_token="",
        slack_app_token="",
        slack_client_id="1.2",
        slack_client_secret="secret",
        slack_signing_secret="secret",
        token_key=KEY,
    )
    found = await checked(oauth, knowledge)
    assert problems(found) == []
    assert "Each workspace brings its own" in found["Bot token"].told
    assert [call.method for call in slack.calls] == ["api.test"]


async def test_offline_slack_is_left_alone(
    settings: Settings, slack: PretendSlack, knowledge: Knowledge
):
    assert "Bot token" not in await checked(settings, knowledge, offline=True)
    assert slack.calls == []


async def test_without_tokens_it_says_playground(settings: Settings, knowledge: Knowledge):
    bare = replace(settings, slack_bot_token="", slack_app_token="")
    found = await checked(bare, knowledge)
    assert problems(found) == []
    assert "starts the playground" in found["Settings"].told
    assert "Clock" not in found


async def test_a_missing_scope_is_named(
    settings: Settings, slack: PretendSlack, knowledge: Knowledge
):
    slack.core.scopes = [scope for scope in SCOPES if scope != "reactions:write"]
    found = await checked(settings, knowledge)
    assert problems(found) == ["Bot token"]
    assert "lacks reactions:write" in found["Bot token"].told
    assert "install the app again" in found["Bot token"].told


async def test_a_needless_scope_is_named_and_is_no_reason_not_to_run(
    settings: Settings, slack: PretendSlack, knowledge: Knowledge
):
    slack.core.scopes = [*SCOPES, "users:read.email"]
    found = await checked(settings, knowledge)
    assert problems(found) == []
    assert "has users:read.email without need" in found["Bot token"].told


async def test_an_app_token_without_its_scope_is_named(
    settings: Settings, slack: PretendSlack, knowledge: Knowledge
):
    slack.core.app_scopes = ("authorizations:read",)
    found = await checked(settings, knowledge)
    assert problems(found) == ["App token"]
    assert "missing_scope: connections:write" in found["App token"].told


@pytest.mark.parametrize(
    ("name", "part"), [("slack_bot_token", "Bot token"), ("slack_app_token", "App token")]
)
async def test_a_token_slack_does_not_know_is_named_and_not_printed(
    settings: Settings, knowledge: Knowledge, name: str, part: str
):
    found = await checked(replace(settings, **{name: "xoxb-hunter2"}), knowledge)
    assert problems(found) == [part]
    assert "invalid_auth" in found[part].told
    assert "hunter2" not in "".join(map(str, found.values()))


async def test_a_firewalls_page_in_place_of_an_answer_is_named(
    settings: Settings, slack: PretendSlack, knowledge: Knowledge
):
    slack.faults.server_error("auth.test", status=403)
    found = await checked(settings, knowledge)
    assert problems(found) == ["Bot token"]
    assert "(403)" in found["Bot token"].told


@pytest.mark.parametrize(
    ("method", "part"), [("auth.test", "Bot token"), ("apps.connections.open", "App token")]
)
async def test_a_connection_that_breaks_at_a_token_is_named(
    slack: PretendSlack, settings: Settings, knowledge: Knowledge, method: str, part: str
):
    slack.faults.reset(method, times=9)
    found = await checked(settings, knowledge)
    assert problems(found) == [part]
    assert "did not answer (ServerDisconnectedError); check again" in found[part].told


async def test_no_slack_at_all_is_one_line(settings: Settings, knowledge: Knowledge):
    gone = replace(settings, slack_api_url="http://127.0.0.1:9/api/")
    found = await checked(gone, knowledge)
    assert problems(found) == ["Slack"]
    assert "127.0.0.1:9" in found["Slack"].told
    assert "Bot token" not in found


@pytest.mark.parametrize(("late", "told"), [(400, "ahead of"), (-400, "behind")])
async def test_a_wrong_clock_is_named(
    settings: Settings, knowledge: Knowledge, late: float, told: str
):
    found = await checked(settings, knowledge, late=late)
    assert problems(found) == ["Clock"]
    assert told in found["Clock"].told


async def test_missing_settings_are_named(settings: Settings, knowledge: Knowledge):
    found = await checked(replace(settings, slack_app_token=""), knowledge)
    assert problems(found) == ["Settings"]
    assert "SLACK_SIGNING_SECRET" in found["Settings"].told


# The database


async def test_the_trial_leaves_nothing_in_the_database(settings: Settings, tmp_path: Path):
    assert (await of_database(settings.database_url)).is_ok
    assert (await of_database(settings.database_url)).is_ok
    with sqlite3.connect(tmp_path / "bot.sqlite3") as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []
    database.close()


async def test_a_database_in_no_folder_is_named(tmp_path: Path):
    finding = await of_database(f"sqlite+aiosqlite:///{tmp_path}/no/such/bot.sqlite3")
    assert not finding.is_ok
    assert "is in no folder; see DATABASE_URL" in finding.told


async def test_a_database_in_a_folder_of_its_name_is_named(tmp_path: Path):
    finding = await of_database(f"sqlite+aiosqlite:///{tmp_path}")
    assert not finding.is_ok
    assert "cannot be read" in finding.told


async def test_a_server_that_does_not_answer_is_named_without_its_password():
    finding = await of_database("postgresql+psycopg://bot:hunter2@127.0.0.1:9/bot")
    assert not finding.is_ok
    assert "Connection refused" in finding.told
    assert "bot:***@127.0.0.1:9/bot" in finding.told
    assert "hunter2" not in finding.told


async def test_a_file_that_is_no_database_is_named(tmp_path: Path):
    (tmp_path / "bot.sqlite3").write_bytes(b"not a database, but long enough to be asked" * 99)
    finding = await of_database(f"sqlite+aiosqlite:///{tmp_path / 'bot.sqlite3'}")
    assert not finding.is_ok
    assert "bot.sqlite3 is no database" in finding.told


async def test_a_full_disk_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(check, "LEAST_FREE", 2**62)
    finding = await of_database(settings.database_url)
    assert not finding.is_ok
    assert "make room" in finding.told


# The manifest


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("      - app_mention\n", "lacks events app_mention"),
        ("      - reactions:write # the mark on messages it does not answer in words\n", "lacks"),
        ("      callback_id: explain_smtp_error\n", "callback_id"),
    ],
)
def test_what_the_manifest_lacks_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, told: str
):
    text = manifest.PLACES[-1].read_text()
    assert line in text
    (tmp_path / "manifest.yml").write_text(text.replace(line, ""))
    monkeypatch.setattr(manifest, "PLACES", (tmp_path / "manifest.yml",))
    assert not of_manifest().is_ok
    assert told in of_manifest().told


def test_what_the_manifest_asks_needlessly_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    text = manifest.PLACES[-1].read_text()
    (tmp_path / "manifest.yml").write_text(
        text.replace("      - commands", "      - channels:manage\n      - commands")
    )
    monkeypatch.setattr(manifest, "PLACES", (tmp_path / "manifest.yml",))
    assert "has scopes channels:manage without need" in of_manifest().told


def test_a_manifest_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(manifest, "PLACES", ())
    assert not of_manifest().is_ok
