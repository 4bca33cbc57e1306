"""Every setting from the environment and `.env`, read once into one frozen dataclass."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

LOG_FORMATS = ("auto", "json", "text")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
HIGHEST_PORT = 65535
MOST = 100_000  # seconds or days; more is a slip
LONGEST_NUMBER = 20  # characters of a number that is looked at
APPS = "https://api.slack.com/apps"
KEY_BYTES = 32  # https://github.com/fernet/spec/blob/master/Spec.md
NEW_KEY = "`python -m bot new-key` makes one"


class SettingsError(ValueError):
    """A missing or malformed setting, said in one sentence naming it and where to find it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the bot is told from outside; an empty text means "not set"."""

    slack_bot_token: str = ""
    slack_app_token: str = ""
    slack_signing_secret: str = ""
    slack_client_id: str = ""
    slack_client_secret: str = ""
    slack_api_url: str = "https://slack.com/api/"
    token_key: str = ""
    database_url: str = "sqlite+aiosqlite:///smtp-bot.sqlite3"
    claim_seconds: int = 45
    keep_answers_days: int = 7
    keep_records_days: int = 365
    host: str = "0.0.0.0"
    port: int = 3000
    health_port: int | None = None
    playground_port: int = 8421
    log_level: str = "INFO"
    log_format: str = "auto"

    @property
    def has_slack(self) -> bool:
        """Whether any Slack credential is set; without one, the playground runs."""
        return bool(
            self.slack_bot_token
            or self.slack_app_token
            or self.slack_signing_secret
            or self.slack_client_id
            or self.slack_client_secret
        )

    @property
    def uses_socket(self) -> bool:
        """Socket Mode when there is an app-level token, HTTP otherwise."""
        return bool(self.slack_app_token)

    @property
    def uses_oauth(self) -> bool:
        """Several workspaces, each with the token it gave at its installation; over HTTP."""
        return bool(self.slack_client_id and self.slack_client_secret)


def load_settings(
    environment: Mapping[str, str] | None = None, env_file: Path | None = None
) -> Settings:
    """Read and check the settings; the environment wins over the file.

    Raises SettingsError naming the first setting that is malformed.
    """
    found = dict(os.environ if environment is None else environment)
    file = Path(".env") if env_file is None else env_file
    if file.is_file():
        for name, value in dotenv_values(file).items():
            found.setdefault(name, value or "")
    values = {name: value.strip() for name, value in found.items() if value.strip()}
    for name, prefix in _PREFIXES.items():
        if name in values and not values[name].startswith(prefix):
            raise SettingsError(
                f"{name} should begin with {prefix}; "
                f"you find it at {APPS}, your app, {_WHERE[name]}."
            )
    defaults = Settings()
    return Settings(
        slack_bot_token=values.get("SLACK_BOT_TOKEN", ""),
        slack_app_token=values.get("SLACK_APP_TOKEN", ""),
        slack_signing_secret=values.get("SLACK_SIGNING_SECRET", ""),
        slack_client_id=values.get("SLACK_CLIENT_ID", ""),
        slack_client_secret=values.get("SLACK_CLIENT_SECRET", ""),
        slack_api_url=_api_url(values.get("SLACK_API_URL", defaults.slack_api_url)),
        token_key=_token_key(values.get("TOKEN_KEY", defaults.token_key)),
        database_url=_database_url(values.get("DATABASE_URL", defaults.database_url)),
        claim_seconds=_count(values, "CLAIM_SECONDS", defaults.claim_seconds, "seconds"),
        keep_answers_days=_count(values, "KEEP_ANSWERS_DAYS", defaults.keep_answers_days, "days"),
        keep_records_days=_count(values, "KEEP_RECORDS_DAYS", defaults.keep_records_days, "days"),
        host=values.get("HOST", defaults.host),
        port=_port(values, "PORT", defaults.port),
        health_port=_port(values, "HEALTH_PORT", 0) if "HEALTH_PORT" in values else None,
        playground_port=_port(values, "PLAYGROUND_PORT", defaults.playground_port),
        log_level=_one_of(LOG_LEVELS, values, "LOG_LEVEL", defaults.log_level),
        log_format=_one_of(LOG_FORMATS, values, "LOG_FORMAT", defaults.log_format),
    )


_PREFIXES = {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-"}
_WHERE = {
    "SLACK_BOT_TOKEN": "OAuth & Permissions, Bot User OAuth Token, once the app is installed",
    "SLACK_APP_TOKEN": "Basic Information, App-Level Tokens",
    "SLACK_SIGNING_SECRET": "Basic Information, App Credentials",
    "SLACK_CLIENT_ID": "Basic Information, App Credentials",
    "SLACK_CLIENT_SECRET": "Basic Information, App Credentials",
}


def missing_for_slack(settings: Settings) -> str | None:
    """One sentence naming the setting that is still needed to connect to Slack, or None."""
    needed = ["SLACK_BOT_TOKEN"]
    if settings.slack_client_id or settings.slack_client_secret:
        if settings.uses_socket:
            return (
                "Set either SLACK_APP_TOKEN (Socket Mode, one workspace) or SLACK_CLIENT_ID and "
                "SLACK_CLIENT_SECRET (HTTP, several workspaces), not both."
            )
        needed = ["SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"]
    for name in needed:
        if not getattr(settings, name.lower()):
            return f"{name} is missing; you find it at {APPS}, your app, {_WHERE[name]}."
    if settings.uses_oauth and not settings.token_key:
        return f"TOKEN_KEY is missing, the key that encrypts the workspaces' tokens; {NEW_KEY}."
    if not settings.uses_socket and not settings.slack_signing_secret:
        return (
            f"Set SLACK_APP_TOKEN for Socket Mode ({_WHERE['SLACK_APP_TOKEN']}, scope "
            "connections:write) or SLACK_SIGNING_SECRET for HTTP "
            f"({_WHERE['SLACK_SIGNING_SECRET']}); you find both at {APPS}, your app."
        )
    return None


def _api_url(value: str) -> str:
    if not re.match(r"https?://[^\s/]+", value):
        raise SettingsError(
            f'SLACK_API_URL, "{value}", should be a link such as https://slack.com/api/.'
        )
    return value if value.endswith("/") else value + "/"


def _token_key(value: str) -> str:
    for key in value.split(",") if value else ():
        try:
            is_key = len(b64decode(key.strip(), altchars=b"-_", validate=True)) == KEY_BYTES
        except ValueError:
            is_key = False
        if not is_key:
            raise SettingsError(
                f"TOKEN_KEY should be a key of {KEY_BYTES} bytes in base64, or several separated "
                f"by commas; {NEW_KEY}."
            )
    return value


def _database_url(value: str) -> str:
    for begin, driver in _DRIVERS.items():
        if value.startswith(begin):
            return _readable(driver + value.removeprefix(begin))
    raise SettingsError(
        "DATABASE_URL should begin with sqlite:/// and name a file, as in "
        "sqlite:///smtp-bot.sqlite3, or with postgresql://, as in postgresql://bot@db.example.com/bot."
    )


def _readable(url: str) -> str:
    """The address, once it is sure that SQLAlchemy takes no part of a password for something else,
    which would be printed where the database is named."""
    try:
        is_clear = make_url(url).get_backend_name() == "sqlite" or url.count("@") <= 1
    except (ArgumentError, ValueError):  # the latter about a port that is no number
        is_clear = False
    if not is_clear:
        raise SettingsError(
            "DATABASE_URL cannot be read: in a name or password write @ as %40, : as %3A and / as "
            "%2F (percent-encoding), and the port as a number."
        )
    return url


# What hosts and people write, and what SQLAlchemy is told.
_DRIVERS = {
    "sqlite+aiosqlite://": "sqlite+aiosqlite://",
    "sqlite://": "sqlite+aiosqlite://",
    "postgresql+psycopg://": "postgresql+psycopg://",
    "postgresql://": "postgresql+psycopg://",
    "postgres://": "postgresql+psycopg://",
}


def _port(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, str(default))
    is_number = text.isdecimal() and len(text) <= LONGEST_NUMBER
    if not is_number or not 0 <= int(text) <= HIGHEST_PORT:
        shown = text[:LONGEST_NUMBER]
        raise SettingsError(
            f'{name}, "{shown}", should be a port number from 1 to {HIGHEST_PORT}, or 0 for any '
            "that is free."
        )
    return int(text)


def _one_of(words: tuple[str, ...], values: Mapping[str, str], name: str, default: str) -> str:
    asked = values.get(name, default)
    for word in words:
        if word.lower() == asked.lower():
            return word
    raise SettingsError(f'{name}, "{asked}", should be one of {", ".join(words)}.')


def _count(values: Mapping[str, str], name: str, default: int, of: str) -> int:
    text = values.get(name, str(default))[:LONGEST_NUMBER]
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise SettingsError(f'{name}, "{text}", should be a number of {of}, as in {default}.')
    return int(text)
