"""What shared files say: read, counted, and forgotten; nothing of them is kept or logged."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.render.asked import full
from bot.render.blocks import Message
from bot.render.card import Notes, brief
from bot.render.digest import digest_message, no_error_in_file, unread
from bot.render.wording import many
from bot.slack.download import (
    CHUNK,
    JsonFile,
    UnreadError,
    fetched,
    refused,
    shown_whole,
    with_info,
)
from bot.slack.questions import errors_in
from bot.slack.work import Work
from bot.smtp.answer import Answer
from bot.smtp.digest import Digest, Explain
from bot.smtp.explain import Explainer
from bot.smtp.logs import reports
from bot.smtp.plain_text import decoded
from bot.smtp.report import Report
from bot.smtp.spot import Spotter

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

MOST_FILES = 5  # of one message; a person can add ten
AT_ONCE = 2  # messages whose files are read at the same time: memory, and the share of the core
# Troubles an admin should hear of; the others are the file's own.
_LOGGED = ("scope", "failed")


@dataclass
class Reading:
    """What was found in the files of a message, and why some were not read."""

    digest: Digest = field(default_factory=Digest)
    ids: list[str] = field(default_factory=list)  # of the files that were read
    whys: list[str] = field(default_factory=list)

    @property
    def answer(self) -> Answer | None:
        """The one answer, when there is just one error."""
        return self.digest.causes[0].answer if self.digest.count == 1 else None

    @property
    def notes(self) -> list[str]:
        """Small print for a digest that does not cover everything."""
        left = len(self.whys)
        verb = "was" if left == 1 else "were"
        return [f"{many(left, 'other file')} {verb} not read."] if left else []


def told(reading: Reading, *, mutable: bool = False, notes: Notes | None = None) -> Message | None:
    """What was found: one error, or many; None for nothing. What is unasked is `mutable`."""
    if reading.answer and mutable:
        return brief([reading.answer], mutable=True, notes=notes)
    if reading.answer:
        return full([reading.answer], notes)
    if not reading.digest.count:
        return None
    return digest_message(reading.digest, reading.ids, notes=reading.notes, mutable=mutable)


def nothing_found(reading: Reading) -> Message:
    """What to say about files without an error, or about the first that was not read."""
    return unread(reading.whys[0]) if reading.whys else no_error_in_file()


async def read_attached(work: Work, message: dict[str, Any], *, asked: bool) -> Reading:
    """Count the errors in the files of a message, as `read_files` does."""
    knowing, files = work.knowing, message.get("files")
    if not files:
        return Reading()
    async with work.reading():
        return await read_files(work.client, knowing.explainer, knowing.spotter, files, asked=asked)


async def read_files(
    client: AsyncWebClient,
    explainer: Explainer,
    spotter: Spotter,
    files: Sequence[JsonFile],
    *,
    asked: bool,
) -> Reading:
    """Count the errors in files, at the certainty of messages; `asked` reads short texts as
    generously as a message that someone points at."""

    def explain(report: Report) -> Answer | None:
        if asked and report.is_whole:
            return next(iter(errors_in(report.text, explainer, spotter)), None)
        return next(iter(spotter.spot(report.text)), None)

    reading = Reading()
    if not files:  # whoever asks about a text waits for nobody's files
        return reading
    is_one = len(files) == 1
    async with _turn():
        for file in files[:MOST_FILES]:
            try:
                file = await with_info(client, file)
                content = await _content(client, file)
            except UnreadError as trouble:
                reading.whys.append(trouble.why)
                if trouble.why in _LOGGED:
                    logger.warning("a file could not be read", file=file.get("id"), why=trouble.why)
                continue
            name = str(file.get("name") or "")
            reading.ids.append(file["id"])
            where = "" if is_one else f"{name}:"
            await _count(reading.digest, content, name, where, explain)
    reading.whys += ["more"] * len(files[MOST_FILES:])
    return reading


async def _content(client: AsyncWebClient, file: JsonFile) -> bytes:
    """The bytes of a file: from the message where it carries the whole text, else from Slack."""
    if why := refused(file):
        raise UnreadError(why)
    shown = shown_whole(file)
    return await fetched(client, file) if shown is None else shown.encode("utf-8", "replace")


async def _count(digest: Digest, content: bytes, name: str, where: str, explain: Explain) -> None:
    """Count in a thread of its own, so that other messages are answered meanwhile."""
    is_stopped = threading.Event()

    def until_stopped() -> Iterator[bytes]:
        for start in range(0, len(content), CHUNK):
            if is_stopped.is_set():
                return
            yield content[start : start + CHUNK]

    try:
        found = reports(decoded(until_stopped()), name)
        await asyncio.to_thread(digest.add, found, explain, where)
    finally:
        is_stopped.set()


_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def _turn() -> asyncio.Semaphore:
    """Held while reading: whoever shares ten logs at once waits, and memory stays bounded."""
    return _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
