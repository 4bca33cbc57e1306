"""Why an answer was given: what was read in the text, and what each piece of evidence gave."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.render.text import printable
from bot.render.wording import shortened
from bot.smtp.answer import Answer
from bot.smtp.words import cut


def show_why(answer: Answer, console: Console) -> None:
    """Print the passage as it was compared, the codes and provider read, and the candidates."""
    console.print()
    console.print(f"Codes read: {answer.codes or 'none'}")
    console.print(f"Provider: {answer.provider or 'not told by the text'}")
    words = cut(answer.passage.lower())
    console.print(
        escape(f"Words compared: {shortened(printable(' '.join(words.words)), 400) or 'none'}")
    )
    left_out = printable(", ".join(dict.fromkeys(words.domains)))
    console.print(escape(f"Left out: {'addresses at ' + left_out if left_out else 'nothing'}"))
    console.print()
    candidates = Table("Sure", "Entry, phrase and evidence", box=None, pad_edge=False)
    for guess in answer.guesses:
        evidence = guess.match.evidence._asdict() if guess.match and guess.match.evidence else {}
        told = ", ".join(
            f"{name.replace('_', ' ')} {worth:+.1f}" for name, worth in evidence.items() if worth
        )
        if guess.match and not guess.match.evidence:
            told = "often meant where the best reason is read"
        found = guess.match.found if guess.match else None
        phrase = f"“{shortened(found.phrase.text, 60)}”, {found.share:.0%} of it" if found else ""
        told_of_it = "\n".join(line for line in (guess.entry.id, phrase, told) if line)
        candidates.add_row(f"{guess.confidence:.2f}", escape(told_of_it))
    console.print(candidates)
