"""The agent surface in words: prompts to start with, and titles of its conversations."""

from __future__ import annotations

from bot.render.wording import headline, shortened
from bot.smtp.answer import Answer

INVITATION = "Ask about a mail error"  # the heading above the prompts
# A click on one sends its message. Slack shows at most four.
PROMPTS = (
    {"title": "What does 421 mean?", "message": "What does 421 mean?"},
    {"title": "Explain 550 5.7.26", "message": "Explain 550 5.7.26"},
    {
        "title": "Explain a pasted error",
        "message": "Explain this error: 550 5.1.1 <bob@example.com>: Recipient address rejected: "
        "User unknown in virtual mailbox table",
    },
)
TITLE_LENGTH = 200  # characters Slack takes


def title(answer: Answer) -> str:
    """The title of a conversation that begins with this answer: our words and the codes, never
    what was pasted; "" when nothing is known."""
    is_known = answer.entry is not None or bool(answer.listing)
    return shortened(headline(answer), TITLE_LENGTH) if is_known else ""
