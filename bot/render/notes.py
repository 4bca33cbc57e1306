"""A team's note as people see it: above the steps of a card, as one line, in its form, in a list.

What people wrote is only ever put into plain text and rich text elements, where no mention, markup
or disguised link works. Where only one person reads a message, the author is mentioned: that
notifies nobody else. Where everybody does, a mention would notify the author each time, so there
the name stands as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from bot.render.blocks import (
    Block,
    Message,
    View,
    bullets,
    button,
    context,
    day,
    escaped,
    header,
    modal,
    plain,
    quotation,
    section,
    sentence,
    words,
)
from bot.render.wording import first_line, many
from bot.smtp.knowledge import Knowledge
from bot.store.notes import Note

NOTE = "team_note"  # action id of the button, whose value is the entry's id
SAVE = "save_team_note"  # callback id of the form
TEXT, LOCK = "note_text", "note_lock"  # ids of its inputs, as block and as action
LONGEST = 1000  # characters of a note: a screenful; for more it can link to a page
LINE = 150  # characters of a note where it is one line among others
LISTED = 40

SEEN_BY = (
    "Everybody in this workspace sees it with this answer, but nobody does in conversations shared "
    "with other organisations."
)
NOT_SHOWN = (
    "Team notes are not shown in conversations shared with other organisations, nor where Slack "
    "does not tell me whether they are."
)


def note_block(note: Note, label: str = "Team note", with_text: bool = True) -> Block:
    """A whole note under its author and date, or only those."""
    heading = [words(label, bold=True), words(" by "), _author(note), words(", "), day(note.at)]
    return quotation(heading, linked(note.text) if with_text else [])


def note_line(note: Note) -> str:
    """The beginning of a note as one line of plain text."""
    return f"Team note: {first_line(note.text, LINE)}"


UNEXPLAINED = ""  # the place of the note on a text that no entry surely explains, among notes


def title_of(about: str, knowledge: Knowledge) -> str:
    """What a note is about: an entry's title, or the masked form of an unexplained error.

    The id of an entry that is known no more is given as it is.
    """
    if entry := knowledge.get(about):
        return entry.title
    return f"Not explained: {about}" if is_masked(about) else about


def is_masked(about: str) -> bool:
    """Whether a note is about an error's masked form: that has several words, an id is one."""
    return " " in about


def note_button(entry_id: str, note: Note | None) -> Block:
    """What opens the form for an entry's note."""
    return button("Edit note" if note else "Add note", NOTE, entry_id)


def linked(text: str) -> list[Block]:
    """What people wrote as rich text elements; addresses of web pages can be followed."""
    spans = [
        {"type": "link", "url": piece} if place % 2 and _is_page(piece) else words(piece)
        for place, piece in enumerate(_ADDRESS.split(text))
    ]
    return [span for span in spans if span.get("text") or span.get("url")]


# What ends a sentence does not belong to the address, nor what could hide where it leads.
_ADDRESS = re.compile(r"(https?://[^\s<>\"'`|\\]*[\w/])", re.IGNORECASE)


