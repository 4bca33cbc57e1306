"""What may come in: what Slack signed, in the shape that Slack gives it. Plain functions.

Bolt reads a request first and asks who signed it afterwards, so it trips over what strangers send.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_sdk.signature import SignatureVerifier

from bot.smtp.words import listed

_TIMESTAMP = re.compile(r"\d{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)

# Where Slack puts its own words: ids, times, types. They go to the database and into calls.
_WORDS = listed(
    """
    type subtype channel_type callback_id action_id id event_id trigger_id view_id response_url
    team team_id enterprise enterprise_id channel channel_id user user_id bot_id inviter item_user
    ts thread_ts event_ts deleted_ts message_ts action_ts command reaction tab
    """
)
# What holds such words itself, where it is no word.
_HOLDERS = listed(
    """
    event message previous_message item container team enterprise channel user view function_data
    """
)
_LISTS = frozenset(("actions", "authorizations"))  # of such holders
_OURS = _WORDS | _HOLDERS | _LISTS
LONGEST_WORD = 2_000  # characters; the longest are response URLs
DEEPEST = 4  # holders inside each other; Slack's are three


def is_signed(secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether Slack sent this request, not more than five minutes ago; never raises.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
        return False
    try:
        return SignatureVerifier(secret).is_valid(body, timestamp, signature)
    except UnicodeDecodeError:
        return False  # Slack sends UTF-8


def is_ssl_check(body: bytes) -> bool:
    """Whether it is the one question that needs no signature: can we be reached over TLS?

    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    return b"ssl_check=1" in body.split(b"&")


def is_well_formed(body: Mapping[str, Any], depth: int = 0) -> bool:
    """Whether Slack's own words are words, wherever Slack puts them; other texts may be anything.

    What is not cannot be answered, and a database takes no list for a channel.
    """
    if depth > DEEPEST:
        return False
    for name, value in body.items():  # for every event, so without a generator
        if name in _OURS and not _is_fine(name, value, depth):
            return False
    return True


def _is_fine(name: str, value: Any, depth: int) -> bool:
    """Whether a field holds what Slack puts there."""
    if name in _LISTS:
        is_list = isinstance(value, list) and all(isinstance(each, dict) for each in value)
        return value is None or (is_list and all(is_well_formed(each, depth + 1) for each in value))
    if name in _HOLDERS and isinstance(value, dict):
        return is_well_formed(value, depth + 1)
    if name in _WORDS:
        return _is_word(value)
    return name not in _HOLDERS or (value is None and name != "event")


def _is_word(value: Any) -> bool:
    """Whether a value is a word of Slack's, or none."""
    if value is None:
        return True
    return isinstance(value, str) and len(value) <= LONGEST_WORD and value.isprintable()
