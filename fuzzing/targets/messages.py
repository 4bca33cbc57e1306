"""The text of any nested JSON that comes as a message."""

from __future__ import annotations

from bot.incoming import is_well_formed
from bot.observed import kind_of
from bot.slack.message_text import text_of
from fuzzing.material import Target, Values

NAMES = [
    *("text", "blocks", "attachments", "fields", "elements", "type", "title", "value", "fallback"),
    *("rich_text", "rich_text_section", "mrkdwn", "plain_text", "url", "link", "bot_id", "pretext"),
    *("event", "channel", "user", "item", "message", "actions", "authorizations", "view", "team"),
]


def build() -> Target:
    """Read a message, and look at it as a request."""

    def read(data: bytes) -> None:
        values = Values(data, NAMES)
        message = {values.name(): values.value() for _ in range(6)}
        assert isinstance(text_of(message), str)
        is_well_formed(message)
        assert kind_of(message).isidentifier() or kind_of(message).isalnum()

    return read
