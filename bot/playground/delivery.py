"""Get events, commands and interactions to the bot, and see that it acknowledges them.

Slack waits three seconds for an acknowledgement. Events are sent up to three times more (at once,
after one minute, after five); commands and interactions are not.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

from .pulse import Pulse
from .records import Json
from .tenancy import Tenant

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)


class Unanswered(Exception):
    """The bot did not acknowledge; `reason` is Slack's word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Envelope:
    """One thing the bot is told. `attempts` counts deliveries, `answer` is the ack's payload."""

    kind: str  # events_api, slash_commands or interactive
    payload: Json
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempts: int = 0
    failures: list[str] = field(default_factory=list)
    is_acknowledged: bool = False
    took: float = 0.0  # seconds until it was acknowledged
    answer: Any = None

    @property
    def accepts_response(self) -> bool:
        return self.kind != "events_api"


class Transport(Protocol):
    """A way to the bot: Socket Mode or HTTP."""

    async def deliver(self, envelope: Envelope, retry: int, reason: str) -> Any:
        """Hand over one envelope; return the ack's payload or raise Unanswered."""


class Delivery:
    """Everything sent to the bot, and what became of it."""

    def __init__(self, pulse: Pulse, tenant: Tenant) -> None:
        self.pulse = pulse
        self.tenant = tenant
        self.transport: Transport | None = None
        self.sent: list[Envelope] = []
        self.ack_seconds = ACK_SECONDS
        self.retry_delays: tuple[float, ...] = RETRY_DELAYS
        self.copies = 1  # 2 delivers every event twice, as Slack at times does
        self.under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def unacknowledged(self) -> list[Envelope]:
        """What the bot has not acknowledged, so far or ever."""
        return [envelope for envelope in self.sent if not envelope.is_acknowledged]

    def send_event(self, payload: Json) -> Envelope:
        """Send an event in the background, with retries."""
        envelope = self._record("events_api", payload)
        for _ in range(self.copies):
            self._spawn(envelope)
        return envelope

    def redeliver(self, count: int = 1) -> None:
        """Send the last events once more, as Slack does when it missed the acknowledgement."""
        events = [envelope for envelope in self.sent if envelope.kind == "events_api"]
        for envelope in events[-count:]:
            self._spawn(envelope, first_retry=max(1, envelope.attempts), reason="timeout")

    def deliver_missed(self) -> None:
        """Send what was not acknowledged once more: Slack's attempts after minutes, now."""
        for envelope in self.unacknowledged:
            if envelope.kind == "events_api":
                self._spawn(envelope, first_retry=len(self.retry_delays), reason="timeout")

    async def ask(self, kind: str, payload: Json) -> Envelope:
        """Send a command or interaction and wait for its acknowledgement; raise Unanswered."""
        envelope = self._record(kind, payload)
        self.under_way += 1
        try:
            await self._attempt(envelope, 0, "")
        finally:
            self._less()
        return envelope

    async def close(self) -> None:
        """Stop everything under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _record(self, kind: str, payload: Json) -> Envelope:
        envelope = Envelope(kind, self.tenant.sent(kind, payload))
        self.sent.append(envelope)
        return envelope

    def _spawn(self, envelope: Envelope, first_retry: int = 0, reason: str = "") -> None:
        task = asyncio.create_task(self._persist(envelope, first_retry, reason))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Counted from here, not from the task's first step: `settled` must never miss it.
        self.under_way += 1

    async def _persist(self, envelope: Envelope, retry: int, reason: str) -> None:
        try:
            while True:
                try:
                    await self._attempt(envelope, retry, reason)
                    return
                except Unanswered as failure:
                    if retry >= len(self.retry_delays):
                        return
                    delay, retry, reason = self.retry_delays[retry], retry + 1, failure.reason
                if delay:
                    await self._pause(delay)
        finally:
            self._less()

    async def _pause(self, delay: float) -> None:
        """Sleep; a retry minutes away does not keep anyone waiting for the bot to settle."""
        self._less()
        try:
            await asyncio.sleep(delay)
        finally:
            self.under_way += 1

    def _less(self) -> None:
        self.under_way -= 1
        self.pulse.beat()

    async def _attempt(self, envelope: Envelope, retry: int, reason: str) -> None:
        if self.transport is None:
            raise RuntimeError("no bot to deliver to")
        envelope.attempts += 1
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self.ack_seconds):
                envelope.answer = await self.transport.deliver(envelope, retry, reason)
            envelope.is_acknowledged = True
            envelope.took = asyncio.get_running_loop().time() - began
        except TimeoutError:
            envelope.failures.append("timeout")
            raise Unanswered("timeout") from None
        except Unanswered as failure:
            envelope.failures.append(failure.reason)
            raise
