"""Leave a channel alone for as long as Slack asks us to."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from bot.slack.work import POSTED
from bot.store import Job, Place, tables
from bot.store.jobs import BURST


@dataclass
class Rest:
    """Until when a channel gets no message, and how many wait for that."""

    until: datetime.datetime
    waiting: int = 1  # the one that Slack refused


class Rests:
    """The channels that Slack takes no more messages for, as far as this instance was told."""

    def __init__(self) -> None:
        self._rests: dict[tuple[str, str], Rest] = {}

    def begin(self, place: Place, seconds: float) -> None:
        """Slack refused a message because of its pace."""
        until = tables.now() + datetime.timedelta(seconds=seconds)
        self._rests[place.team, place.channel] = Rest(until)

    def until(self, job: Job) -> datetime.datetime | None:
        """When a job may post, where its channel rests; each comes after those that wait already.

        Changes and deletions are other methods, with limits of their own.
        """
        rest = self._rests.get((job.place.team, job.place.channel))
        if rest is None or job.answer_ts or job.kind not in POSTED:
            return None
        if rest.until <= tables.now():
            del self._rests[job.place.team, job.place.channel]
            return None
        turn = rest.until + datetime.timedelta(seconds=BURST) * (rest.waiting // BURST)
        rest.waiting += 1
        return turn
