"""The command line: run, explain, spot, check, manifest, unknown, new-key."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from bot.smtp.explain import Explainer
from bot.smtp.knowledge import KnowledgeError, load
from bot.smtp.passage import LONGEST
from bot.smtp.plain_text import decoded, is_text
from bot.smtp.question import Question
from bot.smtp.spot import Spotter

OK, PROBLEM, INTERRUPTED = 0, 1, 130  # exit statuses; argparse uses 2 for wrong usage
MOST_BYTES = 4 * LONGEST  # of UTF-8, for as many characters as are read of one text

DESCRIPTION = """\
Says what a mail error means and what to do now: in Slack, or here in the terminal.
"""
EPILOG = """\
examples:
  %(prog)s explain 421
  %(prog)s explain "550 5.7.26 Unauthenticated email from example.com is not accepted"
  tail -1 /var/log/mail.log | %(prog)s explain
  %(prog)s explain < bounce.eml
  %(prog)s explain --jsonl < errors.jsonl > answers.jsonl
  %(prog)s spot < channel-export.txt
  %(prog)s run
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 fine, 1 a problem that was named, 2 usage."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # logs are not always in one encoding
    try:
        return int(options.command(options))
    except KnowledgeError as mistake:
        return _complain(str(mistake))
    except BrokenPipeError:
        # The reader of our output has left, as `head` does; Python would complain when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return PROBLEM


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smtp-bot" if Path(sys.argv[0]).stem == "smtp-bot" else "python -m bot",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser(
        "run",
        help="connect to Slack, or start the playground when no tokens are set",
        description="Connects to Slack with the tokens from the environment or .env: Socket Mode "
        "when SLACK_APP_TOKEN is set, HTTP otherwise. Without tokens it starts the playground, a "
        "pretend Slack in your browser.",
    )
    run.set_defaults(command=_run)

    explain = commands.add_parser(
        "explain",
        help="say what an error means",
        description="Says what a code, a pasted error or a topic means. Without TEXT it reads "
        "standard input.",
    )
    explain.add_argument("text", nargs="*", metavar="TEXT", help="a code, an error, or plain words")
    shape = explain.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one JSON object, for programs")
    shape.add_argument(
        "--jsonl",
        action="store_true",
        help='read lines {"id": ..., "text": ...}, write one line of JSON each',
    )
    shape.add_argument("--why", action="store_true", help="show the evidence for the answer too")
    shape.add_argument("--list", action="store_true", help="print all that is known as a table")
    explain.set_defaults(command=_explain)

    spot = commands.add_parser(
        "spot",
        help="rehearse: which messages would the bot answer unasked?",
        description="Reads messages from standard input, one a line, and says which of them the "
        "bot would answer in a channel.",
    )
    spot.add_argument(
        "--jsonl",
        action="store_true",
        help='read lines {"id": ..., "text": ...}; write {"id", "reply", "entries"}',
    )
    spot.set_defaults(command=_spot)

    check = commands.add_parser(
        "check",
        help="would it run here?",
        description="Looks at the knowledge files, the settings, the database and the manifest, "
        "and asks Slack what the tokens may do and what time it is; says what to do about what is "
        "not OK.",
    )
    check.add_argument("--offline", action="store_true", help="do not ask Slack")
    check.set_defaults(command=_check)

    manifest = commands.add_parser(
        "manifest",
        help="print the app manifest for Slack",
        description="Prints the manifest to create the Slack app from: for Socket Mode, or for "
        "HTTP at the address given.",
    )
    manifest.add_argument(
        "--url", metavar="URL", help="the bot's public address, as https://bot.example.com"
    )
    manifest.add_argument("--json", action="store_true", help="as JSON instead of YAML")
    manifest.set_defaults(command=_manifest)

    unknown = commands.add_parser(
        "unknown",
        help="what could it not explain? as drafts of new entries",
        description="Prints the errors that people asked about and the bot could not explain, the "
        "most frequent first, as TOML to fill in and add to a file under knowledge/.",
    )
    unknown.add_argument("--team", metavar="ID", help="one workspace only, as T0123456789")
    unknown.set_defaults(command=_unknown)
    new_key = commands.add_parser(
        "new-key",
        help="make a TOKEN_KEY",
        description="Prints a new random key for TOKEN_KEY, which encrypts the tokens of several "
        "workspaces in the database.",
    )
    new_key.set_defaults(command=_new_key)
    return parser


def _run(options: argparse.Namespace) -> int:
    import asyncio

    from bot.settings import SettingsError, load_settings, missing_for_slack

    try:
        settings = load_settings()
    except SettingsError as mistake:
        return _complain(str(mistake))
    if settings.has_slack and (missing := missing_for_slack(settings)):
        return _complain(missing)
    from bot.app import StartError, run
    from bot.logs import set_up

    set_up(settings.log_level, settings.log_format, sys.stderr)

    try:
        asyncio.run(run(settings, say=lambda line: print(line, flush=True)))
    except StartError as mistake:
        return _complain(str(mistake))
    return OK


