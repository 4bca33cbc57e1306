"""What the tests share: the real knowledge, loaded once, and what is built on it."""

from __future__ import annotations

import pytest

from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge, load
from bot.smtp.spot import Spotter


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session")
def explainer(knowledge: Knowledge) -> Explainer:
    return Explainer(knowledge)


@pytest.fixture(scope="session")
def spotter(explainer: Explainer) -> Spotter:
    return Spotter(explainer)
