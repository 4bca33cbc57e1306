"""Files people share: their errors explained or counted, the table, and what is refused."""

from __future__ import annotations

import asyncio
import csv
import datetime
import gzip
import io
import itertools
import json
import logging
import re
from typing import Any

import pytest
from aiohttp import web
from pasted import FULL, UNKNOWN
from running import Bot, answer_to, buttons, clicks_twice, mentions, seen
from sqlalchemy import select, update
from test_shortcut import explains

from bot.playground import Message, PretendSlack
from bot.slack import EVENTS, SCOPES, delivery
from bot.slack.download import MOST_BYTES, is_sign_in, is_slacks, refused, shown_whole
from bot.slack.reading import AT_ONCE
from bot.store import Job
from bot.store.jobs import CLICK
from bot.store.tables import ANSWERED, METADATA

GREYLISTED = "450 4.2.0 <bob@example.net>: Recipient address rejected: Greylisted, try again later"
BOT = "@SMTP bot"
DM = "@SMTP bot"
TABLE = "Full table as CSV"
SHARE = "Share in thread"
CAT = b"\x89PNG\r\n\x1a\n\x00\x00"


def line(number: int, reply: str, domain: str) -> str:
    """One line of a Postfix log."""
    status = "deferred" if reply[0] == "4" else "bounced"
    clock = f"{9 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}"
    return (
        f"Nov 20 {clock} mx1 postfix/smtp[{number + 100}]: {number + 0xABC000:X}: "
        f"to=<user{number}@{domain}>, relay=mx.{domain}[192.0.2.{number % 250 + 1}]:25, "
        f"delay=1.{number % 10}, dsn={reply[4:9]}, status={status} (host mx.{domain}"
        f"[192.0.2.{number % 250 + 1}] said: {reply} (in reply to RCPT TO command))"
    )


def log_of(*parts: tuple[int, str, str]) -> str:
    """A log with so many lines of each reply from each domain, and mail that went through."""
    lines = [each for count, *what in parts for each in itertools.repeat(what, count)]
    found = [line(number, reply, domain) for number, (reply, domain) in enumerate(lines)]
    sent = "Nov 20 09:00:00 mx1 postfix/qmgr[1]: 4ABC: removed"
    return "\n".join([sent, *found, sent]) + "\n"


LOG = log_of(
    (300, UNKNOWN, "example.com"), (50, UNKNOWN, "example.net"),
    (100, FULL, "example.org"), (50, GREYLISTED, "example.com"),
)  # fmt: skip
CHAT = "Minutes of the meeting\nLunch in room 421?\nThe import skipped 550 rows.\n" * 40


async def asks(slack: PretendSlack, *files: tuple[str, str | bytes], text: str = "") -> Message:
    """Someone sends files to the bot directly; its one answer."""
    return await answer_to(slack, text, DM, files=files)


# One error


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bounce.txt", UNKNOWN),
        ("bounce.txt", "Hello,\n" * 20 + UNKNOWN + "\nRegards\n"),
        ("mail.log", log_of((1, UNKNOWN, "example.com"))),
        ("mail.log", log_of((1, UNKNOWN, "example.com")).encode("utf-16")),
        ("mail.log", log_of((1, UNKNOWN, "example.com")).encode() + b"\xe4\xf6\xfc\n"),
    ],
)
async def test_one_error_gets_its_answer(slack: PretendSlack, name: str, content: str | bytes):
    answer = await asks(slack, (name, content))
    assert seen(answer).startswith("550 5.1.1: ")
    assert "Source: " in seen(answer)
    assert not re.search(r"bob@|user0@|mx\.example", f"{answer.text} {answer.blocks}")


async def test_what_the_message_shows_whole_is_not_fetched(slack: PretendSlack):
    await asks(slack, ("bounce.txt", UNKNOWN))
    assert slack.calls_to("file") == []
    await asks(slack, ("bounce.txt", "Hello,\n" * 20 + UNKNOWN))
    assert len(slack.calls_to("file")) == 1


async def test_a_mention_with_a_file_is_answered_in_the_thread(slack: PretendSlack):
    message = await slack.says(f"{BOT} what is this?", files=[("mail.log", LOG)])
    [answer] = slack.replies
    assert answer.thread_ts == message.ts
    assert seen(answer).startswith("500 mail errors, 3 causes")


