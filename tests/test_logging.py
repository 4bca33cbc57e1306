"""What is logged, by us and by the libraries: ids, and never a word of what people wrote."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from running import Bot
from slack_sdk.errors import SlackApiError

from bot import logs
from bot.playground import PretendSlack
from bot.slack import spotting
from bot.smtp.explain import Explainer

# Every word of these is one that no line of ours would hold.
ADDRESS = "quartz.zebra@example.net"
WORDS = "Quibbling walruses juggle"
PASTE = f"{WORDS}: 550 5.1.1 <{ADDRESS}>: Recipient address rejected: User unknown"
OTHER = f"{WORDS}: 552 5.2.2 <{ADDRESS}>: Mailbox full, quota exceeded"
BOT_USER = "@SMTP bot"


class Lines(io.StringIO):
    """A stream of logs, to be read while it grows."""

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.all if line["event"] == event]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """All logs at DEBUG, as `python -m bot run` writes them where nobody reads along."""
    root, ours = logging.getLogger(), logging.getLogger(logs.OURS)
    before = root.handlers, root.level, ours.level
    stream = Lines()
    logs.set_up("DEBUG", "auto", stream)
    root.handlers = [*root.handlers, *before[0]]
    yield stream
    root.handlers, root.level, _ = before
    ours.setLevel(before[2])


def break_once(monkeypatch: pytest.MonkeyPatch, target: object, name: str) -> None:
    """The next call of a function raises an error that quotes what people wrote."""
    real = getattr(target, name)

    def explode(*given: Any, **how: Any) -> Any:
        monkeypatch.setattr(target, name, real)
        try:
            raise KeyError(PASTE)
        except KeyError as cause:
            raise ValueError(PASTE) from cause

    monkeypatch.setattr(target, name, explode)


async def be_busy(slack: PretendSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    """All surfaces, with what goes wrong on each."""
    message = await slack.says(PASTE)
    await slack.says(PASTE)  # again: a mark
    await slack.people.edit(message, OTHER)
    await slack.clicks("Details")
    await slack.says(WORDS)
    await slack.says(f"{BOT_USER} what about {PASTE}")
    await slack.says(PASTE, "@smtpbot")
    await slack.types(f"/smtp {PASTE}")
    await slack.clicks("Share to channel")
    await slack.types(f"/smtp here {WORDS}")
    await slack.people.shortcut(message, "explain_smtp_error")
    await slack.settled()
    await slack.clicks("Share in thread")
    await slack.people.invite("#random")
    await slack.types("/smtp here quiet", "#random")
    marked = await slack.says(PASTE, "#random")
    await slack.people.react(marked, "mag")
    await slack.settled()
    await slack.people.delete(message)
    await slack.settled()
    await fail(slack, monkeypatch)
    await slack.people.uninstall()
    await slack.settled()


async def fail(slack: PretendSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals of Slack's, lost connections, and faults of our own that quote what was written."""
    slack.faults.error("chat.postMessage", "is_archived")
    await slack.says(OTHER, "#support")
    slack.faults.rate_limit("chat.postMessage", retry_after=0)
    slack.faults.reset("chat.postMessage")
    slack.faults.server_error("chat.postMessage")
    await slack.says(f"{BOT_USER} {OTHER}")
    slack.faults.error("conversations.replies", "missing_scope")
    question = await slack.says(WORDS)
    await slack.says(f"{BOT_USER} explain this", thread_ts=question.ts)
    break_once(monkeypatch, Explainer, "explain")
    await slack.types(f"/smtp {PASTE}")
    break_once(monkeypatch, spotting, "causes_of")
    await slack.says(PASTE)
    slack.delivery.send_event(RATE_LIMITED)
    await slack.settled()


RATE_LIMITED = {
    "token": "xoxb-verification",
    "type": "app_rate_limited",
    "team_id": "T0PRETEND01",
    "minute_rate_limited": 1518467820,
    "api_app_id": "A0SMTPBOT01",
}


