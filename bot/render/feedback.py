"""Whether an answer helped: the row of buttons under it, and the form that asks for more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from bot.render.blocks import Block, Message, View, actions, button, modal, plain, section, sentence
from bot.render.wording import REASON
from bot.smtp.answer import Answer
from bot.smtp.reasons import Reason

FEEDBACK = "feedback"  # action id of Slack's own feedback buttons; the plain ones begin with it
FORM = "feedback_form"  # callback id
TITLE = "Feedback"  # of the form
WHAT, LACK = "what_it_was", "what_was_wrong"  # the form's fields: block ids and action ids
RATED = 3  # causes that one verdict is about: those a brief reply names

HELPFUL, NOT_HELPFUL = "helpful", "not_helpful"
LABELS = {HELPFUL: "Helpful", NOT_HELPFUL: "Not helpful"}
LACKS = {
    "cause": "It named the wrong cause",
    "steps": "The steps did not help",
    "unclear": "I did not understand it",
    "missing": "Something was missing",
    "no_error": "There was no error to explain",
}
# What it may have been really; the last two say nothing that anybody could act on.
REASONS = {
    reason: words
    for reason, words in sorted(REASON.items(), key=lambda pair: pair[1].lower())
    if reason not in (Reason.UNSPECIFIED, Reason.FEEDBACK)
}


class Rating(NamedTuple):
    """What a button stands for: the verdict, the entries it is about, and the answer's ts where
    the button stands under a copy of it."""

    verdict: str
    entries: tuple[str, ...]
    of: str = ""


def rated(message: Message, answers: Sequence[Answer], of: str = "") -> Message:
    """A message with the row that asks whether it helped; without, when it explains nothing.

    `of` is the ts of the answer that this message tells more about.
    """
    entries = tuple(answer.entry.id for answer in answers[:RATED] if answer.entry)
    if not entries:
        return message
    values = {verdict: _packed(Rating(verdict, entries, of)) for verdict in LABELS}
    row: Block = {"type": "context_actions", "elements": [_feedback_buttons(values)]}
    return {"text": message["text"], "blocks": [*message["blocks"], row]}


def settled(message: Message) -> Message:
    """The same message in blocks that every workspace takes: plain buttons, beside those that
    stand there already."""
    blocks: list[Block] = []
    for block in message["blocks"]:
        if block["type"] != "context_actions":
            blocks.append(block)
            continue
        plain_ones = [each for part in block["elements"] for each in _plain_buttons(part)]
        if blocks and blocks[-1]["type"] == "actions":
            blocks[-1] = actions(*blocks[-1]["elements"], *plain_ones)
        else:
            blocks.append(actions(*plain_ones))
    return {"text": message["text"], "blocks": blocks}


def has_new_blocks(message: Message) -> bool:
    """Whether a message has blocks that a workspace may not take yet."""
    return any(block["type"] == "context_actions" for block in message["blocks"])


def _feedback_buttons(values: dict[str, str]) -> Block:
    """Slack's own pair of buttons: https://docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element"""
    sides = {
        verdict: {"text": plain(label), "value": values[verdict]}
        for verdict, label in LABELS.items()
    }
    return {
        "type": "feedback_buttons",
        "action_id": FEEDBACK,
        "positive_button": sides[HELPFUL],
        "negative_button": sides[NOT_HELPFUL],
    }


def _plain_buttons(element: Block) -> list[Block]:
    sides = {HELPFUL: element["positive_button"], NOT_HELPFUL: element["negative_button"]}
    return [
        button(LABELS[verdict], f"{FEEDBACK}_{verdict}", side["value"])
        for verdict, side in sides.items()
    ]


def _packed(rating: Rating) -> str:
    return json.dumps(rating._asdict(), separators=(",", ":"))


def rating_of(value: str) -> Rating:
    """What a button's value stands for; ValueError when it is none of ours."""
    try:
        fields: dict[str, Any] = json.loads(value)
        rating = Rating(str(fields["verdict"]), tuple(map(str, fields["entries"])), fields["of"])
    except (KeyError, TypeError, ValueError, RecursionError) as mistake:
        raise ValueError("this button belongs to an older version of the bot") from mistake
    if rating.verdict not in LABELS or not rating.entries or not isinstance(rating.of, str):
        raise ValueError("this button says nothing")
    return rating


def thanks() -> Message:
    """What a verdict gets, for the eyes of who gave it."""
    return sentence("Thanks, noted.")


def form(kept: str, how_long: str) -> View:
    """The modal that asks what it was really; `kept` comes back with what the person chose, which
    is kept for so long ("a year")."""
    about = (
        "Sorry that it did not help. Two questions, both optional. Only what you choose here is "
        f"kept, for {how_long}."
    )
    what = _select(WHAT, "What was it really?", {str(key): REASONS[key] for key in REASONS})
    return modal(
        TITLE,
        [section(about), what, _select(LACK, "What was wrong with the answer?", LACKS)],
        submit=plain("Send"),
        close=plain("Skip"),
        callback_id=FORM,
        private_metadata=kept,
    )


def form_thanks() -> View:
    """What the form becomes when it is sent."""
    return modal(TITLE, [section("Thanks, noted. It shows where the answers need work.")])


def _select(name: str, label: str, choices: dict[str, str]) -> Block:
    options = [{"text": plain(_capital(words)), "value": key} for key, words in choices.items()]
    return {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": plain(label),
        "element": {
            "type": "static_select",
            "action_id": name,
            "placeholder": plain("Choose, or leave empty"),
            "options": options,
        },
    }


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