async def test_a_mention_alone_finds_the_file_above(slack: PretendSlack):
    message = await slack.says("Look at this", "#random", files=[("mail.log", LOG)])
    await slack.people.invite("#random")
    await slack.says(BOT, "#random", thread_ts=message.ts)
    [answer] = slack.replies
    assert seen(answer).startswith("500 mail errors, 3 causes")


@pytest.mark.parametrize("is_above", [True, False])
async def test_files_have_more_time_than_one_call(
    slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch, is_above: bool
):
    await slack.people.invite("#random")
    await slack.types("/smtp here off", "#random")
    await slack.settled()
    monkeypatch.setattr(bot.deliverer, "_longest", datetime.timedelta(seconds=1))
    slack.faults.slow("file", seconds=1.5, times=2)
    log = [("mail.log", LOG)]
    if is_above:
        message = await slack.says("Look at this", "#random", files=log)
        await slack.says(BOT, "#random", thread_ts=message.ts)
    else:
        await slack.says(BOT, "#random", files=log)
    slack.faults.clear()
    [answer] = slack.replies
    assert seen(answer).startswith("500 mail errors, 3 causes")
    assert len(slack.calls_to("file")) == 1


async def test_files_that_take_too_long_are_read_again_later(
    slack: PretendSlack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "LONGEST_READING", datetime.timedelta(seconds=0.5))
    held = slack.faults.hold("file")
    await slack.people.say("", DM, files=[("mail.log", LOG)])
    await slack.wait_for(lambda: slack.replies)
    assert len(slack.calls_to("file")) == 2
    held.release()


async def test_files_that_wait_long_for_their_turn_stay_ours_unless_another_has_them(
    slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delivery, "LONGEST_READING", datetime.timedelta(seconds=0.5))
    readers = asyncio.Semaphore(0)
    monkeypatch.setattr(bot.deliverer, "_readers", readers)
    renewed: asyncio.Queue[Job] = asyncio.Queue()
    renew = bot.store.jobs.renew

    async def note(job: Job, longer: datetime.timedelta | None = None) -> Job | None:
        renewed.put_nowait(job)
        return await renew(job, longer)

    monkeypatch.setattr(bot.store.jobs, "renew", note)
    await slack.people.say("", DM, files=[("mail.log", LOG)])
    for _ in range(3):
        await renewed.get()
    readers.release()
    await slack.settled()
    assert len(slack.replies) == len(slack.calls_to("file")) == 1
    await readers.acquire()
    await slack.people.say("", DM, files=[("mail.log", LOG)])
    await renewed.get()
    async with bot.store.engine.begin() as connection:
        await connection.execute(update(ANSWERED).values(claimed_by="another"))
    await asyncio.gather(*bot.deliverer._at_work)
    readers.release()
    await slack.settled()
    assert len(slack.replies) == len(slack.calls_to("file")) == 1


async def test_words_beside_a_file_without_errors_are_answered(slack: PretendSlack):
    answer = await asks(slack, ("cat.png", CAT), text="what does 421 mean?")
    assert seen(answer).startswith("421: ")


# Many


async def test_many_errors_get_a_digest(slack: PretendSlack):
    answer = await asks(slack, ("mail.log", LOG))
    title, chart, *facts = seen(answer).splitlines()[0], _chart(answer), seen(answer)
    assert title == "500 mail errors, 3 causes"
    assert chart == [
        ("70%", 350, 20),
        ("20%", 100, 6),
        ("10%", 50, 3),
    ]
    [text] = ["".join(facts)]
    assert "450 permanent, 50 transient" in text
    worst = text[text.index("Worst-hit domains") :]
    assert [each in worst for each in ("example.com", " 350", "example.org", " 100")] == [True] * 4
    assert "When: Nov 20 09:00:00 to Nov 20 09:08:19" in text
    assert "What to do first: " in text
    assert "Who can act: " in text
    assert [each["text"]["text"] for each in buttons(answer)] == ["Details", TABLE]
    assert mentions(answer) == set()


async def test_what_passes_by_itself_is_not_the_first_thing_to_do(slack: PretendSlack):
    counts = [(30, GREYLISTED, "example.org"), (20, FULL, "example.com")]
    answer = await asks(slack, ("mail.log", log_of(*counts)))
    assert "What to do first: The recipient's mailbox is full" in seen(answer)
    assert "Most frequent, 60%: Greylisted" in answer.text
    assert "What to do first: The recipient's mailbox is full. Who can act: " in answer.text
    [details, _] = buttons(answer)
    await slack.clicks(details["text"]["text"])
    assert "mailbox is full" in seen(slack.replies[-1])
    waiting = await asks(slack, ("mail.log", log_of(*counts[:1])))
    assert "What to do first: Greylisted" in seen(waiting), "nothing else is to be done"


