"""An Answer as plain text for the terminal, and as a line of JSON for programs."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.render.wording import (
    NOT_CERTAIN,
    WHO,
    by_code,
    evidence,
    headline,
    others,
    outlook,
    some_codes,
    sure_enough,
    who_acts,
)
from bot.smtp.answer import Answer
from bot.smtp.knowledge import Knowledge


def printable(line: str) -> str:
    """A line that shows itself and does nothing else to the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in line)


def show(answer: Answer, console: Console) -> None:
    """Print an answer as a person reads it; what was pasted cannot style or move the cursor."""
    if answer.heading:
        _show_list(answer, console)
    elif answer.entry is None:
        _show_unknown(answer, console)
    else:
        _show_entry(answer, console)


def _show_entry(answer: Answer, console: Console) -> None:
    entry = answer.entry
    assert entry is not None
    if not sure_enough(answer):
        console.print(f"[dim]{NOT_CERTAIN}[/]")
    console.print(f"[bold]{escape(headline(answer))}[/]")
    console.print(f"{outlook(answer)}.")
    provider = f" Server: {answer.provider}." if answer.provider else ""
    console.print(escape(f"{who_acts(answer)}.{provider}"))
    console.print()
    console.print(escape(entry.meaning))
    console.print()
    steps = Table.grid(padding=(0, 1))
    for number, step in enumerate(entry.steps, 1):
        steps.add_row(f"  {number}.", escape(step))
    console.print(steps)
    console.print()
    if found := evidence(answer):
        console.print(f"[dim]{escape(found)}[/]")
    for other in others(answer):
        console.print(f"[dim]{escape(f'Could also be: {other.title} ({WHO[other.who]}).')}[/]")
    # Whole, however long: a link broken into lines can be neither clicked nor copied.
    source = escape(f"Source: {entry.publisher.name}, {entry.source}")
    console.print(f"[dim]{source}[/]", soft_wrap=True)


def _show_list(answer: Answer, console: Console) -> None:
    if not answer.listing:
        console.print(f"{escape(answer.heading)}: none known.")
        return
    console.print(f"[bold]{escape(answer.heading)}[/]")
    table = _table("Codes", "What it means", "Who can act")
    for entry in by_code(answer.listing):
        table.add_row(some_codes(entry), escape(entry.title), WHO[entry.who])
    _print_table(table, console)


def _show_unknown(answer: Answer, console: Console) -> None:
    console.print("I do not know this error.")
    console.print(
        "Paste the server's own words: the line with the code, from the bounce or the log."
    )
    for entry in answer.nearest:
        console.print(escape(f"  Nearest: {entry.title} ({entry.id})"))


def table_of(knowledge: Knowledge, console: Console) -> None:
    """Print all that is known, one line an entry."""
    table = _table("Entry", "Codes", "What it means", "Reason")
    for entry in knowledge:
        table.add_row(entry.id, some_codes(entry), escape(entry.title), entry.reason)
    _print_table(table, console)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for other in others:
        table.add_column(other)
    return table


def _print_table(table: Table, console: Console) -> None:
    if not console.is_terminal:
        console.width = WIDEST  # in a file or a pipe a row is a line, for grep
    console.print(table)


WIDEST = 500  # columns; no row comes near


def record(answer: Answer) -> dict[str, Any]:
    """An answer as plain values for JSON; None where the text does not tell."""
    return {
        "entry": answer.entry.id if answer.entry else None,
        "reason": answer.reason,
        "persistence": answer.persistence,
        "who": answer.who,
        "retry": answer.retry,
        "reply_code": str(answer.reply_code) if answer.reply_code else None,
        "enhanced_code": str(answer.enhanced_code) if answer.enhanced_code else None,
        "provider": answer.provider,
        "confidence": answer.confidence,
        "alternatives": [
            {
                "entry": guess.entry.id,
                "reason": guess.entry.reason,
                "confidence": guess.confidence,
            }
            for guess in answer.alternatives
        ],
    }
