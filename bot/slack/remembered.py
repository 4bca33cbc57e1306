"""What Slack told lately, so that it is not asked the same again at once."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 500  # answers kept; the oldest make room


class Remembered(Generic[T]):
    """Answers by key, each for some seconds; only in memory."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: dict[Hashable, tuple[float, T]] = {}  # the oldest first

    async def get(
        self, key: Hashable, ask: Callable[[], Awaitable[T]], *, fresh: bool = False
    ) -> T:
        """What is known under `key`, or else what `ask` answers; a `fresh` one is asked for anew.

        An error that `ask` raises is passed on and not remembered.
        """
        if key in self._known and not fresh:
            asked_at, known = self._known[key]
            if self._clock() - asked_at < self._seconds:
                return known
        answer = await ask()
        self._known.pop(key, None)
        self._known[key] = (self._clock(), answer)
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return answer

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
