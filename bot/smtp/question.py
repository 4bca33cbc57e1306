"""What someone asks in words: small talk taken away."""

from __future__ import annotations

from bot.smtp.words import listed

# Words around a question: "what does 421 mean?" asks about 421, "explain this error" about what
# stands above.
ASKING = listed(
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
        return bool(words & _GREETING) and words <= _GREETING | ASKING

    @property
    def is_thanks(self) -> bool:
        """Thanks, and hardly anything else."""
        words = self._words
        return bool(words) and words[0] in _THANKS and len(words) <= LONGEST_THANKS

    @property
    def points_above(self) -> bool:
        """Nothing is asked about: no words at all, or only such as "explain this error"."""
        return set(self._words) <= ASKING

    @property
    def is_small_talk(self) -> bool:
        """Nothing in it that could be looked up."""
        return self.is_greeting or self.is_thanks or self.points_above

    @property
    def core(self) -> str:
        """What is asked about, without the words around it: "421" of "what is 421?"."""
        words = self._words
        while words and words[0] in ASKING | _GREETING:
            words = words[1:]
        while words and words[-1] in ASKING:
            words = words[:-1]
        return " ".join(words)
