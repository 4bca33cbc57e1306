"""What the bot says to people who asked it by a mention, a direct message or a shortcut."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.render.blocks import Message, button, context, sentence
from bot.render.card import CAUSES, Notes, card
from bot.render.feedback import rated, settled
from bot.smtp.answer import Answer
from bot.smtp.packed import pack

SHARE_IN_THREAD = "share_in_thread"  # action id, as the listener knows it
THREAD = "thread"  # where a button's value keeps the thread to share in

PASTE = "paste the server's own words, such as 550 5.1.1 User unknown"


def full(answers: Sequence[Answer], notes: Notes | None = None) -> Message:
    """The full card of the first answer; the other causes by their names."""
    message = card(answers[0], shareable=False, notes=notes)
    more = [answer.entry.title for answer in answers[1 : CAUSES + 1] if answer.entry]
    if more:
        also = f"Also in this message: {'; '.join(more)}. Ask about one alone for its steps."
        has_buttons = message["blocks"][-1]["type"] == "actions"
        message["blocks"].insert(len(message["blocks"]) - has_buttons, context(also))
    return rated(message, answers[:1])


def private(answers: Sequence[Answer], thread_ts: str, notes: Notes | None = None) -> Message:
    """The full card for one person, who may share it in the thread of the message it explains."""
    message = settled(full(answers, notes))
    value = json.loads(pack(answers[0])) | {THREAD: thread_ts}
    packed = json.dumps(value, separators=(",", ":"))
    message["blocks"][-1]["elements"].insert(0, button("Share in thread", SHARE_IN_THREAD, packed))
    return message


def no_error() -> Message:
    """What the shortcut says about a message without an error."""
    return sentence(
        "I found no mail error in this message. Choose one that shows what the server said, "
        f"or type /smtp and {PASTE}."
    )


def nothing_above() -> Message:
    """What a mention by itself gets in a thread without an error."""
    return sentence(f"I see no mail error above in this thread. Mention me and {PASTE}.")


def thread_unread() -> Message:
    """What a mention by itself gets when Slack keeps the thread from us."""
    return sentence(
        "Sorry, Slack does not let me read this thread just now. Mention me and paste the error, "
        "or choose Explain SMTP error in the menu of the message that shows it."
    )


def not_shared() -> Message:
    """What Share in thread says when Slack takes no message there."""
    return sentence(
        "Slack does not let me post in this thread. Invite me to the channel and press the button "
        "again, or copy the answer; until then only you see it."
    )


def welcome() -> Message:
    """What thanks get."""
    return sentence("You are welcome.")