def _chart(message: Message) -> list[tuple[str, int, int]]:
    """Share, count and length of the bar of each cause; all begin in the same column."""
    [block] = [
        element["elements"][0]["text"]
        for part in message.blocks
        if part["type"] == "rich_text"
        for element in part["elements"]
        if element["type"] == "rich_text_preformatted"
    ]
    rows = block.splitlines()[1::2]
    assert len({row.index("▇") for row in rows}) == 1, "the bars begin in one column"
    assert all(len(row) <= 46 for row in block.splitlines())
    return [
        (share, int(count.replace(",", "")), len(bar))
        for share, count, bar in (row.strip().rsplit(maxsplit=2) for row in rows)
    ]


async def test_details_explain_the_biggest_cause(slack: PretendSlack):
    answer = await asks(slack, ("mail.log", LOG))
    await slack.clicks("Details", on=answer)
    assert seen(slack.whispers[-1]).startswith("550 5.1.1: ")


async def test_at_most_eight_causes_and_the_others(slack: PretendSlack, bot: Bot):
    examples = {e.id: e.example for e in bot.explainer.knowledge if e.is_standard and e.example}
    replies = [each for each in examples.values() if each[0] in "45" and each[4:6] in ("4.", "5.")]
    log = log_of(*((2, " ".join(each.split()), "example.com") for each in replies[:30]))
    answer = await asks(slack, ("mail.log", log))
    chart = _chart(answer)
    assert len(chart) == 9
    assert "others (" in seen(answer)
    total = int(seen(answer).split()[0])
    assert sum(count for _, count, _ in chart) == total > 20


async def test_several_files_are_counted_together(slack: PretendSlack):
    answer = await asks(
        slack,
        ("one.log", log_of((2, UNKNOWN, "example.com"))),
        ("cat.png", CAT),
        ("two.log", log_of((1, FULL, "example.com"))),
    )
    assert seen(answer).startswith("3 mail errors, 2 causes")
    assert "1 other file was not read." in seen(answer)
    rows = await table_of(slack, answer)
    assert [(row["first line"], row["last line"]) for row in rows] == [
        ("one.log:2", "one.log:3"),
        ("two.log:2", "two.log:2"),
    ]


async def test_of_many_files_the_first_five_are_read(slack: PretendSlack):
    answer = await asks(slack, *((f"{number}.txt", CHAT) for number in range(6)))
    assert "I read the first five files of a message" in seen(answer)
    logs = [(f"{number}.log", log_of((1, UNKNOWN, "example.com"))) for number in range(7)]
    answer = await asks(slack, *logs)
    assert seen(answer).startswith("5 mail errors, 1 cause\n")
    assert "2 other files were not read." in seen(answer)


# The table


async def table_of(slack: PretendSlack, answer: Message) -> list[dict[str, str]]:
    """Someone presses the button for the table; its rows."""
    await slack.clicks(TABLE, on=answer)
    message = slack.replies[-1]
    [file] = message.files
    assert file.name == "mail-errors.csv"
    return list(csv.DictReader(io.StringIO(file.content.decode())))


async def test_the_table_is_uploaded_into_the_thread_when_asked_for(slack: PretendSlack):
    message = await slack.says(BOT, files=[("mail.log", LOG)])
    [answer] = slack.replies
    assert slack.calls_to("files.completeUploadExternal") == []
    rows = await table_of(slack, answer)
    posted = slack.replies[-1]
    assert (posted.channel, posted.thread_ts) == (message.channel, message.ts)
    assert posted.text == "500 mail errors by cause."
    first = rows[0]
    assert first["reason"] == "unknown address"
    assert first["codes"] == "550 5.1.1 (350)"
    assert (first["count"], first["share"]) == ("350", "70.0%")
    assert first["domains"] == "example.com (300); example.net (50)"
    assert (first["first line"], first["last line"]) == ("2", "351")
    assert [row["count"] for row in rows] == ["350", "100", "50"]


