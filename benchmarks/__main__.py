"""`python -m benchmarks`: speed, or with `accuracy FILE` how right the answers are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import accuracy, corpus, load, speed
from bot.smtp.knowledge import KnowledgeError

OK, PROBLEM = 0, 1  # exit statuses; argparse itself exits with 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one benchmark; returns the exit status: 0 fine, 1 a problem that was named."""
    options = _parser().parse_args(arguments)
    console = Console(highlight=False, emoji=False)
    try:
        if options.command == "accuracy":
            accuracy.report(corpus.read(options.file), options.file.name, console)
        elif options.command == "load":
            load.report(console)
        else:
            speed.report(console)
    except (corpus.CorpusError, KnowledgeError) as mistake:
        print(mistake, file=sys.stderr)
        return PROBLEM
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures the bot. Without a command: texts explained and messages spotted a "
        "second, start-up and memory.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser(
        "load",
        help="what is lost or said twice under load, how long all takes, and what it costs",
        description="Runs the bot in processes of its own against a pretend Slack that fails, and "
        "kills it meanwhile. Takes some minutes.",
    )
    right = commands.add_parser(
        "accuracy",
        help="how right the answers are on a corpus of yours",
        description="Explains every text of FILE and compares the answers with its labels.",
        epilog=corpus.FORMAT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    right.add_argument("file", type=Path, metavar="FILE", help="labelled texts, as JSON lines")
    return parser


if __name__ == "__main__":
    sys.exit(main())
