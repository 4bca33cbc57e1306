"""An Answer as a Slack message: the full card, the brief reply in a thread, lists, and help."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

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
    link,
    prose,
    repeated,
    section,
    sections,
    sentence,
)
from bot.render.feedback import rated
from bot.render.notes import UNEXPLAINED, note_block, note_button, note_line
from bot.render.wording import (
    NOT_CERTAIN,
    WHO,
    by_code,
    evidence,
    headline,
    many,
    others,
    outlook,
    shortened,
    some_codes,
    source_line,
    sure_enough,
    who_acts,
)
from bot.smtp.answer import Answer
from bot.smtp.codes import Persistence
from bot.smtp.knowledge import Entry
from bot.smtp.packed import pack
from bot.smtp.reasons import Who
from bot.store.notes import Note

Notes = Mapping[str, Note]  # a team's notes by entry id; None where none may be shown

_NEVER_SEEN: dict[str, tuple[int, int, datetime.datetime]] = {}
SHARE = "share_answer"  # action ids, as the listeners know them
DETAILS = "show_details"  # followed by a number: a message may hold several of these buttons
MUTE = "mute_here"
LISTED = 40  # entries in one list; more do not help anybody to choose
CAUSES = 3  # causes named in one brief reply

_SIGN = {
    Persistence.TRANSIENT: ":hourglass_flowing_sand:",
    Persistence.PERMANENT: ":no_entry:",
    None: ":grey_question:",
}


def card(
    answer: Answer, shareable: bool = True, listed: int = LISTED, notes: Notes | None = None
) -> Message:
    """The full answer to one question; also when it is a list, or when nothing is known."""
    if answer.heading:
        return _list(answer, listed)
    if answer.entry is None:
        return _unknown(answer, notes)
    entry = answer.entry
    note = _note_on(answer, notes)
    blocks: list[Block] = []
    if not sure_enough(answer):
        blocks.append(context(NOT_CERTAIN))
    blocks += [
        header(headline(answer)),
        section(f"{_sign(answer)} {escaped(outlook(answer))}.\n{escaped(_who_line(answer))}."),
        *([note_block(note)] if note else []),
        prose(entry.meaning, entry.steps),
        *(context(line) for line in _small_print(answer)),
    ]
    blocks.append(link(entry.source, f"Source: {source_line(entry)}"))
    buttons = [button("Share to channel", SHARE, pack(answer))] if shareable else []
    if notes is not None:
        buttons.append(note_button(_noted(answer, notes), note))
    if buttons:
        blocks.append(actions(*buttons))
    return {"text": _aloud(answer, note), "blocks": blocks}


def _noted(answer: Answer, notes: Notes) -> str:
    """What a note on this answer is about: its entry, or the error it does not surely explain."""
    if unexplained := notes.get(UNEXPLAINED):
        return unexplained.entry
    return answer.entry.id if answer.entry else ""


def _note_on(answer: Answer, notes: Notes | None) -> Note | None:
    """The team's note on what an answer is about; None when there is none."""
    if notes is None:
        return None
    note = notes.get(UNEXPLAINED) or notes.get(_noted(answer, notes))
    return note if note and note.text else None


def _small_print(answer: Answer) -> list[str]:
    """What the answer rests on, and what else it could be."""
    found = [evidence(answer)]
    if answer.asked_code:
        found.append(
            "A code can have several causes: paste the server's whole reply for a closer answer."
        )
    if near := others(answer):
        found.append(f"Could also be: {'; '.join(_named(entry) for entry in near)}.")
    return [line for line in found if line]


def brief(
    answers: Sequence[Answer],
    mutable: bool = False,
    seen: Mapping[str, tuple[int, int, datetime.datetime]] = _NEVER_SEEN,
    notes: Notes | None = None,
) -> Message:
    """Two or three lines for a thread: one message, however many causes were found.

    An unasked one is `mutable`: it carries the way to have no more of them. `seen` says by entry
    ids how often a cause was met, for how many receiving domains, and since when.
    """
    blocks: list[Block] = []
    said = []
    for number, answer in enumerate(answers[:CAUSES], 1):
        blocks.append(condensed(answer))
        entry_id = answer.entry.id if answer.entry else ""
        if (count := seen.get(entry_id)) and count[0] > 1:
            blocks.append(repeated(*count))
        if note := notes.get(entry_id) if notes else None:
            blocks.append(context(note_line(note)))
        blocks.append(actions(button("Details", f"{DETAILS}_{number}", pack(answer))))
        said.append(_aloud(answer, note))
    if mutable:
        blocks[-1]["elements"].append(button("Mute here", MUTE, "off"))
    if more := len(answers[CAUSES:]):
        blocks.append(context(f"And {many(more, 'more cause')} in this message."))
    return rated({"text": " ".join(said), "blocks": blocks}, answers)