@pytest.mark.parametrize("channel", ["#mail-ops", DM])
@pytest.mark.parametrize("is_old", [False, True])
async def test_the_table_counts_what_the_digest_counts(
    slack: PretendSlack, channel: str, is_old: bool
):
    """What people write counts only when they ask: "the mailbox is full" is no error by itself."""
    words = [("a.txt", UNKNOWN), ("b.txt", FULL), ("c.txt", "the mailbox is full")]
    answer = await answer_to(slack, "", channel, files=words)
    count = 3 if channel == DM else 2
    assert seen(answer).startswith(f"{count} mail errors, 2 causes")
    if is_old:  # of a version that read as if it had been asked
        button = buttons(answer)[1]
        value = json.loads(button["value"])
        del value["asked"]
        button["value"] = json.dumps(value)
        count = 3
    rows = await table_of(slack, answer)
    assert sum(int(row["count"]) for row in rows) == count


async def test_the_table_is_uploaded_once(slack: PretendSlack, bot: Bot):
    answer = await asks(slack, ("mail.log", LOG))
    await asyncio.gather(*(slack.people.click(answer, TABLE) for _ in range(3)))
    await slack.settled()
    assert len(slack.calls_to("files.completeUploadExternal")) == 1
    told = [seen(whisper) for whisper in slack.whispers]
    assert told == ["The table is in the thread already, or on its way."] * 2
    await bot.restart()
    await slack.clicks(TABLE, on=answer, user="colleague")
    assert len(slack.calls_to("files.completeUploadExternal")) == 1
    assert slack.whispers[-1].ephemeral_for == "U0COLLEAGUE"


async def test_a_table_that_an_instance_had_when_it_died_may_be_asked_for_again(
    slack: PretendSlack, bot: Bot
):
    answer = await asks(slack, ("mail.log", LOG))
    await slack.clicks(TABLE, on=answer)
    began = update(ANSWERED).where(ANSWERED.c.kind == CLICK).values(delivered=0)
    async with bot.store.engine.begin() as connection:
        await connection.execute(began)
    for job in await bot.store.jobs.due():
        bot.deliverer.do(job)
    await asyncio.gather(*bot.deliverer._at_work)
    await slack.clicks(TABLE, on=answer)
    assert len(slack.calls_to("files.completeUploadExternal")) == 2


async def test_the_table_of_a_file_that_is_gone(slack: PretendSlack):
    answer = await asks(slack, ("mail.log", LOG))
    slack.workspace.files.clear()
    await slack.clicks(TABLE, on=answer)
    assert "not there any more" in seen(slack.whispers[-1])
    assert len(slack.replies) == 1


@pytest.mark.parametrize("value", ["", "{}", "null", "5", '{"files":5}'])
async def test_a_table_button_of_nonsense_says_so(slack: PretendSlack, value: str):
    answer = await asks(slack, ("mail.log", LOG))
    buttons(answer)[1]["value"] = value
    await slack.clicks(TABLE, on=answer)
    assert "older version of the bot" in seen(slack.whispers[-1])


@pytest.mark.parametrize(
    ("error", "said"), [("missing_scope", "files:write"), ("not_in_channel", "Invite me")]
)
async def test_a_refused_upload_is_said(slack: PretendSlack, error: str, said: str):
    answer = await asks(slack, ("mail.log", LOG))
    slack.faults.error("files.completeUploadExternal", error)
    await slack.clicks(TABLE, on=answer)
    assert said in seen(slack.whispers[-1])
    assert len(await table_of(slack, answer)) == 3, "it may be tried again"


async def test_it_works_after_a_restart(slack: PretendSlack, bot: Bot):
    answer = await asks(slack, ("mail.log", LOG))
    await bot.restart()
    assert len(await table_of(slack, answer)) == 3


async def test_no_cell_is_a_formula(slack: PretendSlack):
    """A domain cannot begin so, but the name of a file can."""
    log = log_of((2, UNKNOWN, "example.com"))
    answer = await asks(slack, ("=cmd|' /C calc'!A0.log", log), ("@SUM(1).log", log))
    for row in await table_of(slack, answer):
        assert row["first line"].startswith("'=cmd")
        assert row["last line"].startswith("'@SUM")


# The shortcut


async def test_the_shortcut_shows_a_digest_that_may_be_shared(slack: PretendSlack):
    message = await slack.says("our log", "#random", files=[("mail.log", LOG)])
    private = await explains(slack, message, user="colleague")
    assert seen(private).startswith("500 mail errors, 3 causes")
    assert slack.replies == []
    await slack.clicks(SHARE, on=private, user="colleague")
    [shared] = slack.replies
    assert (shared.channel, shared.thread_ts) == (message.channel, message.ts)
    assert "<@U0COLLEAGUE> shared a digest:" in seen(shared)
    assert "500 mail errors, 3 causes" in seen(shared)
    assert slack.whispers == []


