"""A Digest as a Slack message with a chart, and as a table; what is said about unread files."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence

from bot.render.blocks import (
    Block,
    Message,
    actions,
    button,
    context,
    escaped,
    header,
    introduced,
    lines,
    preformatted,
    sentence,
)
from bot.render.card import DETAILS, MUTE, condensed
from bot.render.wording import REASON, many, shortened, who_acts
from bot.smtp.codes import Persistence
from bot.smtp.digest import OTHERS, Cause, Digest
from bot.smtp.packed import pack
from bot.smtp.reasons import Who

TABLE = "full_table"  # action ids, as the listeners know them
SHARE_DIGEST = "share_digest"

SHOWN = 8  # causes in the chart; the rest are summed up
WORST = 5  # receiving domains named
BAR = 20  # blocks of the longest bar
TITLE = 46  # characters; with more, narrow windows break the line
TO_DO = "What to do first"
MOST_CODES = 5  # of one cause in the table

_PERSISTENCE = (
    (Persistence.PERMANENT, "permanent"),
    (Persistence.TRANSIENT, "transient"),
    (None, "told by no code"),
)


def digest_message(
    digest: Digest,
    files: Sequence[str],
    *,
    notes: Sequence[str] = (),
    thread_ts: str = "",
    mutable: bool = False,
) -> Message:
    """What the errors in files come to; `files` are their ids, for the table.

    A private digest has a `thread_ts`: of the thread where it may be shared, and where the table
    goes. An unasked one is `mutable`.
    """
    first = _to_do(digest)
    title = f"{_errors(digest.count)}, {many(len(digest.found), 'cause')}"
    blocks = [
        header(title),
        preformatted("\n".join(_chart(digest))),
        lines("In numbers", "", *_facts(digest)),
        condensed(first.answer, f"{TO_DO}: "),
        actions(*_buttons(first, files, thread_ts, mutable)),
    ]
    if digest.read_to:
        notes = (*notes, f"Read up to line {digest.read_to:,}; the rest is too varied for one go.")
    if notes:
        blocks.append(context(*notes))
    return {"text": _summary(title, digest), "blocks": blocks}


def shared_digest(
    digest: Digest, files: Sequence[str], user_id: str, notes: Sequence[str]
) -> Message:
    """A digest as posted on a person's behalf."""
    message = digest_message(digest, files, notes=notes)
    return introduced(f"<@{user_id}> shared a digest:", message)


def _to_do(digest: Digest) -> Cause:
    """The cause to begin with: the most frequent that does not pass by itself, if there is one."""
    to_do = (cause for cause in digest.causes if cause.answer.who not in (Who.WAIT, Who.NONE))
    return next(to_do, digest.causes[0])


def _buttons(first: Cause, files: Sequence[str], thread_ts: str, mutable: bool) -> list[Block]:
    # An unasked digest was read strictly, and so its table is.
    content = {"files": list(files), "thread": thread_ts, "asked": not mutable}
    value = json.dumps(content, separators=(",", ":"))
    buttons = [
        button("Details", f"{DETAILS}_1", pack(first.answer)),
        button("Full table as CSV", TABLE, value),
    ]
    if thread_ts:
        buttons.append(button("Share in thread", SHARE_DIGEST, value))
    if mutable:
        buttons.append(button("Mute here", MUTE, "off"))
    return buttons


def _summary(title: str, digest: Digest) -> str:
    worst, first = digest.causes[0], _to_do(digest)
    to_do = "" if first is worst else f"{TO_DO}: {first.entry.title}. "
    return escaped(
        f"{title}. Most frequent, {_percent(worst.count, digest.count)}: {worst.entry.title}. "
        f"{to_do}{who_acts(first.answer)}. First step: {first.entry.steps[0]}"
    )


def _chart(digest: Digest) -> list[str]:
    """Two lines for a cause: its title; share, count and bar, the bar last as its width varies."""
    causes = digest.causes
    rows = [(shortened(cause.entry.title, TITLE), cause.count) for cause in causes[:SHOWN]]
    if rest := causes[SHOWN:]:
        rows.append((f"{OTHERS} ({many(len(rest), 'cause')})", sum(c.count for c in rest)))
    most = max(count for _, count in rows)
    width = len(f"{most:,}")
    chart: list[str] = []
    for title, count in rows:
        bar = "▇" * max(1, round(BAR * count / most))
        chart += [title, f"{_percent(count, digest.count):>5} {count:>{width},} {bar}"]
    return chart


