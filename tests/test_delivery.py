"""Nothing is lost and nothing said twice, whatever fails between Slack and the bot."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import pytest
from pasted import UNKNOWN
from running import Bot, every_row, seen
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from bot.playground import Message, PretendSlack
from bot.store import Deciding, Place, tables
from bot.store.deciding import CHANGED_EVERY
from bot.store.jobs import BURST, CLAIM_SECONDS, Jobs
from bot.store.tables import ANSWERED, DOMAINS

CAUSES = (
    UNKNOWN,
    "552 5.2.2 <bob@example.net>: Mailbox full, quota exceeded",
    "554 5.7.1 <bob@example.net>: Relay access denied",
    "450 4.7.1 <bob@example.net>: Recipient address rejected: Greylisted",
    "550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC "
    "policy.",
    "421 4.7.0 mx.example.net Service not available, closing transmission channel",
    "552 5.3.4 Message size exceeds fixed maximum message size",
)
PATIENCE = 30.0
CLAIM = datetime.timedelta(seconds=CLAIM_SECONDS + 1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime.timedelta], None]:
    """Moves the store's time on."""
    real, ahead = tables.now, [datetime.timedelta()]
    monkeypatch.setattr(tables, "now", lambda: real() + ahead[0])

    def move(by: datetime.timedelta) -> None:
        ahead[0] += by

    return move


@pytest.fixture
async def other(bot: Bot) -> AsyncIterator[Bot]:
    """Another instance on the same database; it may still be started."""
    other = Bot(bot.slack, bot.way, bot.explainer, bot.settings.database_url)
    yield other
    await other.stop()