async def test_the_table_of_a_private_digest_goes_to_the_messages_thread(slack: PretendSlack):
    message = await slack.says("our log", "#mail-ops", files=[("notes.txt", CHAT)])
    private = await explains(slack, message)
    assert "I found no mail error in this file." in seen(private)
    message = await slack.says("", "#random", files=[("mail.log", LOG)])
    private = await explains(slack, message)
    await slack.clicks(TABLE, on=private)
    assert "Invite me to the channel" in seen(slack.whispers[-1])
    await slack.people.invite("#random")
    await slack.clicks(TABLE, on=private)
    assert (slack.replies[-1].channel, slack.replies[-1].thread_ts) == (message.channel, message.ts)


async def test_a_digest_is_shared_once(slack: PretendSlack):
    message = await slack.says("", "#random", files=[("mail.log", LOG)])
    private = await explains(slack, message)
    await clicks_twice(slack, private, SHARE, "chat.postMessage")
    assert len(slack.calls_to("chat.postMessage")) == len(slack.replies) == 1


# What is refused


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bounce.msg", b"\xd0\xcf\x11\xe0", "Outlook's .msg"),
        ("logs.zip", b"PK\x03\x04", "do not unpack archives"),
        ("mail.log.gz", b"\x1f\x8b", "do not unpack archives"),
        ("cat.png", CAT, "cannot read this kind of file"),
        ("numbers.xlsx", b"PK\x03\x04", "cannot read this kind of file"),
        ("mail.log", b"PK\x03\x04" + b"x" * 100, "no plain text"),
        ("mail.log", b"Nov 20 \x00\x00\x01", "no plain text"),
        ("mail.log", bytes(range(1, 32)) * 200, "no plain text"),
    ],
)
async def test_what_it_does_not_read(slack: PretendSlack, name: str, content: bytes, said: str):
    assert said in seen(await asks(slack, (name, content)))


@pytest.mark.parametrize("name", ["notes.txt", "empty.log", "mail.log"])
async def test_a_file_without_an_error_gets_a_sentence(slack: PretendSlack, name: str):
    answer = await asks(slack, (name, CHAT if name != "empty.log" else b""))
    assert "I found no mail error in this file." in seen(answer)


async def test_more_than_ten_megabytes(slack: PretendSlack):
    answer = await asks(slack, ("mail.log", b"x" * (MOST_BYTES + 1)))
    assert "larger than 10 MB" in seen(answer)
    assert slack.calls_to("file") == [], "told by its size"


async def instead(slack: PretendSlack, respond: Any) -> Message:
    """Someone sends a log, of which Slack hands out something else; the answer."""
    slack.faults.instead("file", respond)
    return await asks(slack, ("mail.log", LOG.encode()))


async def test_a_stream_without_end_is_left(slack: PretendSlack):
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        response.content_length = None
        await response.prepare(request)
        try:
            while True:
                await response.write(b"Nov 20 09:00:00 nothing\n" * 1000)
                sent += 24_000
        except ConnectionError:
            return response

    assert "larger than 10 MB" in seen(await instead(slack, endless))
    assert sent < 3 * MOST_BYTES


@pytest.mark.parametrize("place", ["http://localhost:{port}/files-pri/x", "https://example.com/x"])
async def test_the_token_goes_to_no_other_host(slack: PretendSlack, bot: Bot, place: str):
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(place.format(port=slack.port))

    assert "did not give me this file" in seen(await instead(slack, away))
    assert len(slack.calls_to("file")) == 1
    _warned(bot, "failed")


async def test_a_redirect_inside_of_slack_is_followed_but_not_for_ever(
    slack: PretendSlack, bot: Bot
):
    async def again(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.path)

    assert seen(await instead(slack, again)).startswith("500 mail errors")
    slack.faults.instead("file", again, times=50)
    answer = await asks(slack, ("mail.log", LOG.encode()))
    assert "did not give me this file" in seen(answer)
    assert len(slack.calls_to("file")) == 5
    _warned(bot, "failed")
    slack.faults.clear()