def _explain(options: argparse.Namespace) -> int:
    knowledge = load()
    if options.list:
        from bot.render.text import table_of

        table_of(knowledge, _console())
        return OK
    explainer = Explainer(knowledge)
    if options.jsonl:
        from bot.render.text import record

        return _lines(sys.stdin, lambda text: record(explainer.explain(text)))
    text = " ".join(options.text) if options.text else _standard_input()
    if text is None:
        return _complain("This is no text: give the words of the error, or a mail saved as .eml.")
    if Question(text).is_small_talk:
        return _complain("Nothing to explain: give a code or an error, or pipe one in.")
    if _is_file(text):
        return _complain("This is the name of a file: put < before it to have the file read.")
    answer = explainer.explain(text)
    if options.json:
        from bot.render.text import record

        print(json.dumps(record(answer)))
    else:
        from bot.render.text import show

        show(answer, _console())
    if options.why:
        from bot.render.why import show_why

        show_why(answer, _console())
    return OK


def _spot(options: argparse.Namespace) -> int:
    from bot.render.text import printable

    spotter = Spotter(Explainer(load()))

    def judge(text: str) -> dict[str, Any]:
        entries = [answer.entry.id for answer in spotter.spot(text) if answer.entry]
        return {"reply": bool(entries), "entries": entries}

    if options.jsonl:
        return _lines(sys.stdin, judge)
    for line in _readable(sys.stdin):
        verdict = judge(line.replace("\\n", "\n"))
        said = f"answer ({', '.join(verdict['entries'])})" if verdict["reply"] else "silent"
        print(f"{said}: {printable(line)}", flush=True)
    return OK


def _check(options: argparse.Namespace) -> int:
    import asyncio

    from bot.check import findings
    from bot.settings import SettingsError, load_settings

    knowledge = load()
    try:
        settings = load_settings()
    except SettingsError as mistake:
        return _complain(str(mistake))

    async def look() -> int:
        status = OK
        async for finding in findings(settings, knowledge, offline=options.offline):
            print(finding, flush=True)
            status = status if finding.is_ok else PROBLEM
        return status

    return asyncio.run(look())


def _manifest(options: argparse.Namespace) -> int:
    from bot.manifest import ManifestError, printed

    try:
        print(printed(options.url, options.json))
    except ManifestError as mistake:
        return _complain(str(mistake))
    return OK


def _unknown(options: argparse.Namespace) -> int:
    import asyncio

    from bot.app import StartError
    from bot.settings import SettingsError, load_settings
    from bot.unknown import drafts

    try:
        print(asyncio.run(drafts(load_settings(), options.team)))
    except (SettingsError, StartError) as mistake:
        return _complain(str(mistake))
    return OK


def _new_key(options: argparse.Namespace) -> int:
    from base64 import urlsafe_b64encode

    from bot.settings import KEY_BYTES

    print(urlsafe_b64encode(os.urandom(KEY_BYTES)).decode())
    return OK


def _lines(source: IO[str], answer: Callable[[str], dict[str, Any]]) -> int:
    """Answer each line of JSON with a line of JSON; a bad one with `error`. Says 1 if any was."""
    status = OK
    for line in _readable(source):
        row_id: Any = None
        try:
            row = json.loads(line)
            row_id = row.get("id") if isinstance(row, dict) else None
            if not isinstance(row, dict) or not isinstance(row.get("text"), str):
                raise ValueError('a line should be an object with "id" and a "text" in quotes')
            out = {"id": row_id, **answer(row["text"])}
        except (ValueError, RecursionError) as mistake:
            status = PROBLEM
            out = {"id": row_id, "error": str(mistake)}
        # ASCII only: what was pasted into an id must not control the terminal.
        print(json.dumps(out), flush=True)
    return status


def _readable(lines: Iterable[str]) -> Iterator[str]:
    """The lines that hold something, without their line ends and the mark of some editors."""
    return (line.rstrip("\n").removeprefix("\ufeff") for line in lines if line.strip())


def _standard_input() -> str | None:
    """What is piped in or typed, as far as it is read; None when it is no text."""
    if sys.stdin.isatty():
        print("Paste the error, then press Ctrl-D:", file=sys.stderr)
    given = sys.stdin.buffer.read(MOST_BYTES)  # an endless input ends here
    return "".join(decoded([given])) if is_text(given) else None


def _is_file(text: str) -> bool:
    """Whether somebody gave the name of a file; one of digits is still a code."""
    # Path's own is_file stumbles over what is too long for a name.
    return not text.isdecimal() and os.path.isfile(text)  # noqa: PTH113


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, emoji=False)
