"""What the pretend Slack remembers: who is there, and what was said in which channel."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace

from .records import APP_ID, Channel, File, Json, Kind, Message, Person, View

BOT = Person("U0SMTPBOT01", "smtpbot", "SMTP bot", bot_id="B0SMTPBOT01", app_id=APP_ID)
ALERTS = Person("U0ALERTS001", "alerts", "Alerts", bot_id="B0ALERTS001", app_id="A0ALERTS001")
YOU = Person("U0YOU000001", "you", "You", is_admin=True)
COLLEAGUE = Person("U0COLLEAGUE", "colleague", "Colleague")


class Workspace:
    """The whole state. `changed` is called after every change."""

    def __init__(self, changed: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        self.changed = changed
        self.clock = clock
        self._last_ts = 0
        self._serial = 0
        people = (YOU, COLLEAGUE, ALERTS, BOT)
        self.people: dict[str, Person] = {person.id: replace(person) for person in people}
        everyone = [YOU.id, COLLEAGUE.id, ALERTS.id]
        self.channels: dict[str, Channel] = {}
        self.add_channel("mail-ops", [*everyone, BOT.id], purpose="Mail queues, bounces, deferrals")
        self.add_channel("support", [*everyone, BOT.id], purpose="Questions from customers")
        self.add_channel("random", everyone, purpose="The bot is not invited here, yet")
        self.add_channel("", [YOU.id, BOT.id], kind="im")
        self.files: dict[str, File] = {}
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def add_channel(
        self, name: str, members: Iterable[str], *, kind: Kind = "channel", purpose: str = ""
    ) -> Channel:
        """Open one more channel; `im` for a direct message, `group` for a private channel."""
        letter = {"im": "D", "channel": "C"}.get(kind, "G")
        channel = Channel(self.new_id(letter), name, kind, list(members), purpose=purpose)
        self.channels[channel.id] = channel
        self.changed()
        return channel

    def new_id(self, letter: str) -> str:
        """An id of Slack's shape, different from all others."""
        self._serial += 1
        return f"{letter}0{self._serial:08d}X"

    def new_ts(self) -> str:
        """A message timestamp: unique and increasing."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def channel(self, name: str) -> Channel:
        """A channel by id, `name` or `#name`, or `@name`: the direct message between you and them.
        LookupError when there is none."""
        if name.startswith("@"):
            return self.direct_message(YOU.id, self.person(name).id)
        bare = name.removeprefix("#")
        for channel in self.channels.values():
            if channel.id == name or (channel.name and channel.name == bare):
                return channel
        raise LookupError(f"no channel {name!r}")

    def person(self, name: str) -> Person:
        """A person by id, bot id or name; LookupError when there is none."""
        bare = name.removeprefix("@").lower()
        for person in self.people.values():
            if name in (person.id, person.bot_id) or bare in (
                person.name,
                person.real_name.lower(),
            ):
                return person
        raise LookupError(f"no person {name!r}")

    def direct_message(self, one: str, other: str) -> Channel:
        """The direct message between two people, opened when there is none."""
        for channel in self.channels.values():
            if channel.kind == "im" and {one, other} == set(channel.members):
                return channel
        return self.add_channel("", [one, other], kind="im")

    def post(self, channel: Channel, message: Message) -> Message:
        """Add a message to a channel, completed as Slack completes it."""
        complete_blocks(message.blocks)
        complete_attachments(message.attachments)
        channel.add(message)
        self.changed()
        return message


def complete_blocks(blocks: Iterable[Json]) -> None:
    """Fill in the ids Slack gives to blocks and elements that have none."""
    for block in blocks:
        block.setdefault("block_id", uuid.uuid4().hex[:5])
        for element in elements_of(block):
            if element.get("type") not in PASSIVE_ELEMENTS:
                element.setdefault("action_id", uuid.uuid4().hex[:5])


def complete_attachments(attachments: Iterable[Json]) -> None:
    """Number attachments and give each a fallback text, as Slack does."""
    for number, attachment in enumerate(attachments, start=1):
        attachment.setdefault("id", number)
        attachment.setdefault("fallback", attachment.get("text") or "[no preview available]")
        complete_blocks(attachment.get("blocks", []))


PASSIVE_ELEMENTS = {"image", "mrkdwn", "plain_text"}


def elements_of(block: Json) -> list[Json]:
    """The elements of a block that someone may click or fill in (and images)."""
    kind = block.get("type")
    if kind in ("actions", "context_actions", "context"):
        return list(block.get("elements", []))
    if kind == "section" and block.get("accessory"):
        return [block["accessory"]]
    if kind == "input" and block.get("element"):
        return [block["element"]]
    return []