@pytest.mark.parametrize("is_elsewhere", [True, False])
async def test_a_sign_in_page_is_no_file(slack: PretendSlack, bot: Bot, is_elsewhere: bool):
    slack.core.scopes = [scope for scope in SCOPES if scope != "files:read"]
    slack.core.signs_in_elsewhere = is_elsewhere
    answer = await asks(slack, ("mail.log", LOG))
    assert "I lack the scope files:read" in seen(answer)
    assert [call.status for call in slack.calls_to("file")] == [302 if is_elsewhere else 200]
    _warned(bot, "scope")


async def test_a_bomb_is_not_unpacked(slack: PretendSlack, bot: Bot):
    bomb = gzip.compress(b"\0" * 50_000_000)

    async def packed(request: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
        return web.Response(body=bomb, headers=headers)

    assert "did not give me this file" in seen(await instead(slack, packed))
    _warned(bot, "failed")


@pytest.mark.parametrize("status", [403, 500])
async def test_a_refused_download_is_said(slack: PretendSlack, bot: Bot, status: int):
    async def refusal(request: web.Request) -> web.Response:
        return web.Response(status=status)

    assert "did not give me this file" in seen(await instead(slack, refusal))
    _warned(bot, "failed")


async def test_a_lost_connection_is_said(slack: PretendSlack, bot: Bot):
    slack.faults.reset("file", times=10)
    answer = await asks(slack, ("mail.log", LOG.encode()))
    slack.faults.clear()
    assert "did not give me this file" in seen(answer)
    _warned(bot, "failed")


def _warned(bot: Bot, why: str) -> None:
    """One warning, with the id of the file and nothing else of it."""
    [warning] = bot.log
    assert warning.startswith("bot.slack.reading: a file could not be read file=F0")
    assert f"why={why}" in warning
    bot.log.clear()


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/mail.log", True),
        ("https://slack.com/files-pri/T1-F1/mail.log", True),
        ("http://files.slack.com/x", False),
        ("https://files.slack.com.example.com/x", False),
        ("https://evil.example/files.slack.com", False),
        ("https://me@files.slack.com/x", False),
        ("https://files.slack.com:8443/x", False),
        ("https://someone.slack.com/x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_whose_hosts_get_the_token(url: str, is_ours: bool):
    assert is_slacks(url, "https://slack.com/api/") is is_ours


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://someone.slack.com/?redir=%2Ffiles-pri%2FT1-F1%2Fmail.log", True),
        ("https://grid.enterprise.slack.com/?a=b&redir=%2Ffiles-pri", True),
        ("https://someone.slack.com/?redirect=x", False),
        ("https://someone.slack.com/redir=x", False),
        ("https://files.slack.com/x?redir=%2Ffiles-pri", False),
        ("https://slack.com/?redir=%2Ffiles-pri", False),
        ("https://slack.com.example.com/?redir=%2Ffiles-pri", False),
        ("https://evilslack.com/?redir=%2Ffiles-pri", False),
    ],
)
def test_which_address_is_a_workspaces_sign_in_page(url: str, is_one: bool):
    assert is_sign_in(url, "https://slack.com/api/") is is_one


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ({"mode": "snippet", "preview": "550", "preview_is_truncated": False}, "550"),
        ({"mode": "snippet", "preview": "550", "preview_is_truncated": True}, None),
        ({"mode": "snippet", "preview": "550"}, None),
        (
            {"mode": "snippet", "preview": "5", "preview_is_truncated": False, "lines_more": 9},
            None,
        ),
        ({"mode": "email", "plain_text": "a bounce", "preview_plain_text": "a"}, "a bounce"),
        ({"mode": "hosted"}, None),
    ],
)
def test_when_the_message_shows_all_of_a_file(file: dict[str, Any], shown: str | None):
    assert shown_whole(file) == shown


def test_sizes_that_are_no_numbers_do_no_harm():
    assert refused({"name": "a.log", "mimetype": "text/plain", "size": None}) == ""


# Slack Connect


async def test_a_file_of_another_organisation_is_looked_up_first(slack: PretendSlack):
    await slack.says("", DM, files=[("mail.log", LOG)], foreign_files=True)
    [answer] = slack.replies
    assert seen(answer).startswith("500 mail errors, 3 causes")
    [call] = slack.calls_to("files.info")
    assert call.ok


@pytest.mark.parametrize(
    ("error", "said"), [("missing_scope", "files:read"), ("file_deleted", "not there any more")]
)
async def test_a_refused_look_up_is_said(slack: PretendSlack, bot: Bot, error: str, said: str):
    slack.faults.error("files.info", error)
    await slack.says("", DM, files=[("mail.log", LOG)], foreign_files=True)
    assert said in seen(slack.replies[-1])
    bot.log.clear()


