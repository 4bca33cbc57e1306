"""Listen to events so that nothing is lost: decide and write down before Slack is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.observed import Arrival, Handing
from bot.slack.delivery import Deliverer
from bot.slack.manners import workspace
from bot.slack.sharing import told_shared
from bot.smtp.spot import Spotter
from bot.store import Place, Store


@dataclass(frozen=True, slots=True)
class Heard:
    """An event and what Slack told around it, and what it takes to write down what to do."""

    event: dict[str, Any]
    body: dict[str, Any]
    context: AsyncBoltContext
    deliverer: Deliverer
    spotter: Spotter
    store: Store
    arrival: Arrival

    def place(self, channel: str, ts: str) -> Place:
        """A message, and what it takes to find the token of its workspace later."""
        context = self.context
        return Place(workspace(context), channel, ts, context.team_id, context.enterprise_id)

    @property
    def told_shared(self) -> bool | None:
        """Whether other organisations see the channel; None when the event does not say."""
        return told_shared(self.body)


def hear(app: AsyncApp, event: str, listener: Callable[[Heard], Awaitable[None]]) -> None:
    """Run a listener for an event before the event is acknowledged.

    Bolt acknowledges events first and runs listeners afterwards, but a listener's middleware runs
    before: so what a listener writes down is there when Slack stops sending the event again. When
    it raises, Slack gets a 500, or over Socket Mode nothing, and delivers once more.
    """

    async def hearing(context: AsyncBoltContext, body: dict[str, Any], _: object) -> BoltResponse:
        await listener(
            Heard(
                event=body["event"],
                body=body,
                context=context,
                deliverer=context["deliverer"],
                spotter=context["spotter"],
                store=context["store"],
                arrival=context["arrival"],
            )
        )
        return BoltResponse(status=int(HTTPStatus.OK))

    app.event(event, middleware=[Handing(hearing)])(_heard_already)


async def _heard_already() -> None:
    """Never runs: the middleware has answered."""
