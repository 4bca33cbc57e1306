"""Logs: one pipeline for our lines and the libraries', as JSON or to read. Ids, never words."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from slack_sdk.errors import SlackApiError
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

OURS = "bot"  # the name above all loggers of this package
TALKATIVE = ("alembic",)  # libraries whose INFO is about themselves
# A last resort: no line should hold any of these in the first place.
SECRETS = re.compile(
    r"""
    (?:xoxe\.)?xox[a-z]-[\w.-]+          # tokens of bots, people, configurations, and refresh
    | xapp-[\w-]+                        # tokens of apps
    | (?<=ticket=)[\w-]+                 # of a Socket Mode address
    | [^\s@<>"',;:()/=]+@[^\s@<>"',;:()/=]+  # addresses; the password and host of a database, too
    """,
    re.VERBOSE,
)
SCRUBBED = "[scrubbed]"


def set_up(level: str, log_format: str, stream: TextIO) -> None:
    """Send all logs to a stream: ours from `level` on, the libraries' never below INFO.

    `log_format` is "json" (a line each), "text" (to read) or "auto": text in a terminal.
    """
    through_logging()
    is_terminal = stream.isatty()
    as_json = log_format == "json" or (log_format == "auto" and not is_terminal)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(as_json=as_json, colors=is_terminal))
    root = logging.getLogger()
    root.handlers = [handler]
    # At DEBUG the libraries print whole messages.
    root.setLevel(max(logging.INFO, logging.getLevelName(level)))
    logging.getLogger(OURS).setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def through_logging() -> None:
    """Let structlog hand its lines to the standard library, where the libraries' lines are."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def formatter(*, as_json: bool, colors: bool = False) -> logging.Formatter:
    """What turns a record into a line, whoever logged it."""
    renderer: Processor
    if as_json:
        renderer = structlog.processors.JSONRenderer(serializer=json.dumps)
    else:
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)
    return ProcessorFormatter(
        processors=[
            with_about,
            named,
            without_words,
            scrubbed,
            ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
        pass_foreign_args=True,
    )


# Tells what is being worked on, as fields of a line. Asked only when a line is written: most
# events leave none.
ABOUT: ContextVar[Callable[[], dict[str, Any]] | None] = ContextVar("about", default=None)


def with_about(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Add what is being worked on; what the line says itself counts more."""
    if about := ABOUT.get():
        for name, value in about().items():
            line.setdefault(name, value)
    return line


def named(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Add when, how serious and whose a line is."""
    record: logging.LogRecord = line["_record"]
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    line.update(timestamp=at, level=record.levelname.lower(), logger=record.name)
    return line


def without_words(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Of exceptions keep type and trace: their messages may quote what people wrote."""
    error = _exception(line.pop("exc_info", None))
    arguments = line.pop("positional_args", None) or ()
    event = str(line["event"])
    if not line["_from_structlog"]:
        event = event.partition("\n")[0]  # asyncio and Bolt append what they were working on
    quoted = [each for each in arguments if isinstance(each, BaseException)]
    for each in [*_chain(error), *quoted]:
        for words in (repr(each), str(each)):
            event = event.replace(words, described(each)) if words else event
    line["event"] = event
    if error is not None:
        line["error"] = described(error)
        line["exception"] = "\n".join(
            "".join(traceback.format_tb(each.__traceback__)) + described(each)
            for each in _chain(error)
        )
    return line


def scrubbed(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Take out what looks like a token or an address."""
    return {key: value if key == "_record" else _scrub(value) for key, value in line.items()}


def described(error: BaseException) -> str:
    """An error by its type, and Slack's word for it; its message may quote what people wrote."""
    name = type(error).__name__
    return f"{name} ({error_of(error)})" if isinstance(error, SlackApiError) else name


def error_of(refusal: SlackApiError) -> str:
    """Slack's word for a refusal, or its status where it gave no word."""
    return str(answer_of(refusal).get("error") or status_of(refusal))


def answer_of(refusal: SlackApiError) -> dict[str, Any]:
    """What Slack says in a refusal; nothing where a proxy, say, answered with a page of its own.

    slack-sdk hands out its own response, or aiohttp's where the body could not be read.
    """
    data = getattr(refusal.response, "data", refusal.response)
    return data if isinstance(data, dict) else {}


def status_of(refusal: SlackApiError) -> int:
    """The HTTP status of a refusal."""
    response = refusal.response
    return int(getattr(response, "status_code", 0) or getattr(response, "status", 0))


def _scrub(value: Any) -> Any:
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, dict):
        return {key: _scrub(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(each) for each in value]
    return SECRETS.sub(SCRUBBED, str(value))


def _exception(found: Any) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    if found is True:
        return sys.exc_info()[1]
    return found[1] if isinstance(found, tuple) else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those it came from, the first cause last."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
