"""Tell everyone who waits that something happened in the pretend Slack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Pulse:
    """A heartbeat: `beat()` after every change, `wait_for()` until one makes something true."""

    def __init__(self) -> None:
        self.beats = 0
        self._waiting: list[asyncio.Future[None]] = []

    def beat(self) -> None:
        """Wake everyone who waits for a change."""
        self.beats += 1
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def next(self, seconds: float | None = None) -> bool:
        """Wait for the next beat; False when none came within so many seconds."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        done, _ = await asyncio.wait([future], timeout=seconds)
        if not done:
            self._waiting = [other for other in self._waiting if other is not future]
        return bool(done)

    async def wait_for(self, condition: Callable[[], T], seconds: float, hope: str) -> T:
        """Return the first true value of `condition()`; fail naming `hope` after `seconds`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not (value := condition()):
            left = deadline - loop.time()
            if left <= 0 or not await self.next(left):
                if value := condition():
                    break
                raise TimeoutError(f"waited {seconds:g} s in vain for {hope}")
        return value
