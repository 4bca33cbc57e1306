"""Asked by a mention or in a direct message: the full answer, in the thread where it was asked."""

from __future__ import annotations

import asyncio
from copy import copy
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Surface
from bot.observed import Arrival
from bot.render.asked import full, nothing_above, thread_unread, welcome
from bot.render.blocks import Message
from bot.render.card import help_message
from bot.slack.manners import Silence, workspace
from bot.slack.message_text import text_with_files
from bot.slack.questions import Question, answers_to, errors_in, without_mention
from bot.slack.spotting import thread_of
from bot.smtp.explain import Explainer
from bot.smtp.spot import Spotter
from bot.store import Store

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(__name__)

PEOPLE_SAY = (None, "file_share", "thread_broadcast")  # subtypes of what people write
HEAD_START = 0.5  # seconds; Slack sends the two events of a mention at the same moment
THREAD_LENGTH = 200  # messages; Slack advises to ask for no more at a time


def register(app: AsyncApp) -> None:
    # Before spotting: Bolt runs the first listener that matches, so spotting never sees these.
    app.event("message", matchers=[is_asked])(answer_question)
    app.event("app_mention")(answer_mention)


async def is_asked(event: dict[str, Any], context: AsyncBoltContext) -> bool:
    """Whether a message event is a person talking to the bot: directly, or by a mention."""
    mention = f"<@{context.bot_user_id}"
    is_for_us = event.get("channel_type") == "im" or mention in (event.get("text") or "")
    return is_for_us and is_from_person(event)


def is_from_person(event: dict[str, Any]) -> bool:
    """Bots that mention us get no answer here, so that no two bots can keep each other talking.

    An error in a bot's message to a channel is spotted as every alert's is.
    """
    has_words = event.get("subtype") in PEOPLE_SAY and not event.get("hidden")
    return has_words and bool(event.get("user")) and not event.get("bot_id")


async def answer_mention(
    event: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    explainer: Explainer,
    spotter: Spotter,
    store: Store,
    arrival: Arrival,
) -> None:
    """Answer a mention that came without its message event, as when an edit added it.

    Mostly both come. The message answers, as it alone carries files and forwarded messages.
    """
    if not is_from_person(event):
        return
    await asyncio.sleep(HEAD_START)
    await answer_question(event, context, client, explainer, spotter, store, arrival)


async def answer_question(
    event: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    explainer: Explainer,
    spotter: Spotter,
    store: Store,
    arrival: Arrival,
) -> None:
    """Answer once, whichever of a mention's events came, and however often."""
    place = (workspace(context), event["channel"], event["ts"])
    if not await store.claim(*place):
        arrival.silent(Silence.TAKEN)
        return
    try:
        question = Question(without_mention(text_with_files(event), context.bot_user_id or ""))
        if question.points_above and event.get("thread_ts"):
            message = await explained_above(event, context, client, explainer, spotter)
        else:
            message = answered(question, explainer, spotter)
        posted = await client.chat_postMessage(
            channel=event["channel"],
            thread_ts=where_to_answer(event),
            unfurl_links=False,
            unfurl_media=False,
            **message,
        )
    except BaseException:
        await store.release(*place)
        raise
    await store.answered(*place, answer_ts=posted["ts"])
    is_direct = event.get("channel_type") == "im"
    arrival.answered(Surface.DIRECT if is_direct else Surface.MENTION)


def where_to_answer(event: dict[str, Any]) -> str | None:
    """The thread of the message; a direct message outside of threads is answered beside it."""
    return event.get("thread_ts") if event.get("channel_type") == "im" else thread_of(event)


def answered(question: Question, explainer: Explainer, spotter: Spotter) -> Message:
    """What to say to a question that holds all it asks about."""
    if question.is_thanks:
        return welcome()
    if question.is_greeting or question.points_above:
        return help_message()
    return full(answers_to(question, explainer, spotter))


async def explained_above(
    event: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    explainer: Explainer,
    spotter: Spotter,
) -> Message:
    """Explain the latest error above in the thread: one call, asked for by a person."""
    try:
        thread = await not_waiting(client).conversations_replies(
            channel=event["channel"],
            ts=event["thread_ts"],
            latest=event["ts"],
            limit=THREAD_LENGTH,
        )
    except SlackApiError as refusal:
        logger.warning("a thread could not be read", error=refusal.response.get("error"))
        return thread_unread()
    for message in reversed(thread["messages"]):
        is_ours = message.get("user") == context.bot_user_id
        if is_ours or message["ts"] == event["ts"]:
            continue
        if answers := errors_in(text_with_files(message), explainer, spotter):
            return full(answers)
    return nothing_above()


def not_waiting(client: AsyncWebClient) -> AsyncWebClient:
    """The client, but told at once of a rate limit: this one lasts a minute, and someone waits."""
    hasty = copy(client)
    hasty.retry_handlers = [
        handler
        for handler in client.retry_handlers
        if not isinstance(handler, AsyncRateLimitErrorRetryHandler)
    ]
    return hasty
