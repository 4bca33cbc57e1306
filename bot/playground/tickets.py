"""What lets a bot answer one interaction: trigger ids and response URLs, and when they expire."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from .records import Message

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


class SlackError(Exception):
    """An answer of `{"ok": false, "error": …}`."""

    def __init__(self, error: str, **details: object) -> None:
        super().__init__(error)
        self.error = error
        self.details = details

    def answer(self) -> dict[str, object]:
        """The body Slack would send."""
        return {"ok": False, "error": self.error, **self.details}


@dataclass
class Trigger:
    """A person's click that may open one modal."""

    user: str
    born: float
    is_used: bool = False


@dataclass
class ResponseUrl:
    """Where a bot may answer an interaction without a token."""

    id: str
    url: str
    user: str
    channel: str
    born: float
    source: Message | None = None
    uses: int = 0


class Tickets:
    """All trigger ids and response URLs handed out."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.base_url = ""
        self.triggers: dict[str, Trigger] = {}
        self.responses: dict[str, ResponseUrl] = {}

    def trigger(self, user: str) -> str:
        """A new trigger id for what `user` just did."""
        trigger_id = f"{len(self.triggers) + 1}.{int(self.clock())}.{uuid.uuid4().hex}"
        self.triggers[trigger_id] = Trigger(user, self.clock())
        return trigger_id

    def redeem(self, trigger_id: str) -> str:
        """Who may see a modal for this trigger id; each opens one."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self.clock() - trigger.born > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        trigger.is_used = True
        return trigger.user

    def response(self, user: str, channel: str, source: Message | None = None) -> ResponseUrl:
        """A new response URL for what `user` just did in `channel`, to `source` if that was one."""
        name = uuid.uuid4().hex
        url = f"{self.base_url}/response/{name}"
        ticket = ResponseUrl(name, url, user, channel, self.clock(), source)
        self.responses[name] = ticket
        return ticket

    def use(self, name: str) -> ResponseUrl:
        """Count one use of a response URL; five within thirty minutes are allowed."""
        ticket = self.responses.get(name)
        if ticket is None or self.clock() - ticket.born > RESPONSE_SECONDS:
            raise SlackError("expired_url")
        if ticket.uses >= RESPONSE_USES:
            raise SlackError("used_url")
        ticket.uses += 1
        return ticket