async def test_a_firewalls_page_in_place_of_a_look_up_is_said(slack: PretendSlack, bot: Bot):
    slack.faults.server_error("files.info", status=403)
    await slack.says("", DM, files=[("mail.log", LOG)], foreign_files=True)
    assert "Slack did not give me this file just now" in seen(slack.replies[-1])
    bot.log.clear()


# Unasked


async def test_a_log_in_a_channel_gets_a_digest_in_its_thread(slack: PretendSlack):
    message = await slack.says("since noon", files=[("mail.log", LOG)])
    [answer] = slack.replies
    assert (answer.thread_ts, answer.subtype) == (message.ts, None)
    assert seen(answer).startswith("500 mail errors, 3 causes")
    labels = [each["text"]["text"] for each in buttons(answer)]
    assert labels == ["Details", TABLE, "Mute here"]


async def test_one_error_in_a_channel_gets_the_brief_answer(slack: PretendSlack):
    await slack.says("", files=[("bounce.eml", _bounce().encode())])
    [answer] = slack.replies
    assert [each["text"]["text"] for each in buttons(answer)] == ["Details", "Mute here"]
    assert "First: " in seen(answer)


def _bounce() -> str:
    return f"""\
From: MAILER-DAEMON@mx1.example.org
To: reports@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx1.example.org

Final-Recipient: rfc822; bob@example.net
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; {UNKNOWN}

--b--
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", CHAT),
        ("cat.png", CAT),
        ("logs.zip", b"PK\x03\x04"),
        ("bounce.msg", b"\xd0\xcf\x11\xe0"),
        ("mail.log", b"PK\x03\x04" * 40),
        ("web.log", '192.0.2.1 - - "GET /550 HTTP/1.1" 502 421\n' * 300),
        ("data.json", json.dumps([{"id": n, "status": 550} for n in range(300)])),
        ("sent.log", "Nov 20 09:00:00 mx1 postfix/smtp[1]: A: status=sent (250 2.0.0 OK)\n" * 99),
        ("numbers.csv", "room,seats,status\n421,12,550\n" * 100),
    ],
)
async def test_harmless_files_get_silence(slack: PretendSlack, name: str, content: str | bytes):
    await slack.says("look", files=[(name, content)])
    assert slack.replies == slack.whispers == []


async def test_troubles_are_not_spoken_of_unasked(slack: PretendSlack, bot: Bot):
    slack.core.scopes = [scope for scope in SCOPES if scope != "files:read"]
    await slack.says("", files=[("mail.log", LOG)])
    assert slack.replies == []
    _warned(bot, "scope")


@pytest.mark.parametrize("mode", ["off", "alerts"])
async def test_a_muted_channels_files_are_not_even_fetched(slack: PretendSlack, mode: str):
    await slack.types(f"/smtp here {mode}")
    await slack.says("", files=[("mail.log", LOG)])
    assert slack.replies == slack.calls_to("file") == []


async def test_nor_are_those_of_shared_channels(slack: PretendSlack):
    slack.workspace.channel("#mail-ops").is_ext_shared = True
    await slack.says("", files=[("mail.log", LOG)])
    await slack.says("", files=[("mail.log", LOG)], foreign_files=True)
    assert slack.replies == slack.calls_to("file") == slack.calls_to("files.info") == []
    await slack.types("/smtp here thread")
    await slack.says("", files=[("mail.log", LOG)], foreign_files=True)
    assert len(slack.replies) == 1


async def test_the_same_log_again_gets_a_mark_and_whoever_asks_the_digest(slack: PretendSlack):
    await slack.says("", files=[("mail.log", LOG)])
    again = await slack.says("", files=[("mail.log", LOG)])
    assert len(slack.replies) == 1
    assert again.reactions == {"mag": [slack.bot_user_id]}
    await slack.people.react(again, "mag")
    await slack.settled()
    [whisper] = slack.whispers
    assert seen(whisper).startswith("500 mail errors, 3 causes")


async def test_delivered_again_it_is_answered_once(slack: PretendSlack):
    slack.delivery.copies = 2
    await slack.says("", files=[("mail.log", LOG)])
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == 1


async def test_errors_in_the_text_beside_it_come_first(slack: PretendSlack):
    await slack.says(FULL, files=[("cat.txt", CHAT)])
    [answer] = slack.replies
    assert "552 5.2.2" in seen(answer)


async def test_an_edit_of_the_words_beside_a_file_leaves_its_digest(slack: PretendSlack):
    message = await slack.says("since noon", files=[("mail.log", LOG)])
    await slack.people.edit(message, f"since noon, as {FULL}")
    await slack.settled()
    [answer] = slack.replies
    assert seen(answer).startswith("500 mail errors, 3 causes")


async def test_a_refused_answer_may_be_tried_again(slack: PretendSlack, bot: Bot):
    slack.faults.error("chat.postMessage", "is_archived")
    await slack.says("", files=[("mail.log", LOG)])
    assert slack.replies == []
    bot.log.clear()
    slack.delivery.redeliver()
    await slack.settled()
    assert len(slack.replies) == 1


# Meanwhile, and afterwards


async def test_other_messages_are_answered_meanwhile(slack: PretendSlack):
    held = slack.faults.hold("file")
    await slack.people.say("", DM, files=[("mail.log", LOG)])
    await slack.wait_for(lambda: slack.calls_to("file"))
    await slack.people.say("421", DM)
    answer = await slack.reply()
    assert seen(answer).startswith("421: ")
    held.release()
    await slack.settled()
    assert seen(slack.replies[-1]).startswith("500 mail errors")


async def test_two_messages_files_are_read_at_a_time(slack: PretendSlack):
    held = slack.faults.hold("file", times=5)
    for _ in range(5):
        await slack.people.say("", DM, files=[("mail.log", LOG)])
    await slack.wait_for(lambda: len(slack.calls_to("file")) == AT_ONCE)
    await slack.people.say("421", DM)
    await slack.reply()
    assert len(slack.calls_to("file")) == AT_ONCE
    held.release()
    await slack.settled()
    assert len(slack.replies) == 6


async def test_text_does_not_wait_for_other_peoples_files(slack: PretendSlack):
    message = await slack.says(f"Any idea? {UNKNOWN}", "#random")
    held = slack.faults.hold("file", times=AT_ONCE)
    for _ in range(AT_ONCE):
        await slack.people.say("", DM, files=[("mail.log", LOG)])
    await slack.wait_for(lambda: len(slack.calls_to("file")) == AT_ONCE)
    await slack.people.shortcut(message, "explain_smtp_error")
    await slack.wait_for(lambda: slack.whispers)
    assert seen(slack.whispers[0]).startswith("550 5.1.1: ")
    assert slack.replies == []
    held.release()
    await slack.settled()


async def test_files_that_wait_for_their_turn_take_nobodys_place(
    slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    room = asyncio.Semaphore(AT_ONCE + 1)
    monkeypatch.setattr(bot.deliverer, "_room", room)
    count = 2 * AT_ONCE
    held = slack.faults.hold("file", times=count)
    for _ in range(count):
        await slack.people.say("", DM, files=[("mail.log", LOG)])
    await slack.wait_for(lambda: len(slack.calls_to("file")) == AT_ONCE)
    await slack.people.say("421", DM)
    await slack.people.say(UNKNOWN)
    await slack.wait_for(lambda: len(slack.replies) == 2)
    held.release()
    await slack.settled()
    assert len(slack.replies) == count + 2
    for _ in range(AT_ONCE + 1):
        assert not room.locked(), "a place is lost"
        await room.acquire()
    assert room.locked(), "there is a place too many"


async def test_nothing_of_a_file_is_kept(
    slack: PretendSlack,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG, "bot")
    opened: list[Any] = []
    real = io.open

    def watch(file: Any, mode: str = "r", *more: Any, **how: Any) -> Any:
        if set(mode) & set("wax+"):
            opened.append(file)
        return real(file, mode, *more, **how)

    monkeypatch.setattr("builtins.open", watch)
    monkeypatch.setattr("io.open", watch)
    monkeypatch.setattr("tempfile.mkstemp", lambda *_: pytest.fail("no temporary file"))
    await slack.says("", files=[("secret-name.log", LOG)])
    await slack.says(f"{BOT} this?", files=[("secret-name.log", LOG)])
    await table_of(slack, slack.replies[-1])
    monkeypatch.undo()
    assert opened == []
    rows = []
    async with bot.store.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            rows += (await connection.execute(select(table))).all()
    assert rows
    kept = repr(rows) + caplog.text
    for piece in ("example", "192.0.2", "user1", "secret", "smtp", "User unknown", "mx1"):
        assert piece not in kept


def test_no_event_is_needed_but_messages():
    assert not {event for event in EVENTS if event.startswith("file")}
