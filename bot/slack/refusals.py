"""What Slack's refusals mean for us: wait, try again, or give up."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.logs import error_of, status_of

# Slack's own trouble, which passes. https://docs.slack.dev/reference/methods/chat.postMessage
PASSING = (
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_access_not_granted",
)
# Slack did not answer, or not in time; a TimeoutError is an OSError, a broken connection is not.
OUT_OF_REACH = (aiohttp.ClientError, OSError)
LIMITED = ("ratelimited", "rate_limited", "message_limit_exceeded")
USUAL_WAIT = 30.0  # seconds, where Slack does not say how long


def wait_asked_for(refusal: SlackApiError) -> float | None:
    """Seconds that Slack wants us to wait; None when it is not about our pace."""
    response = refusal.response
    is_limit = status_of(refusal) == HTTPStatus.TOO_MANY_REQUESTS
    if not is_limit and error_of(refusal) not in LIMITED:
        return None
    try:
        return float(response.headers.get("Retry-After", USUAL_WAIT))
    except (AttributeError, TypeError, ValueError):
        return USUAL_WAIT


def is_passing(refusal: SlackApiError) -> bool:
    """Whether it is Slack's own trouble: what we wanted may have been done, or works later."""
    is_trouble = status_of(refusal) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return is_trouble or error_of(refusal) in PASSING
