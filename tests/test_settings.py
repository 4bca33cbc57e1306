"""Settings come from the environment and .env; a wrong one is named in one sentence."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from running import KEY

from bot.settings import Settings, SettingsError, load_settings, missing_for_slack
from bot.store.sealing import Seal

NO_FILE = Path("no-such-file")


def test_without_any_setting_the_playground_runs_on_an_sqlite_file():
    settings = load_settings({}, NO_FILE)
    assert not settings.has_slack
    assert settings.database_url == "sqlite+aiosqlite:///smtp-bot.sqlite3"


def test_an_app_token_means_socket_mode():
    settings = load_settings({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, NO_FILE)
    assert settings.uses_socket
    assert missing_for_slack(settings) is None


def test_without_an_app_token_it_is_http_with_a_signing_secret():
    settings = load_settings({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, NO_FILE)
    assert not settings.uses_socket
    assert missing_for_slack(settings) is None


def test_the_environment_wins_over_the_file(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("SLACK_BOT_TOKEN=xoxb-file\nPORT=9\nLOG_LEVEL=debug\n")
    settings = load_settings({"SLACK_BOT_TOKEN": "xoxb-environment"}, file)
    assert settings.slack_bot_token == "xoxb-environment"
    assert (settings.port, settings.log_level) == (9, "DEBUG")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1"),
        ("SLACK_APP_TOKEN", "xoxb-1"),
        ("SLACK_API_URL", "slack.com"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("HEALTH_PORT", "http"),
        ("CLAIM_SECONDS", "0"),
        ("KEEP_ANSWERS_DAYS", "0"),
        ("KEEP_RECORDS_DAYS", "a year"),
        ("CLAIM_SECONDS", "a minute"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_URL", "oracle://somewhere"),
        ("TOKEN_KEY", "hunter2"),
        ("TOKEN_KEY", f"{KEY},"),
        ("TOKEN_KEY", f"{KEY},{KEY[:-4]}"),
        ("TOKEN_KEY", f"{KEY} {KEY}"),
    ],
)
def test_a_malformed_setting_is_named(name: str, value: str):
    with pytest.raises(SettingsError, match=name):
        load_settings({name: value}, NO_FILE)


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://bot:pa@hunter2@db.example.com/bot",
        "postgresql://bot:pa@ss/hunter2@db.example.com/bot",
        "postgres://bot:pa@ss?hunter2@db.example.com/bot",
        "postgresql://bot:hunter2",
        "postgresql://bot@db.example.com:hunter2/bot",
    ],
)
def test_a_database_that_cannot_be_read_is_named_and_not_printed(value: str):
    with pytest.raises(SettingsError, match=r"DATABASE_URL .* %40") as mistake:
        load_settings({"DATABASE_URL": value}, NO_FILE)
    for part in ("hunter2", "ss", "pa@"):
        assert part not in str(mistake.value).replace("password", "")


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://bot:p%40s%3As@db.example.com:5432/bot?sslmode=require",
        "postgresql://bot:pa/ss:word@db.example.com/bot",
        "postgresql://bot@/bot?host=/var/run/postgresql",
        "sqlite:////data/bot@example.sqlite3",
    ],
)
def test_a_database_may_be_named_in_every_way_that_works(value: str):
    scheme, rest = value.split("://")
    driver = {"postgresql": "psycopg", "sqlite": "aiosqlite"}[scheme]
    assert load_settings({"DATABASE_URL": value}, NO_FILE).database_url == (
        f"{scheme}+{driver}://{rest}"
    )


def test_a_port_may_be_any_that_is_free():
    assert load_settings({"PORT": "0"}, NO_FILE).port == 0
    with pytest.raises(SettingsError, match="from 1 to 65535, or 0 for any that is free"):
        load_settings({"PORT": "70000"}, NO_FILE)


def test_health_is_served_on_a_port_of_its_own_only_when_one_is_set():
    assert load_settings({}, NO_FILE).health_port is None
    assert load_settings({"HEALTH_PORT": "9000"}, NO_FILE).health_port == 9000


def test_a_missing_token_is_named_with_the_place_to_find_it():
    no_bot_token = load_settings({"SLACK_APP_TOKEN": "xapp-1"}, NO_FILE)
    assert "SLACK_BOT_TOKEN" in (missing_for_slack(no_bot_token) or "")
    neither = load_settings({"SLACK_BOT_TOKEN": "xoxb-1"}, NO_FILE)
    sentence = missing_for_slack(neither) or ""
    assert "SLACK_APP_TOKEN" in sentence
    assert "SLACK_SIGNING_SECRET" in sentence
    assert "https://api.slack.com/apps" in sentence


OAUTH = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "secret",
    "SLACK_SIGNING_SECRET": "signing",
}
WITH_KEY = {**OAUTH, "TOKEN_KEY": KEY}


def test_several_workspaces_need_no_bot_token():
    settings = load_settings(WITH_KEY, NO_FILE)
    assert settings.uses_oauth
    assert missing_for_slack(settings) is None


@pytest.mark.parametrize("name", OAUTH)
def test_each_of_the_three_settings_for_several_workspaces_is_asked_for(name: str):
    others = {key: value for key, value in WITH_KEY.items() if key != name}
    sentence = missing_for_slack(load_settings(others, NO_FILE)) or ""
    assert sentence.startswith(f"{name} is missing")
    assert "Basic Information" in sentence


def test_several_workspaces_and_socket_mode_exclude_each_other():
    sentence = missing_for_slack(load_settings({**OAUTH, "SLACK_APP_TOKEN": "xapp-1"}, NO_FILE))
    assert "not both" in (sentence or "")


def test_readme_names_every_setting_and_its_default():
    table = (Path(__file__).parents[1] / "README.md").read_text()
    for field in fields(Settings):
        [row] = [line for line in table.splitlines() if f"| `{field.name.upper()}`" in line] or [
            line for line in table.splitlines() if f", `{field.name.upper()}` |" in line
        ]
        if field.default not in ("", None) and field.name != "database_url":
            assert f"`{field.default}`" in row


def test_the_command_that_makes_a_key_is_named_with_what_is_wrong():
    missing = missing_for_slack(load_settings(OAUTH, NO_FILE)) or ""
    assert missing.startswith("TOKEN_KEY is missing")
    with pytest.raises(SettingsError) as malformed:
        load_settings({"TOKEN_KEY": "hunter2"}, NO_FILE)
    for sentence in (missing, str(malformed.value)):
        assert "`python -m bot new-key` makes one" in sentence
        assert "hunter2" not in sentence, "a secret is not printed"


def test_a_key_may_be_in_either_alphabet_of_base64_and_several_may_be_given():
    keys = ["-_" * 21 + "8=", "+/" * 21 + "8="]
    settings = load_settings({"TOKEN_KEY": ", ".join(keys)}, NO_FILE)
    stored = Seal(keys[1]).close("xoxb-1")
    assert Seal(settings.token_key).open(stored) == "xoxb-1"


def test_an_empty_setting_is_no_setting(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("SLACK_BOT_TOKEN=\nSLACK_CLIENT_ID=\nPORT=\n")
    settings = load_settings({"SLACK_CLIENT_SECRET": " "}, file)
    assert not settings.has_slack
    assert settings.port == 3000
