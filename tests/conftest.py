"""What the tests share: the real knowledge, loaded once, and the real bot on the pretend Slack."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from databases import Postgres, programs, serving
from hypothesis import settings
from running import Bot

from bot import logs
from bot.app import READ_BY_BOLT
from bot.playground import PretendSlack
from bot.slack import EVENTS, SCOPES, SHORTCUTS, STEPS, joined, lately, mention, people, sharing
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge, load
from bot.smtp.spot import Spotter
from bot.store import Store


def pytest_configure(config: pytest.Config) -> None:
    config.option.fold_skipped = False  # a skipped test is named
    # A busy machine is no bug; tests that care about time measure it themselves.
    settings.register_profile("calm", parent=settings.default, deadline=None)
    settings.load_profile("calm")
    logs.through_logging()


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session")
def explainer(knowledge: Knowledge) -> Explainer:
    return Explainer(knowledge)


@pytest.fixture(scope="session")
def spotter(explainer: Explainer) -> Spotter:
    return Spotter(explainer)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in READ_BY_BOLT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def patient_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no slow Slack; and every test has a Slack of its own."""
    monkeypatch.setattr(lately, "PATIENCE", 9.0)
    for module in (people, sharing):
        monkeypatch.setattr(module, "_known", lately.Lately())
    monkeypatch.setattr(joined, "_known", lately.Lately(joined.A_MINUTE))
    # The two events of a mention come at once here.
    monkeypatch.setattr(mention, "HEAD_START", 0.05)


@pytest.fixture(params=["socket", "http"])
def way(request: pytest.FixtureRequest) -> str:
    """How Slack reaches the bot: every scenario is played over both."""
    return str(request.param)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres | None]:
    """A PostgreSQL server; None where it is not installed, which CI does not put up with."""
    installed = programs()
    if installed is None:
        assert not os.environ.get("CI"), "PostgreSQL is not installed"
        yield None
        return
    with serving(installed) as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3"


@pytest.fixture
def postgres_url(postgres: Postgres | None) -> str:
    if postgres is None:
        pytest.skip("PostgreSQL is not installed")
    return postgres.new_database()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, on either system."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def bot(
    way: str, explainer: Explainer, sqlite_url: str, postgres: Postgres | None
) -> AsyncIterator[Bot]:
    """The real bot at work; at the end nobody may have logged what the test did not look at.

    By Socket Mode it uses SQLite, over HTTP PostgreSQL where there is one: as people run it.
    """
    database_url = postgres.new_database() if postgres and way == "http" else sqlite_url
    async with PretendSlack(
        events=EVENTS, scopes=SCOPES, shortcuts=SHORTCUTS, steps=STEPS
    ) as slack:
        bot = Bot(slack, way, explainer, database_url)
        logging.getLogger().addHandler(bot)
        try:
            await bot.start()
            yield bot
            await slack.settled()
        finally:
            await bot.stop()
            logging.getLogger().removeHandler(bot)
        assert bot.log == []


@pytest.fixture
async def slack(bot: Bot) -> AsyncIterator[PretendSlack]:
    """The pretend Slack with the real bot in it; at the end Slack may have nothing against it."""
    yield bot.slack
    assert bot.slack.complaints == []
