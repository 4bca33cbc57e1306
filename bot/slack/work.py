"""What a piece of work needs: the job, the client of its workspace, and what the bot knows."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Surface
from bot.render.blocks import Message
from bot.slack.manners import Silence
from bot.slack.sharing import Conversation
from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.packed import pack, unpack
from bot.smtp.spot import Spotter
from bot.store import Job, Store
from bot.store.jobs import ASKED, BRIEF, FILES, MARK

POSTED = (BRIEF, FILES, ASKED)  # what counts for a channel's pace
SURFACES = {  # where work of a kind shows its answer, unless it says otherwise
    BRIEF: Surface.SPOTTED,
    FILES: Surface.SPOTTED,
    MARK: Surface.MARK,
    ASKED: Surface.MENTION,
}


@dataclass(frozen=True)
class Knowing:
    """What the bot knows, and its memory: the same for every piece of work."""

    explainer: Explainer
    spotter: Spotter
    store: Store


@dataclass(frozen=True)
class Work:
    """One job, and a client of its workspace that tries nothing again by itself.

    `reading` is held while files are read, which may take minutes. `message` is what the job is
    about, as long as this instance has it: it is never written down.
    """

    job: Job
    client: AsyncWebClient
    knowing: Knowing
    reading: Callable[[], AbstractAsyncContextManager[None]]
    message: dict[str, Any] | None = None

    @property
    def content(self) -> dict[str, Any]:
        """What was written down for the job."""
        found = json.loads(self.job.content)
        assert isinstance(found, dict)
        return found

    @property
    def conversation(self) -> Conversation:
        """Where the message stands, and what its event told of its being shared."""
        place = self.job.place
        return Conversation(self.client, place.team, place.channel, self.content.get("shared"))

    async def about(self) -> dict[str, Any]:
        """The message that the job is about; asked of Slack when another instance had it."""
        if self.message is not None:
            return self.message
        return await message_at(self.client, self.job.place.channel, self.content["about"])


class Composed(NamedTuple):
    """What to post, and what to do afterwards; nothing is lost when that fails."""

    message: Message
    then: Callable[[], Awaitable[None]] | None = None


Shown = Surface | Silence  # where something was shown, or why nothing was
Compose = Callable[[Work], Awaitable[Composed | Shown]]  # what was shown in place of a message
# What to do; doing it twice does no harm. None: what work of its kind always shows.
Act = Callable[[Work], Awaitable[Shown | None]]


def packed(answers: Sequence[Answer], is_shared: bool | None) -> str:
    """Answers as a job's content; it holds nothing that was pasted.

    `is_shared`: whether other organisations see the channel; None when the event did not say.
    """
    content = {"answers": [pack(answer) for answer in answers], "shared": is_shared}
    return json.dumps(content, separators=(",", ":"))


def unpacked(work: Work) -> list[Answer]:
    """The answers in a job's content, without those that are known no more."""
    found = []
    for each in work.content["answers"]:
        try:
            found.append(unpack(each, work.knowing.explainer.knowledge))
        except ValueError:
            continue
    return found


async def message_at(client: AsyncWebClient, channel: str, ts: str) -> dict[str, Any]:
    """One message by its time stamp; for a reply it finds the reply.

    Raises SlackApiError when Slack keeps it from us.
    """
    found = await client.conversations_replies(channel=channel, ts=ts, limit=1)
    message = found["messages"][0]
    assert isinstance(message, dict)
    return message
