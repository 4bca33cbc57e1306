"""Bring Slack up to date with what was written down: once, at Slack's pace, whoever began it."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.logs import described
from bot.metrics import Metrics, Surface
from bot.observed import ObservedCalls, answered, silent
from bot.render.blocks import Message
from bot.slack.found import found, metadata_of
from bot.slack.manners import DIRECT, Silence
from bot.slack.pace import Rests
from bot.slack.posting import QUIET, Poster, delete, unless_gone
from bot.slack.reading import AT_ONCE as READERS
from bot.slack.refusals import OUT_OF_REACH, is_passing, wait_asked_for
from bot.slack.work import SURFACES, Act, Compose, Composed, Knowing, Shown, Work
from bot.store import Job, Place, tables

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("bot")

LOOKS_EVERY = 1.0  # seconds; for what is due by now, or was left by an instance that died
AT_ONCE = 40  # pieces of work at a time, besides those that read files or wait to
# Fetching and counting the largest files (bot/slack/reading.py), those of buttons before them.
LONGEST_READING = datetime.timedelta(seconds=180)
LONGEST_CALL = 20  # seconds for one call to Slack
# Of a claim's time, for one attempt: what it began is over when somebody else may begin.
LONGEST_SHARE = 0.5
WAITS = (0.3, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)  # seconds before another try, the last repeated
STAYS = 1.0  # seconds that work may wait without being looked up again
MOST_ATTEMPTS = 60  # about an hour: an answer that comes later helps nobody any more


class TakenError(Exception):
    """Another instance has the job by now."""


@dataclass
class Attempt:
    """A job that is ours for a while, and when work on it has to end."""

    job: Job
    end: asyncio.Timeout


Clients = Callable[[Place], Awaitable[AsyncWebClient]]


class Deliverer:
    """Carries out jobs; several instances share the work through the database."""

    def __init__(
        self,
        knowing: Knowing,
        clients: Clients,
        composes: Mapping[str, Compose],
        acts: Mapping[str, Act],
        metrics: Metrics,
    ) -> None:
        self._knowing = knowing
        self._jobs = knowing.store.jobs
        self._clients = clients
        self._composes = composes
        self._acts = acts
        self._metrics = metrics
        self._poster = Poster()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._readers = asyncio.Semaphore(READERS)
        self._longest = min(
            datetime.timedelta(seconds=LONGEST_CALL), LONGEST_SHARE * self._jobs.claimed_for
        )
        self._rests = Rests()
        self._is_stopping = False
        self._at_work: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()

    def start(self) -> None:
        """Begin to look for work that is due."""
        self._looking = asyncio.create_task(self._look())

    async def stop(self, seconds: float) -> None:
        """Take no more work, finish what is at hand, and leave the rest to the next instance."""
        self._is_stopping = True
        if self._looking:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=seconds)
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    def do(self, job: Job | None, message: dict[str, Any] | None = None) -> None:
        """Carry out a job that was just written down; `message` is what it is about."""
        if job is None:
            return
        wait = (job.due - tables.now()).total_seconds()
        if wait > 0:
            self._look_in(wait)
            return
        task = asyncio.create_task(self.deliver(job, message))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    def _look_in(self, seconds: float) -> None:
        """Look for work in so many seconds."""
        asyncio.get_running_loop().call_later(max(0.0, seconds), self._wake.set)

    async def deliver(self, job: Job, message: dict[str, Any] | None) -> None:
        """Work on a job until Slack shows what it wants, or it has to wait."""
        current: Job | None = job
        async with self._room:
            try:
                while current is not None and not self._is_stopping:
                    current = await self._attempt(current, message)
                if current is not None:
                    await self._jobs.postpone(current, tables.now(), current.unsure)
            except (SQLAlchemyError, OSError) as trouble:
                # It is taken up again when the claim runs out.
                logger.info(
                    "the database cannot be reached", error=described(trouble), **_about(job)
                )

    async def _look(self) -> None:
        is_cut_off = False
        while True:
            self._wake.clear()
            try:
                # What is claimed while there is no room for it would only wait here.
                for job in () if self._room.locked() else await self._jobs.due():
                    self.do(job)
                is_cut_off = False
            except (SQLAlchemyError, OSError) as trouble:
                if not is_cut_off:
                    logger.error("the database cannot be reached", error=described(trouble))
                is_cut_off = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOKS_EVERY)

    async def _attempt(self, job: Job, message: dict[str, Any] | None) -> Job | None:
        """Try once; the job as it is to be tried again at once, or None."""
        held = await self._held(job)
        if held is None:
            return None
        attempt = Attempt(held, asyncio.timeout(self._longest.total_seconds()))
        try:
            async with attempt.end:
                client = await self._clients(job.place)
                reading = partial(self._reading, attempt)
                work = Work(held, client, self._knowing, reading, message)
                answer_ts, shown = await self._carry_out(work)
        except TakenError:
            return None
        except SlackApiError as refusal:
            return await self._refused(attempt.job, refusal)
        except (*OUT_OF_REACH, SQLAlchemyError) as trouble:
            return await self._later(attempt.job, trouble, began=True)
        except Exception as fault:
            self._failed(job, fault, exc_info=fault)
            await self._give_up(attempt.job)
            return None
        self._count(job, shown)
        if await self._settled(job, answer_ts):
            return await self._jobs.claim(job.place)
        return None

    async def _held(self, job: Job) -> Job | None:
        """The job, ours for as long as an attempt may take; None when it is not to be tried now."""
        if rested := self._rests.until(job):
            await self._jobs.postpone(job, rested, job.unsure)
            self._look_in((rested - tables.now()).total_seconds())
            return None
        if job.until is None or job.until - tables.now() < self._longest:
            return await self._jobs.renew(job, self._longest / LONGEST_SHARE)
        return job

    @asynccontextmanager
    async def _reading(self, attempt: Attempt) -> AsyncIterator[None]:
        """Leave the room to others while files are read: of those few are at a time, and slow.

        TakenError when the job is somebody else's when its turn comes.
        """
        attempt.end.reschedule(None)
        self._room.release()
        try:
            await self._turn_to_read(attempt)
            try:
                async with asyncio.timeout(LONGEST_READING.total_seconds()):
                    yield
            finally:
                self._readers.release()
        finally:
            await self._room.acquire()
            now = asyncio.get_running_loop().time()
            attempt.end.reschedule(now + self._longest.total_seconds())

    async def _turn_to_read(self, attempt: Attempt) -> None:
        """Wait for those who read files; the job stays ours, for as long as reading may take."""
        patience = (LONGEST_SHARE * LONGEST_READING).total_seconds()
        while True:
            renewed = await self._jobs.renew(attempt.job, LONGEST_READING / LONGEST_SHARE)
            if renewed is None:
                raise TakenError
            attempt.job = renewed
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._readers.acquire()
                    return

    async def _carry_out(self, work: Work) -> tuple[str | None, Shown | None]:
        """Do what a job wants; where the answer stands, if there is one, and what was shown."""
        job = work.job
        usual = SURFACES.get(job.kind)
        if job.content and job.kind in self._acts:
            return None, await self._acts[job.kind](work) or usual
        answer_ts = job.answer_ts or (await found(work) if job.unsure else None)
        if not job.content:
            if answer_ts:
                await delete(work.client, job.place.channel, answer_ts)
            return None, None
        if answer_ts and job.version <= 1:
            return answer_ts, usual
        composed = await self._composes[job.kind](work)
        if not isinstance(composed, Composed):
            return answer_ts, composed
        if answer_ts:
            await self._change(work, composed.message, answer_ts)
            return answer_ts, usual
        answer_ts = await self._post(work, composed.message)
        if composed.then is not None:
            await _follow(composed.then, job)
        return answer_ts, usual

    async def _change(self, work: Work, message: Message, answer_ts: str) -> None:
        with unless_gone():
            await self._poster.post(
                work.client.chat_update,
                work.job.place.team,
                message,
                channel=work.job.place.channel,
                ts=answer_ts,
                metadata=metadata_of(work.job),
            )

    async def _post(self, work: Work, message: Message) -> str:
        try:
            posted = await self._poster.post(
                work.client.chat_postMessage,
                work.job.place.team,
                message,
                channel=work.job.place.channel,
                thread_ts=work.job.thread_ts,
                **QUIET,
                metadata=metadata_of(work.job),
            )
        except SlackApiError as refusal:
            if wait := wait_asked_for(refusal):
                self._rests.begin(work.job.place, wait)
            raise
        return str(posted["ts"])

    async def _refused(self, job: Job, refusal: SlackApiError) -> Job | None:
        wait = wait_asked_for(refusal)
        if wait is not None:
            return await self._later(job, refusal, began=job.unsure, wait=wait)
        if is_passing(refusal):
            return await self._later(job, refusal, began=True)
        self._failed(job, refusal)
        await self._give_up(job)
        return None

    def _count(self, job: Job, shown: Shown | None) -> None:
        """Count what was shown, or that nothing was; changes of an answer do not count."""
        if shown is None or job.version > 1 or not job.content:
            return
        if shown is Surface.MENTION and job.place.channel.startswith(DIRECT):
            shown = Surface.DIRECT
        seconds = round((tables.now() - job.at).total_seconds(), 4)
        if isinstance(shown, Silence):
            silent(self._metrics, shown, seconds, **_about(job))
        else:
            answered(self._metrics, shown, seconds, **_about(job))

    def _failed(self, job: Job, trouble: Exception, **more: Exception) -> None:
        logger.error(described(trouble), outcome="failed", **_about(job), **more)
        self._metrics.failures.labels(type(trouble).__name__).inc()

    async def _give_up(self, job: Job) -> None:
        """Leave an answer as it stands; one never given is forgotten, for the next message."""
        if job.answer_ts:
            await self._jobs.settle(job, job.answer_ts)
        else:
            await self._jobs.drop(job)

    async def _later(
        self, job: Job, trouble: Exception, *, began: bool, wait: float | None = None
    ) -> Job | None:
        """Leave a job for later; a moment later it is tried from here."""
        if job.attempts >= MOST_ATTEMPTS:
            logger.error("given up", error=described(trouble), **_about(job))
            await self._give_up(job)
            return None
        if wait is None:
            wait = WAITS[min(job.attempts, len(WAITS)) - 1]
        logger.info("again later", seconds=wait, error=described(trouble), **_about(job))
        until = tables.now() + datetime.timedelta(seconds=wait)
        with suppress(SQLAlchemyError, OSError):  # else it is taken up when the claim runs out
            await self._jobs.postpone(job, until, began)
            if wait <= STAYS:
                await asyncio.sleep(wait)
                return await self._jobs.claim(job.place)
        self._look_in(wait)
        return None

    async def _settled(self, job: Job, answer_ts: str | None) -> bool:
        """Note what was done, as soon as the database takes it; whether there is more to do."""
        for wait in WAITS:
            try:
                return await self._jobs.settle(job, answer_ts)
            except (SQLAlchemyError, OSError) as trouble:
                logger.info("not settled yet", error=described(trouble), **_about(job))
                await asyncio.sleep(wait)
        return False  # whoever takes the job up next asks Slack what it has


async def _follow(then: Callable[[], Awaitable[None]], job: Job) -> None:
    """What follows an answer must not make it look as if it had not been given."""
    try:
        await then()
    except Exception as trouble:
        logger.warning("after the answer", error=described(trouble), **_about(job))


def _about(job: Job) -> dict[str, str]:
    """What a log line says of a job: ids."""
    return {"team": job.place.team, "channel": job.place.channel, "message": job.place.ts}


def without_retries(
    client: AsyncWebClient, token: str | None, observed: ObservedCalls
) -> AsyncWebClient:
    """A client that tells of every failure at once: jobs are tried again with care, not blindly."""
    return AsyncWebClient(
        token=token,
        base_url=client.base_url,
        session=client.session,
        timeout=LONGEST_CALL,
        retry_handlers=[observed],  # in place of slack-sdk's own, which tries again
    )
