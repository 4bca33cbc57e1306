"""A mail log as large as the bot reads, and how long counting its errors takes."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial

from benchmarks import errors
from benchmarks.clock import core_seconds
from benchmarks.figures import Figure
from bot.smtp.answer import Answer
from bot.smtp.digest import Digest
from bot.smtp.knowledge import Knowledge
from bot.smtp.logs import reports
from bot.smtp.report import Report
from bot.smtp.spot import Spotter

SIZE = 10_000_000  # characters
SENT = 0.6  # share of mail that goes through
CAUSES, HOSTS, DOMAINS = 100, 100, 2_000  # more than a bad day has
PIECE = 65_536
LONGEST = 15  # seconds; it is read beside the answers to other messages
SEED = 10


def figure(knowledge: Knowledge, spotter: Spotter) -> Figure:
    """Core seconds for the errors of the largest log."""
    log = postfix(knowledge)
    pieces = [log[begin : begin + PIECE] for begin in range(0, len(log), PIECE)]

    def first(report: Report) -> Answer | None:
        return next(iter(spotter.spot(report.text)), None)

    took = core_seconds(partial(Digest().add, reports(pieces), first))
    what = f"a Postfix log of {SIZE // 1_000_000} MB, {log.count(chr(10)):,} lines"
    return Figure(what, took, "s", digits=1, at_most=LONGEST)


def postfix(knowledge: Knowledge) -> str:
    """The log of a server that sends to many domains, of which some refuse."""
    chance = random.Random(SEED)
    known = [entry.example for entry in knowledge if entry.example[:1] in "45"]
    refusals = chance.sample(known, CAUSES)
    lines: list[str] = []
    length = 0
    while length < SIZE:
        is_sent = chance.random() < SENT
        reply = "250 2.0.0 OK" if is_sent else chance.choice(refusals)
        line = errors.postfix(
            replace(
                errors.scene(reply, chance),
                host=f"mx.host{chance.randrange(HOSTS)}.example",
                to=f"u{chance.randrange(SIZE)}@d{chance.randrange(DOMAINS)}.example.com",
            )
        )
        lines.append(line.replace("status=bounced", "status=sent") if is_sent else line)
        length += len(line) + 1
    return "\n".join(lines)
