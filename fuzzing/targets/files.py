"""Any bytes as a file: told apart, decoded, split, counted, shown and written as a table."""

from __future__ import annotations

import csv
import io

from bot.render.digest import digest_message, table
from bot.smtp.answer import Answer
from bot.smtp.digest import Digest, form_of
from bot.smtp.logs import reports
from bot.smtp.passage import LONGEST
from bot.smtp.plain_text import decoded, is_text
from bot.smtp.report import Report
from bot.smtp.spot import Spotter
from fuzzing.checks import check_message
from fuzzing.material import Target, explainer, text_of

FILES = ("", "a.eml", "a.mbox", "a.csv", "a.tsv", "a.json", "a.log")


def build() -> Target:
    """Read it as every kind of file."""
    spotter = Spotter(explainer())

    def explain(report: Report) -> Answer | None:
        return next(iter(spotter.spot(report.text)), None)

    def read(data: bytes) -> None:
        name = FILES[data[0] % len(FILES)] if data else ""
        if len(data) > 1 and data[1] % 2:
            pieces = [text_of(data[1:])]
        else:
            is_text(data[2:])
            pieces = list(decoded([data[2:9], data[9:]]))
        found = list(reports(pieces, name))
        for report in found:
            assert len(report.text) <= LONGEST + 1
            form_of(report.text)
        digest = Digest()
        digest.add(found, explain)
        if digest.count:
            check_message(digest_message(digest, ["F1"], thread_ts="1.1", mutable=True))
            rows = list(csv.reader(io.StringIO(table(digest))))
            assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)

    return read