def _is_page(address: str) -> bool:
    """Whether an address leads where it seems to: "https://example.com@example.net" does not."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc


def _author(note: Note) -> Block:
    return words(note.name) if note.name else {"type": "user", "user_id": note.who}


def form(
    title: str,
    note: Note,
    history: Sequence[Note],
    place: Mapping[str, str],
    *,
    is_admin: bool,
    mine: Note | None = None,
) -> View:
    """The form for an entry's note, as far as this person may change it.

    `mine` is what they tried to save when somebody else had just saved `note`; `place` travels with
    the form, together with the version it is about.
    """
    if note.locked and not is_admin:
        locked = context("This note is locked: only admins may change it.")
        return _view(header(title), note_block(note), locked, *_earlier(note, history))
    above = _meanwhile(note, mine) if mine else [context(SEEN_BY)]
    filled_in = mine or note
    inputs = [_text_input(filled_in.text)]
    if is_admin:
        inputs.append(_lock_input(filled_in.locked))
    travels = json.dumps({**place, "entry": note.entry, "version": note.version})
    view = _view(header(title), *above, *inputs, *_earlier(note, history))
    saves = {"callback_id": SAVE, "submit": plain("Save"), "close": plain("Cancel")}
    return view | saves | {"private_metadata": travels}


def _meanwhile(note: Note, mine: Note) -> list[Block]:
    """Tell of a save that came in between, so that neither text is lost."""
    told = "*The note changed while you wrote, so nothing is saved yet.*"
    if not note.text:
        return [section(f"{told} It was removed."), context("Your text is below; Save adds it.")]
    rest = "Your text is below; Save puts it in the place of the other."
    if not mine.text:
        rest = "You wanted to remove it; Save does so."
    return [section(f"{told} It says now:"), note_block(note), context(rest)]


def _text_input(text: str) -> Block:
    typed: Block = {
        "type": "plain_text_input",
        "action_id": TEXT,
        "multiline": True,
        "max_length": LONGEST,
        "placeholder": plain("Our runbook for this, who to call, what helped last time"),
    }
    return {
        "type": "input",
        "block_id": TEXT,
        "optional": True,  # an empty one removes the note
        "label": plain("Note"),
        "hint": plain(f"Plain text, {LONGEST:,} characters at most. An empty text removes it."),
        "element": typed | ({"initial_value": text} if text else {}),
    }


def _lock_input(locked: bool) -> Block:
    option = {"text": plain("Locked: only admins may change it"), "value": LOCK}
    ticks: Block = {"type": "checkboxes", "action_id": LOCK, "options": [option]}
    return {
        "type": "input",
        "block_id": LOCK,
        "optional": True,
        "label": plain("For admins"),
        "element": ticks | ({"initial_options": [option]} if locked else {}),
    }


def _earlier(note: Note, history: Sequence[Note]) -> list[Block]:
    """Who saved what before; the text of the note itself stands above already."""
    if not history:
        return []
    blocks: list[Block] = [{"type": "divider"}, context("Saved so far, the latest first:")]
    for saved in history:
        if saved.version == note.version and note.text:
            blocks.append(note_block(saved, "The note as it is", with_text=False))
        else:
            blocks.append(note_block(saved, "Earlier" if saved.text else "Removed"))
    return blocks


def _view(*blocks: Block) -> View:
    return modal("Team note", list(blocks))


def waiting() -> View:
    """What the modal shows until we know what to show."""
    return _view(context("One moment."))


def not_here() -> View:
    """What the modal says where notes must not be shown."""
    return _view(section(NOT_SHOWN))


def outdated() -> View:
    """What the modal says when its button is about an entry that is known no more."""
    return _view(section("What this button was about has changed. Ask again with /smtp."))


TOO_LONG = f"Please keep it to {LONGEST:,} characters; a longer text can be linked to."
LOCKED = "Only admins may change a locked note, or lock one. Your text is not saved."


def saved(title: str, done: str) -> Message:
    """What who saved a note is told; `done` is what happened, "" when nothing did."""
    what = f"Team note {done}" if done else "Team note not changed"
    where = "" if "removed" in done or not done else " It shows in answers from now on."
    return sentence(f"{what}: {escaped(title)}.{where}")


def listing(notes: Sequence[Note], titles: Mapping[str, str]) -> Message:
    """What `/smtp notes` answers; `titles` are those of the entries that are still known."""
    if not notes:
        return sentence(
            "This team has no notes yet. *Add note* under an answer, such as that of `/smtp 421`, "
            "adds one."
        )
    heading = many(len(notes), "team note")
    items = [
        [
            words(titles.get(note.entry, note.entry), bold=True),
            words(f": {first_line(note.text, LINE)} ("),
            _author(note),
            words(", "),
            day(note.at),
            words(")"),
        ]
        for note in notes[:LISTED]
    ]
    blocks = [header(heading), bullets(items)]
    if left := len(notes[LISTED:]):
        blocks.append(context(f"{left} older ones are left out."))
    return {"text": f"{heading}, the latest first.", "blocks": blocks}


def not_listed() -> Message:
    """What `/smtp notes` answers where notes must not be shown."""
    return sentence(f"{NOT_SHOWN} Type it in another channel.")
