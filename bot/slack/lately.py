"""What Slack told us in the last few minutes, so that it is not asked for every message."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

FEW_MINUTES = 300.0  # seconds
MOST = 10_000  # facts of one kind; about a megabyte
# Seconds for looking something up while an acknowledgement waits, which Slack wants within three.
PATIENCE = 2.0

NOTHING = (0.0, None)  # learned at no time

Fact = TypeVar("Fact")


class Lately(Generic[Fact]):
    """Facts of one kind by a Slack id, each of the workspace whose token asked for it."""

    def __init__(self, seconds: float = FEW_MINUTES, most: int = MOST) -> None:
        self._seconds, self._most = seconds, most
        self._facts: dict[tuple[str | None, str], tuple[float, Fact]] = {}

    def get(self, client: AsyncWebClient, slack_id: str) -> Fact | None:
        """What was learned about this id in the last few minutes; None when nothing was."""
        learned_at, fact = self._facts.get((client.token, slack_id), NOTHING)
        return fact if learned_at + self._seconds > time.monotonic() else None

    def learn(self, client: AsyncWebClient, slack_id: str, fact: Fact) -> None:
        """Remember a fact for a few minutes."""
        if len(self._facts) >= self._most:
            self._facts.clear()
        self._facts[(client.token, slack_id)] = (time.monotonic(), fact)
