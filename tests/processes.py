"""The bot as processes of their own, to be killed and started anew while Slack fails."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from databases import free_port

from bot.playground import PretendSlack
from bot.store import Store

HERE = Path(__file__).parents[1]
SECONDS = 20  # a process that says nothing for so long has failed; a healthy one takes one or two

RETRY_AT_ONCE = (0.0,)  # Slack's first attempt after a failure; the others come when all is said
LATE_ATTEMPTS = 2


@asynccontextmanager
async def running(folder: Path, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot in a process, started in an empty folder with nothing but these settings."""
    process = await started(folder, settings)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def started(folder: Path, settings: dict[str, str]) -> asyncio.subprocess.Process:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=folder,
        env={**kept, "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "error", **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def said(process: asyncio.subprocess.Process, wanted: str) -> str:
    """The first line with `wanted` in it that the bot prints."""
    assert process.stdout
    async with asyncio.timeout(SECONDS):
        while line := (await process.stdout.readline()).decode():
            if wanted in line:
                return line
    assert process.stderr
    raise AssertionError(f"never said {wanted!r}: {(await process.stderr.read()).decode()}")


async def ends(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    """Status, last words and complaints of a bot that ends."""
    async with asyncio.timeout(SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


class Fleet:
    """Several instances of the bot on one database, behind one pretend Slack."""

    def __init__(
        self, slack: PretendSlack, way: str, database_url: str, count: int, **settings: str
    ) -> None:
        self.slack, self.way, self.database_url = slack, way, database_url
        self._folder = tempfile.TemporaryDirectory(prefix="bot-fleet-")
        self._settings = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": database_url,
            "HOST": "127.0.0.1",
            "LOG_LEVEL": "ERROR",
            **settings,
        }
        if way == "socket":
            self._settings["SLACK_APP_TOKEN"] = slack.app_token
        else:
            self._settings["SLACK_SIGNING_SECRET"] = slack.signing_secret
        self._ports = [free_port() for _ in range(count)]
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self.errors: list[str] = []  # what the instances logged

    async def __aenter__(self) -> Fleet:
        await asyncio.gather(*(self.start(number) for number in range(len(self._ports))))
        if self.way == "http":
            self.slack.deliver_to(*self.request_urls)
        return self

    async def __aexit__(self, *_: object) -> None:
        for number in list(self._processes):
            await self.end(number, signal.SIGKILL)
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)
        self._folder.cleanup()

    @property
    def request_urls(self) -> list[str]:
        """Where the instances take Slack's requests."""
        return [f"http://127.0.0.1:{port}/slack/events" for port in self._ports]

    async def start(self, number: int) -> None:
        """Start an instance; it is ready then."""
        settings = self._settings | {"PORT": str(self._ports[number])}
        process = await started(Path(self._folder.name), settings)
        self._processes[number] = process
        await said(process, "Connected to" if self.way == "socket" else "Waiting for Slack")
        task = asyncio.create_task(self._read(process))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def end(self, number: int, sign: signal.Signals) -> int:
        """End an instance; its exit status."""
        process = self._processes.pop(number)
        with suppress(ProcessLookupError):
            process.send_signal(sign)
        return await process.wait()

    async def restart(self, number: int, sign: signal.Signals) -> int:
        """End an instance and start it anew; the exit status it ended with."""
        status = await self.end(number, sign)
        await self.start(number)
        return status

    def memory(self, number: int = 0) -> float:
        """Megabytes that an instance holds at the moment (Linux)."""
        for line in Path(f"/proc/{self._processes[number].pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        while line := await process.stderr.readline():
            self.errors.append(line.decode().rstrip())

    async def finished(self, seconds: float) -> None:
        """Wait until all that was written down is done, and Slack has nothing to tell any more.

        What nobody acknowledged comes twice more, as it does from Slack after minutes.
        """
        store = Store(self.database_url)
        try:
            async with asyncio.timeout(seconds):
                for _ in range(LATE_ATTEMPTS):
                    while self.slack.delivery.under_way:
                        await self.slack.pulse.next(0.2)
                    self.slack.delivery.deliver_missed()
                while self.slack.delivery.under_way or (await store.jobs.waiting())[0]:
                    await self.slack.pulse.next(0.2)
        finally:
            await store.close()


async def trouble(
    slack: PretendSlack, chance: random.Random, every: float, met: Counter[str] | None = None
) -> None:
    """Let Slack fail in one way after the other until cancelled; `met` counts the ways."""
    met, faults, post = Counter() if met is None else met, slack.faults, "chat.postMessage"
    ways: dict[str, Callable[[], object]] = {
        "429": lambda: faults.rate_limit(post, retry_after=1),
        "5xx": lambda: faults.server_error(post),
        "5xx although done": lambda: faults.server_error(post, although_done=True),
        "broken connection": lambda: faults.reset(post),
        "broken connection although done": lambda: faults.reset(post, although_done=True),
        "429 while looking": lambda: (
            faults.reset(post, although_done=True),
            faults.rate_limit("conversations.replies", retry_after=1),
        ),
    }
    if slack.sockets.sockets:
        ways["dropped sockets"] = lambda: None
    while True:
        await asyncio.sleep(every)
        if any(fault.method == post for fault in faults.waiting):
            continue
        way = chance.choice(list(ways))
        met[way] += 1
        ways[way]()
        if way == "dropped sockets":
            await slack.sockets.drop(abruptly=bool(chance.randrange(2)))


def answers_by_channel(slack: PretendSlack) -> Counter[str]:
    """How many answers stand in each channel."""
    return Counter(reply.channel for reply in slack.replies)