@contextmanager
def away(bot: Bot) -> Iterator[None]:
    """The database of this bot cannot be reached."""

    def refuse(*_: Any) -> None:
        raise OperationalError("SELECT 1", {}, ConnectionRefusedError())

    engine = bot.store.engine.sync_engine
    event.listen(engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", refuse)


def posts(slack: PretendSlack) -> list[int | None]:
    return [call.status for call in slack.calls_to("chat.postMessage")]


async def test_work_is_written_down_before_slack_is_told(
    slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    written: list[bool] = []
    write = Jobs.write

    async def note(self: Jobs, *arguments: Any, **more: Any) -> Any:
        job = await write(self, *arguments, **more)
        written.append(not slack.delivery.sent[-1].is_acknowledged)
        return job

    monkeypatch.setattr(Jobs, "write", note)
    held = slack.faults.hold("chat.postMessage")
    message = await slack.people.say(UNKNOWN)
    await slack.wait_for(lambda: slack.delivery.sent[0].is_acknowledged)
    assert written == [True]
    async with bot.store.engine.connect() as connection:
        [row] = (await connection.execute(select(ANSWERED))).all()
    assert (row.ts, row.delivered) == (message.ts, 0)
    held.release()


async def test_what_the_database_cannot_take_is_not_acknowledged_and_comes_again(
    slack: PretendSlack, bot: Bot
):
    slack.delivery.ack_seconds = 0.3
    slack.delivery.retry_delays = ()
    with away(bot):
        await slack.says(UNKNOWN)
    assert not slack.delivery.sent[-1].is_acknowledged
    assert slack.delivery.sent[-1].failures == [{"http": "http_error"}.get(bot.way, "timeout")]
    assert slack.replies == []
    assert any("OperationalError" in line for line in bot.log)
    assert "bob@" not in "".join(bot.log)
    bot.log.clear()
    slack.delivery.ack_seconds = 3
    slack.delivery.copies = 2
    slack.delivery.redeliver()
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == 1


async def test_a_removal_that_the_database_cannot_carry_out_comes_again(
    slack: PretendSlack, bot: Bot
):
    await slack.says(UNKNOWN)
    slack.delivery.ack_seconds = 0.3
    slack.delivery.retry_delays = ()
    with away(bot):
        await slack.people.uninstall()
        await slack.settled()
    [missed] = slack.delivery.unacknowledged
    assert missed.payload["event"]["type"] == "app_uninstalled"
    assert await every_row(bot)
    assert any("OperationalError" in line for line in bot.log)
    bot.log.clear()
    slack.delivery.ack_seconds = 3
    slack.delivery.deliver_missed()
    slack.delivery.redeliver()
    await slack.settled()
    assert slack.delivery.unacknowledged == []
    assert await every_row(bot) == ""


async def crashed_after_posting(
    slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch, channel: str
) -> Message:
    """The bot dies when Slack has its answer, and before it could note that."""
    never = asyncio.Event()

    async def hang(*_: Any) -> bool:
        await never.wait()
        return False

    with monkeypatch.context() as patched:
        patched.setattr(bot.deliverer, "_settled", hang)
        message = await slack.people.say(UNKNOWN, channel)
        await slack.wait_for(lambda: slack.replies)
        await dies(bot)
    return message


async def dies(bot: Bot) -> None:
    """End a bot that finishes nothing."""
    for task in bot.deliverer._at_work:
        task.cancel()
    await bot.stop()


async def looks(bot: Bot) -> None:
    """Let the bot look for what is due by now, and do it."""
    for job in await bot.store.jobs.due():
        bot.deliverer.do(job)
    await bot.slack.settled()


@pytest.mark.parametrize("channel", ["#mail-ops", "@smtpbot"])
@pytest.mark.parametrize("limited", [False, True])
async def test_an_answer_posted_before_a_crash_is_found_and_not_given_again(
    slack: PretendSlack,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    clock: Callable[[datetime.timedelta], None],
    channel: str,
    limited: bool,
):
    await crashed_after_posting(slack, bot, monkeypatch, channel)
    clock(CLAIM)
    method = "conversations.replies"  # answers stand in threads, those in direct messages too
    if limited:
        slack.faults.rate_limit(method, retry_after=1)
    await bot.start()
    await slack.wait_for(lambda: [c for c in slack.calls_to(method) if c.ok])
    await slack.settled()
    assert posts(slack) == [200]
    assert [c.status for c in slack.calls_to(method)] == [429, 200][not limited :]
    assert (await bot.store.jobs.waiting())[0] == 0


@pytest.mark.parametrize("channel", ["#mail-ops", "@smtpbot"])
@pytest.mark.parametrize("fault", ["reset", "server_error"])
async def test_an_answer_whose_receipt_was_lost_is_found_and_not_given_again(
    slack: PretendSlack, channel: str, fault: str
):
    getattr(slack.faults, fault)("chat.postMessage", although_done=True)
    await slack.says(UNKNOWN, channel)
    assert len(slack.replies) == 1
    assert len(slack.calls_to("chat.postMessage")) == 1


async def test_what_an_instance_had_when_it_died_is_done_by_the_next(
    slack: PretendSlack,
    bot: Bot,
    other: Bot,
    clock: Callable[[datetime.timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(bot.deliverer, "_room", asyncio.Semaphore(0))
    await slack.people.say("<@U0SMTPBOT01> what does 421 mean?")
    await slack.wait_for(lambda: not slack.delivery.unacknowledged)
    await dies(bot)
    clock(CLAIM)
    await other.start()
    await slack.wait_for(lambda: slack.replies)
    await slack.settled()
    [answer] = slack.replies
    assert "421: Service not available" in seen(answer)
    read = slack.calls_to("conversations.replies")
    assert any(call.arguments.get("limit") == "1" for call in read), "the question was not kept"


async def test_a_rate_limit_keeps_everything_from_its_channel_until_it_is_over(
    slack: PretendSlack, clock: Callable[[datetime.timedelta], None]
):
    slack.faults.rate_limit("chat.postMessage", retry_after=30)
    await slack.says(CAUSES[0])
    await slack.says(CAUSES[1])
    await slack.says("<@U0SMTPBOT01> what does 421 mean?")
    assert posts(slack) == [429]
    await slack.says(CAUSES[0], "#support")
    assert posts(slack) == [429, 200], "another channel has its own pace"
    clock(datetime.timedelta(seconds=31))
    await slack.wait_for(lambda: len(slack.replies) == 4)
    assert posts(slack) == [429, 200, 200, 200, 200]


async def test_different_causes_at_once_keep_to_slacks_pace(
    slack: PretendSlack, clock: Callable[[datetime.timedelta], None]
):
    for text in CAUSES:
        await slack.people.say(text)
    await slack.settled()
    assert len(slack.replies) == BURST
    clock(datetime.timedelta(seconds=BURST))
    await slack.wait_for(lambda: len(slack.replies) == len(CAUSES))


async def test_an_outage_is_one_answer_that_counts(
    slack: PretendSlack, bot: Bot, clock: Callable[[datetime.timedelta], None]
):
    slack.delivery.ack_seconds = PATIENCE  # decided one after the other, as they share a channel
    for number in range(215):
        await slack.people.say(
            f"status=bounced, to=<user{number}@mx{number % 3}.example.net>: {UNKNOWN[:9]} User "
            "unknown",
            user="alerts",
        )
    await slack.settled(PATIENCE)
    for _ in range(3):
        clock(CHANGED_EVERY)
        await looks(bot)
    [answer] = slack.replies
    assert seen(answer).count("Seen 215 times since ") == 1
    assert "3 receiving domains" in seen(answer)
    assert len(slack.calls_to("chat.update")) <= 10  # one in five seconds, however long it took
    async with bot.store.engine.connect() as connection:
        rows = (await connection.execute(select(DOMAINS))).all()
    assert len(rows) == 3
    assert all(isinstance(row.domain, int) and "example" not in str(tuple(row)) for row in rows)


async def test_an_edit_while_the_answer_is_on_its_way_wins(slack: PretendSlack):
    held = slack.faults.hold("chat.postMessage")
    message = await slack.people.say(CAUSES[0])
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    await slack.people.edit(message, CAUSES[1])
    await slack.wait_for(lambda: not slack.delivery.unacknowledged)
    held.release()
    await slack.settled()
    [answer] = slack.replies
    assert answer.text.startswith("552 5.2.2")


@pytest.mark.parametrize("is_receipt_lost", [False, True])
@pytest.mark.parametrize("is_there", [False, True])
async def test_a_message_deleted_while_its_answer_is_on_its_way_keeps_none(
    slack: PretendSlack, is_receipt_lost: bool, is_there: bool
):
    held = slack.faults.hold("chat.postMessage")
    held.is_reset = held.although_done = is_receipt_lost
    if is_there:  # then the message leaves a tombstone; else the answer lands in the channel
        held.release()
    message = await slack.people.say(UNKNOWN)
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    await slack.people.delete(message)
    await slack.wait_for(lambda: not slack.delivery.unacknowledged)
    held.release()
    await slack.settled()
    assert slack.replies == []


async def test_work_that_waited_too_long_for_its_turn_is_claimed_anew_or_left(
    slack: PretendSlack,
    bot: Bot,
    clock: Callable[[datetime.timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(bot.deliverer, "_room", asyncio.Semaphore(1))
    held = slack.faults.hold("chat.postMessage")
    await slack.people.say(CAUSES[0])
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    message = await slack.people.say(CAUSES[1], "#support")
    await slack.wait_for(lambda: not slack.delivery.unacknowledged)
    clock(CLAIM)
    [_, taken] = await Jobs(bot.store.engine, "another", CLAIM_SECONDS).due()
    assert taken.place.ts == message.ts
    held.release()
    await slack.settled()
    assert len(slack.calls_to("chat.postMessage")) == 1, "the other is somebody else's by now"


async def test_told_to_stop_it_leaves_what_does_not_end_to_the_next(
    slack: PretendSlack,
    bot: Bot,
    other: Bot,
    clock: Callable[[datetime.timedelta], None],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("bot.app.GRACE", 0.1)
    held = slack.faults.hold("chat.postMessage")
    message = await slack.people.say(UNKNOWN)
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    await bot.stop()
    held.release()  # Slack had it all the time
    clock(CLAIM)
    await other.start()
    await slack.wait_for(lambda: slack.calls_to("conversations.replies"))
    await slack.settled()
    assert [reply.thread_ts for reply in slack.replies] == [message.ts]
    await bot.start()


async def test_told_to_stop_it_acknowledges_what_it_hears(slack: PretendSlack, bot: Bot):
    hearing, go_on = asyncio.Event(), asyncio.Event()
    begin = bot.store.deciding

    def late(place: Place) -> AbstractAsyncContextManager[Deciding]:
        @asynccontextmanager
        async def wait() -> AsyncIterator[Deciding]:
            hearing.set()
            await go_on.wait()
            async with begin(place) as deciding:
                yield deciding

        return wait()

    bot.store.deciding = late  # type: ignore[method-assign]
    await slack.people.say(UNKNOWN)
    await hearing.wait()
    stopping = asyncio.create_task(bot.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert slack.delivery.sent[0].is_acknowledged
    assert slack.delivery.sent[0].attempts == 1
    await bot.start()
    await slack.settled()


async def test_told_to_stop_it_gives_back_what_it_has_not_begun(
    slack: PretendSlack, bot: Bot, other: Bot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bot.deliverer, "_room", asyncio.Semaphore(1))
    held = slack.faults.hold("chat.postMessage")
    await slack.people.say(CAUSES[0])
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    await slack.people.say(CAUSES[1], "#support")
    await slack.wait_for(lambda: not slack.delivery.unacknowledged)
    stopping = asyncio.create_task(bot.stop())
    await asyncio.sleep(0)
    held.release()
    await stopping
    assert len(slack.replies) == 1
    await other.start()
    await slack.wait_for(lambda: len(slack.replies) == 2, hope="it, without waiting for a claim")
    await bot.start()
