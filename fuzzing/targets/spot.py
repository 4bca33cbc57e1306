"""Any message looked at, as in a channel, and the brief answer to it."""

from __future__ import annotations

from bot.render.card import brief
from bot.render.feedback import settled
from bot.slack.questions import Question, answers_to, errors_in, without_mention
from bot.smtp.receivers import MOST, numbered, receiving_domains
from bot.smtp.spot import Spotter
from fuzzing.checks import check_message
from fuzzing.material import Target, explainer, text_of


def build() -> Target:
    """Spot, and ask in every other way."""
    known = explainer()
    spotter = Spotter(known)

    def spotted(data: bytes) -> None:
        text = text_of(data)
        if answers := spotter.spot(text):
            check_message(settled(brief(answers, mutable=True)))
            domains = receiving_domains(answers[0].text)
            assert len(numbered(domains, "C1")) <= MOST
        question = Question(without_mention(text, "U0BOT"))
        assert answers_to(question, known, spotter)
        errors_in(question.core, known, spotter)

    return spotted