def _facts(digest: Digest) -> list[str]:
    kinds = [
        f"{digest.persistence[kind]:,} {name}"
        for kind, name in _PERSISTENCE
        if digest.persistence[kind]
    ]
    facts = [f"Transient or permanent: {', '.join(kinds)}."]
    if worst := _worst(digest.domains):
        facts.append(f"Worst-hit domains: {worst}.")
    if digest.first_at:
        facts.append(f"When: {_span(digest)}.")
    return facts


def _worst(domains: Counter[str]) -> str:
    """The domains with most errors; as code, so that no link comes alive."""
    named = [each for each in domains.most_common(WORST + 1) if each[0] != OTHERS][:WORST]
    return ", ".join(f"`{domain}` {count:,}" for domain, count in named)


def _span(digest: Digest) -> str:
    if digest.first_at == digest.last_at:
        return digest.first_at
    return f"{digest.first_at} to {digest.last_at}"


def _errors(count: int) -> str:
    return many(count, "mail error")


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole
    return "< 1%" if 0 < share < 1 else f"{share:.0f}%"


# The table

COLUMNS = (
    "cause",
    "reason",
    "codes",
    "count",
    "share",
    "domains",
    "first line",
    "last line",
)


def table(digest: Digest) -> str:
    """All causes as CSV, the most frequent first."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for cause in digest.causes:
        entry = cause.entry
        row = (
            entry.title,
            REASON[entry.reason],
            _counted(cause.codes, MOST_CODES),
            cause.count,
            f"{100 * cause.count / digest.count:.1f}%",
            _counted(cause.domains, len(cause.domains)),
            cause.first,
            cause.last,
        )
        rows.writerow([cell(str(value)) for value in row])
    return text.getvalue()


def _counted(counts: Counter[str], most: int) -> str:
    text = "; ".join(f"{what} ({count})" for what, count in counts.most_common(most))
    return shortened(text, LONGEST_CELL)


LONGEST_CELL = 32_000  # characters; spreadsheets cut longer ones


def cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def table_message(digest: Digest) -> str:
    """What stands above the table."""
    return f"{_errors(digest.count)} by cause."


# What is said about files that hold nothing, or could not be read

READABLE = "I read text up to 10 MB: snippets, .eml, .mbox, .txt, .log, .json and .csv."


def no_error_in_file() -> Message:
    """What a file without an error gets when it was asked about."""
    return sentence(
        "I found no mail error in this file. I look for what mail servers say, such as "
        "550 5.1.1 User unknown, in logs, bounces, webhooks and tables."
    )


_UNREAD = {
    "kind": f"I found no mail error: I cannot read this kind of file. {READABLE}",
    "msg": "I cannot read Outlook's .msg files. Save the message as .eml or as text, and share "
    "that; of a bounce the diagnostic information is enough.",
    "archive": f"I do not unpack archives. Share the file that is inside. {READABLE}",
    "binary": f"This file holds no plain text. {READABLE}",
    "large": "This file is larger than 10 MB. Share the part of the log around the errors.",
    "scope": "Slack does not let me read files here: I lack the scope files:read. An admin can "
    "add it by installing me again from the current manifest. Until then, paste the error.",
    "more": "I read the first five files of a message, and found no mail error in them.",
    "gone": "This file is not there any more, or not for me.",
    "failed": "Slack did not give me this file just now. Try again in a minute, or paste the "
    "error.",
    "write_scope": "Slack does not let me upload a table: I lack the scope files:write. An admin "
    "can add it by installing me again from the current manifest.",
    "table_there": "The table is in the thread already, or on its way.",
    "no_upload": "Slack does not let me post a table here. Invite me to the channel and press the "
    "button again.",
}


def unread(why: str) -> Message:
    """Why a file was not read or a table not posted, in a calm sentence or two."""
    return sentence(_UNREAD[why])