async def test_no_word_token_or_address_is_ever_logged(
    lines: Lines, slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    await be_busy(slack, monkeypatch)
    bot.log.clear()
    written = lines.getvalue().lower()
    outcomes = {line.get("outcome") for line in lines.all}
    assert outcomes >= {"answered", "silent", "failed", 200}
    assert {line["surface"] for line in lines.of("answered")} >= {
        *("command", "mention", "direct", "spotted", "mark", "magnifier", "shortcut", "details"),
        "share",
    }
    assert lines.of("a thread could not be read")
    assert [line for line in lines.all if line["event"].startswith("Slack holds events back")]
    assert len([line for line in lines.all if line["level"] == "error"]) == 3
    for words in (*WORDS.lower().split(), "quartz", "zebra", "550 5.1.1", "552 5.2.2"):
        assert words not in written
    for words in ("recipient address", "user unknown", "mailbox full", "quota exceeded"):
        assert words not in written
    for secret in (ADDRESS, slack.bot_token, slack.app_token, slack.signing_secret, "ticket="):
        assert secret not in written


async def test_every_outcome_says_about_what_it_is(lines: Lines, slack: PretendSlack):
    message = await slack.says(PASTE)
    [line] = lines.of("answered")
    assert line.pop("timestamp").endswith("+00:00")
    assert 0 < line.pop("duration") < 60
    assert (
        line.items()
        >= {
            "event": "answered",
            "level": "info",
            "logger": "bot",
            "event_id": slack.delivery.sent[0].payload["event_id"],
            "team": "T0PRETEND01",
            "channel": message.channel,
            "kind": "message",
            "outcome": "answered",
            "surface": "spotted",
        }.items()
    )
    await slack.says("Lunch?")
    assert lines.of("silent")[-1]["reason"] == "no_error"
    await slack.types("/smtp 421")
    assert lines.of("answered")[-1]["kind"] == "command"


async def test_one_message_is_not_taken_for_the_next(lines: Lines, slack: PretendSlack):
    """What is bound to one delivery's lines is not found on those of another."""
    await asyncio.gather(slack.people.say(PASTE), slack.people.say(OTHER, "@smtpbot"))
    await slack.settled()
    events = [each.payload for each in slack.delivery.sent if "bot_id" not in each.payload["event"]]
    expected = {each["event"]["channel"]: each["event_id"] for each in events}
    assert len(expected) == 2
    told = {line["channel"]: line["event_id"] for line in lines.of("answered")}
    assert told == expected
    logging.getLogger("bot").info("later")
    assert "event_id" not in lines.of("later")[-1]


async def test_an_error_keeps_its_type_and_trace(
    lines: Lines, slack: PretendSlack, bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    break_once(monkeypatch, Explainer, "explain")
    await slack.types(f"/smtp {PASTE}")
    bot.log.clear()
    [line] = [line for line in lines.all if line["level"] == "error"]
    assert line["error"] == "ValueError"
    assert "in explode" in line["exception"]
    assert line["exception"].endswith("KeyError"), "the cause stands last"
    assert (line["kind"], line["outcome"]) == ("command", "failed")


# The last resort


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-12-34-abc",
        "xoxp-12-34-abc",
        "xapp-1-A0-12-abc",
        "xoxe-1-abc",
        "xoxe.xoxb-1-abc",
        "bob@example.com",
        "<mailto:bob@example.com|bob@example.com>",
        "postgresql://bot:hunter2@db.example.com/bot",
        "wss://example.com/link/?ticket=0a-b1&app_id=1",
    ],
)
def test_what_looks_like_a_secret_is_taken_out_wherever_it_stands(lines: Lines, secret: str):
    structlog.stdlib.get_logger("bot.x").info(f"a {secret} b", part=[{"deep": secret}], n=1)
    logging.getLogger("library").warning("c %s d", secret)
    ours, theirs = lines.all
    for gone in ("12-34", "A0-12", "-1-abc", "bob", "hunter2", "0a-b1"):
        assert gone not in lines.getvalue()
    assert ours["event"].startswith("a ")
    assert ours["event"].endswith(" b")
    assert ours["n"] == 1
    assert logs.SCRUBBED in ours["part"][0]["deep"]
    assert logs.SCRUBBED in theirs["event"]


def test_libraries_do_not_quote_exceptions(lines: Lines):
    library = logging.getLogger("library")
    try:
        raise ValueError(WORDS)
    except ValueError as error:
        library.exception(f"Failed: {error}")
        library.error("Failed: %s", error)
        library.error(f"Failed\nwhile at {WORDS}")
    assert [line["event"] for line in lines.all] == ["Failed: ValueError"] * 2 + ["Failed"]
    assert WORDS not in lines.getvalue()
    assert "test_libraries_do_not_quote" in lines.all[0]["exception"]


async def test_a_task_that_nobody_waited_for_is_named_without_its_words(lines: Lines):
    async def fails() -> None:
        raise ValueError(WORDS)

    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    del task
    [line] = [line for line in lines.all if line["logger"] == "asyncio"]
    assert line["error"] == "ValueError"
    assert WORDS not in lines.getvalue()


def test_slacks_word_for_an_error_is_kept():
    error = SlackApiError(WORDS, {"ok": False, "error": "is_archived"})  # type: ignore[no-untyped-call]
    assert logs.described(error) == "SlackApiError (is_archived)"
    error = SlackApiError(WORDS, SimpleNamespace(status=502))  # type: ignore[no-untyped-call]
    assert logs.described(error) == "SlackApiError (502)"


def test_libraries_at_debug_are_not_heard(lines: Lines):
    logging.getLogger("slack_sdk").debug(PASTE)
    logging.getLogger("bot.slack").debug("ours")
    assert [line["event"] for line in lines.all] == ["ours"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_format_may_be_chosen(log_format: str, lines: Lines):
    stream = io.StringIO()
    logs.set_up("INFO", log_format, stream)
    structlog.stdlib.get_logger("bot.x").info("answered", surface="command")
    line = stream.getvalue()
    assert line.startswith("{") is (log_format == "json")
    assert "answered" in line
    assert "command" in line


def test_in_a_terminal_it_is_to_be_read(lines: Lines):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    logs.set_up("INFO", "auto", stream)
    logging.getLogger("library").warning("oh")
    assert not stream.getvalue().startswith("{")
    assert "oh" in stream.getvalue()
