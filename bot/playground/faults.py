"""Tell the pretend Slack to fail: rate limits, server errors, silence, lost connections.

A fault waits for the next calls of one Web API method (`*`: any method; `response_url`: answers
to response URLs; `file`: downloads), strikes `times` times and is gone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from .records import Json


@dataclass
class Fault:
    """One way of failing. `although_done` does the work first and fails afterwards."""

    method: str
    times: int
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Json | None = None
    is_reset: bool = False
    gate: asyncio.Event | None = None
    seconds: float = 0.0
    although_done: bool = False

    def release(self) -> None:
        """Let go of the calls that `hold` keeps waiting."""
        if self.gate is not None:
            self.gate.set()


class Faults:
    """The faults still to strike."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.refused_blocks: set[str] = set()
        self._holding: list[Fault] = []

    def take(self, method: str) -> Fault | None:
        """The fault that strikes this call, if one does."""
        for fault in self.waiting:
            if fault.method in ("*", method):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Work again; whoever is kept waiting goes on."""
        for fault in self._holding:
            fault.release()
        self._holding.clear()
        self.waiting.clear()
        self.refused_blocks.clear()

    def rate_limit(self, method: str = "*", *, retry_after: int = 1, times: int = 1) -> Fault:
        """Answer 429 with Retry-After."""
        headers = {"Retry-After": str(retry_after)}
        body: Json = {"ok": False, "error": "ratelimited"}
        return self._add(Fault(method, times, status=429, headers=headers, body=body))

    def server_error(
        self, method: str = "*", *, status: int = 503, times: int = 1, although_done: bool = False
    ) -> Fault:
        """Answer with a 5xx and no JSON."""
        return self._add(Fault(method, times, status=status, although_done=although_done))

    def error(self, method: str, error: str, *, times: int = 1, **details: object) -> Fault:
        """Answer `{"ok": false, "error": error}`."""
        return self._add(Fault(method, times, body={"ok": False, "error": error, **details}))

    def reset(self, method: str = "*", *, times: int = 1, although_done: bool = False) -> Fault:
        """Drop the connection instead of answering."""
        return self._add(Fault(method, times, is_reset=True, although_done=although_done))

    def slow(self, method: str = "*", *, seconds: float, times: int = 1) -> Fault:
        """Answer properly, but late."""
        return self._add(Fault(method, times, seconds=seconds))

    def hold(self, method: str = "*", *, times: int = 1) -> Fault:
        """Keep calls waiting until the fault is released: a timeout without a clock."""
        fault = Fault(method, times, gate=asyncio.Event())
        self._holding.append(fault)
        return self._add(fault)

    def refuse_blocks(self, *kinds: str) -> None:
        """Answer `invalid_blocks` to these types of blocks until cleared, as a workspace does that
        does not have them yet."""
        self.refused_blocks.update(kinds)

    def _add(self, fault: Fault) -> Fault:
        self.waiting.append(fault)
        return fault
