"""What someone asks the bot: small talk taken away, and the errors in a message they point at."""

from __future__ import annotations

import re

from bot.smtp.explain import Answer, Explainer
from bot.smtp.spot import Spotter
from bot.smtp.words import listed

# Words around a question: "what does 421 mean?" asks about 421, "explain this error" about what
# stands above.
_ASKING = listed(
    """
    a about above an and are bounce can check code codes could do does error errors explain for
    here how i in is it look lookup mean means me message my of on please pls say says show smtp
    status tell that the there this to up us was what what's whats why would you your
    """
)
_GREETING = listed(
    """
    aide ayuda bonjour evening good hallo hello help hey hi hilfe hiya hola moin morning salut
    servus start yo
    """
)
_THANKS = listed("thanks thank thx ty cheers danke merci gracias")
LONGEST_THANKS = 4  # words: "thanks a lot, bot"

# What tells an error in words people write ("the mailbox is full"): a known phrase, whole, and an
# answer this sure. "Lunch in room 421?" is as sure, but has only part of "no room in mailbox".
WHOLE = 0.97
TOLD = 0.6


class Question:
    """What a person wrote to the bot, and what kind of asking it is."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        words = [word.strip(" ,.:;?!\"'()*_`") for word in self.text.lower().split()]
        self._words = [word for word in words if word]

    @property
    def is_greeting(self) -> bool:
        """A greeting or a call for help, and nothing else."""
        words = set(self._words)
        return bool(words & _GREETING) and words <= _GREETING | _ASKING

    @property
    def is_thanks(self) -> bool:
        """Thanks, and hardly anything else."""
        words = self._words
        return bool(words) and words[0] in _THANKS and len(words) <= LONGEST_THANKS

    @property
    def points_above(self) -> bool:
        """Nothing is asked about: no words at all, or only such as "explain this error"."""
        return set(self._words) <= _ASKING

    @property
    def core(self) -> str:
        """What is asked about, without the words around it: "421" of "what is 421?"."""
        words = self._words
        while words and words[0] in _ASKING | _GREETING:
            words = words[1:]
        while words and words[-1] in _ASKING:
            words = words[:-1]
        return " ".join(words)


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


def without_mention(text: str, user_id: str) -> str:
    """A text without the mention of this user, labelled or not."""
    return re.sub(rf"<@{re.escape(user_id)}(?:\|[^<>]*)?>", " ", text).strip()
