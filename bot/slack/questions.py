"""What someone asks the bot: the errors in it, or in a message they point at."""

from __future__ import annotations

import re

from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.question import Question
from bot.smtp.spot import Spotter

# What tells an error in words people write ("the mailbox is full"): a known phrase, whole, and an
# answer this sure. "Lunch in room 421?" is as sure, but has only part of "no room in mailbox".
WHOLE = 0.97
TOLD = 0.6


def answers_to(question: Question, explainer: Explainer, spotter: Spotter) -> tuple[Answer, ...]:
    """The answers to a question in words or a paste, one per cause; at least one."""
    asked = explainer.explain(question.core)
    if asked.asked_code or asked.heading:
        return (asked,)
    return spotter.spot(question.text) or (explainer.explain(question.text),)


def errors_in(text: str, explainer: Explainer, spotter: Spotter) -> tuple[Answer, ...]:
    """The answers to the errors in a message that somebody pointed at; () when there are none."""
    if spotted := spotter.spot(text):
        return spotted
    answer = explainer.explain(text)
    is_code = answer.asked_code and answer.entry is not None
    return (answer,) if is_code or is_told(answer) else ()


def is_told(answer: Answer) -> bool:
    """Whether someone tells of an error in the words that servers use."""
    match = answer.guesses[0].match if answer.guesses else None
    phrase = match.found if match else None
    return phrase is not None and phrase.share >= WHOLE and answer.confidence >= TOLD


def mentions(text: str, user_id: str | None) -> bool:
    """Whether a text mentions this user, labelled or not."""
    return user_id is not None and _mention(user_id).search(text) is not None


def without_mention(text: str, user_id: str) -> str:
    """A text without the mention of this user, labelled or not."""
    return _mention(user_id).sub(" ", text).strip()


def _mention(user_id: str) -> re.Pattern[str]:
    return re.compile(rf"<@{re.escape(user_id)}(?:\|[^<>]*)?>")