def condensed(answer: Answer, label: str = "") -> Block:
    """The two or three lines about one cause; the answer has an entry.

    `label` stands before its title, in place of what tells that it is not sure.
    """
    assert answer.entry is not None, "a spotted error has an entry"
    label = label or ("" if sure_enough(answer) else "Probably: ")
    return lines(
        label + answer.entry.title,
        answer.codes,
        f"{outlook(answer)}. {who_acts(answer)}.",
        f"First: {answer.entry.steps[0]}",
    )


def summary(answer: Answer) -> str:
    """The answer as whole sentences, for notifications and screen readers; safe as mrkdwn."""
    if answer.entry is None:
        return escaped(headline(answer)) + "."
    return escaped(
        f"{headline(answer)}. {outlook(answer)}. {who_acts(answer)}. "
        f"First step: {answer.entry.steps[0]}"
    )


def _aloud(answer: Answer, note: Note | None) -> str:
    return f"{summary(answer)} {escaped(note_line(note))}" if note else summary(answer)


def shared(answer: Answer, user_id: str, notes: Notes | None = None) -> Message:
    """The full card as posted to a channel on a person's behalf."""
    message = card(answer, shareable=False, notes=notes)
    return introduced(f"<@{user_id}> shared an explanation:", message)


def stale_message() -> Message:
    """What a button says whose answer is not known any more."""
    text = (
        "This button is from an older version of the bot, and what it explained has changed. "
        "Ask again with /smtp and the error."
    )
    return sentence(text)


def _sign(answer: Answer) -> str:
    return ":white_check_mark:" if answer.who is Who.NONE else _SIGN[answer.persistence]


def _who_line(answer: Answer) -> str:
    return f"{who_acts(answer)}. Server: {answer.provider}" if answer.provider else who_acts(answer)


def _named(entry: Entry) -> str:
    return f"{entry.title} ({WHO[entry.who]})"


def _list(answer: Answer, most: int) -> Message:
    if not answer.listing:
        text = f"{answer.heading}: none known. Try /smtp 4xx, /smtp 5.7.x or /smtp 421."
        return sentence(escaped(text))
    listed = [_line(entry) for entry in by_code(answer.listing)[:most]]
    blocks = [header(answer.heading), *sections(listed)]
    hints = ["Ask for one with /smtp and its code, or paste the whole error."]
    if any("`X." in line for line in listed):
        hints.insert(0, "X stands for 4 (transient) or 5 (permanent).")
    if left := len(answer.listing[most:]):
        hints.insert(0, f"And {left} more.")
    blocks.append(context(" ".join(hints)))
    text = f"{answer.heading}: {len(answer.listing)} entries, one line each."
    return {"text": escaped(text), "blocks": blocks}


def _line(entry: Entry) -> str:
    codes = some_codes(entry)
    return f"`{codes}` {escaped(entry.title)}" if codes else f"• {escaped(entry.title)}"


def _unknown(answer: Answer, notes: Notes | None = None) -> Message:
    text = "I do not know this error."
    if read := answer.codes:
        alone = f"The code {read} alone does not tell the cause."
        text = f"I know no mail error {read}." if answer.asked_code else f"{text} {alone}"
    hint = (
        "Paste the server's own words: the line with the code, such as "
        "550 5.1.1 User unknown, from the bounce or the log."
    )
    blocks = [section(f"{escaped(text)} {escaped(hint)}")]
    if answer.nearest:
        nearest = [f"• {escaped(shortened(_named(entry), 200))}" for entry in answer.nearest]
        blocks += [context("Nearest to your words:"), *sections(nearest)]
    note = _note_on(answer, notes)
    if note:
        blocks.insert(0, note_block(note))
    if notes and (about := _noted(answer, notes)):
        blocks.append(actions(note_button(about, note)))
    aloud = f"{note_line(note)} {text} {hint}" if note else f"{text} {hint}"
    return {"text": escaped(aloud), "blocks": blocks}


HELP = """\
Ask what a mail error means and what to do now:
• `/smtp 421` or `/smtp 5.7.26`: a reply code or an enhanced status code
• `/smtp 4xx` or `/smtp 5.7.x`: a list of codes
• `/smtp 550 5.1.1 User unknown …`: paste the whole error, the longer the better
• `/smtp mailbox full`: a topic in plain words
• `/smtp gmail`, `/smtp gmail 421`: what is known about a provider, or what it means by a code

Mention me or send me a direct message to ask the same in words, with a paste or with a file: a \
snippet, a log, a bounce saved as .eml. In a thread, mention me and nothing else: I explain the \
latest error above. *Explain SMTP error* in a message's menu explains that message to you alone.

Answers to `/smtp` are for your eyes only until you share them. Invite me to a channel and I \
explain SMTP errors that I see there, in the thread; `/smtp here` says and sets what I do in a \
channel. A :mute: reaction on an answer of mine removes it. *Add note* under an answer adds what \
your team knows about it, for all of this workspace; `/smtp notes` lists the notes. \
`/smtp privacy` says what I keep.\
"""


def help_message() -> Message:
    """What `/smtp help` and `/smtp` alone answer."""
    return {
        "text": "How to ask: /smtp and a code, a pasted error or a topic.",
        "blocks": [section(HELP)],
    }
