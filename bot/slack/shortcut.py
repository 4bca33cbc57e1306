"""The shortcut "Explain SMTP error" in a message's menu: the answer for who asked, to share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Surface
from bot.observed import Arrival
from bot.render.asked import SHARE_IN_THREAD, THREAD, no_error, not_shared, private
from bot.render.blocks import Message
from bot.render.card import shared, stale_message
from bot.render.digest import digest_message
from bot.slack.buttons import packed_answer, said
from bot.slack.clicks import only_once
from bot.slack.manners import workspace
from bot.slack.message_text import text_of
from bot.slack.notes import notes_for
from bot.slack.posting import posted
from bot.slack.questions import errors_in
from bot.slack.reading import nothing_found, read_files
from bot.slack.sharing import Conversation, conversation
from bot.slack.unknown import count_unknown
from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.spot import Spotter
from bot.store import Store

EXPLAIN = "explain_smtp_error"  # callback id
NAME = "Explain SMTP error"  # Slack shows at most 24 characters


def register(app: AsyncApp) -> None:
    app.message_shortcut(EXPLAIN)(explain_message)
    app.action(SHARE_IN_THREAD)(share_in_thread)


async def explain_message(
    ack: AsyncAck,
    shortcut: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    respond: AsyncRespond,
    explainer: Explainer,
    spotter: Spotter,
    store: Store,
    arrival: Arrival,
) -> None:
    """Explain the errors in the message, to the person who asked and nobody else."""
    await ack()
    message, where = shortcut["message"], conversation(context, shortcut)
    thread_ts = message.get("thread_ts") or shortcut["message_ts"]
    answer, answers = await explained(message, thread_ts, where, explainer, spotter, store)
    await show(shortcut, thread_ts, answer, client, respond)
    arrival.answered(Surface.SHORTCUT)
    # What was found nothing in was meant as an error all the same.
    asked = answers if answers is not None else [explainer.explain(text_of(message))]
    await count_unknown(workspace(context), asked, explainer, store)


async def show(
    shortcut: dict[str, Any],
    thread_ts: str,
    answer: Message,
    client: AsyncWebClient,
    respond: AsyncRespond,
) -> None:
    """Show the answer in the thread of the message, or beside a message that has none."""
    is_reply = thread_ts != shortcut["message_ts"]
    if not (is_reply and await whispered(client, shortcut, thread_ts, answer)):
        where = {"thread_ts": thread_ts} if is_reply else {}
        await said(respond, **answer, **where, response_type="ephemeral", replace_original=False)


async def explained(
    message: dict[str, Any],
    thread_ts: str,
    where: Conversation,
    explainer: Explainer,
    spotter: Spotter,
    store: Store,
) -> tuple[Message, Sequence[Answer] | None]:
    """What to say of the errors in a message's files, else in its text, and the answers it tells.

    None in place of answers when there are no errors.
    """
    files = message.get("files") or ()
    reading = await read_files(where.client, explainer, spotter, files, asked=True)
    found = [cause.answer for cause in reading.digest.causes]
    if reading.digest.count > 1:
        digest = digest_message(
            reading.digest, reading.ids, notes=reading.notes, thread_ts=thread_ts
        )
        return digest, found
    if answers := found or errors_in(text_of(message), explainer, spotter):
        notes = await notes_for(store, where, answers[:1], explainer=explainer)
        return private(answers, thread_ts, notes), answers
    return nothing_found(reading) if files else no_error(), None


async def whispered(
    client: AsyncWebClient, shortcut: dict[str, Any], thread_ts: str, answer: Message
) -> bool:
    """Show the answer inside the thread; False where we may not, as where we are no member."""
    try:
        await client.chat_postEphemeral(
            channel=shortcut["channel"]["id"],
            user=shortcut["user"]["id"],
            thread_ts=thread_ts,
            **answer,
        )
    except SlackApiError:
        return False
    return True


async def share_in_thread(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    respond: AsyncRespond,
    explainer: Explainer,
    store: Store,
    arrival: Arrival,
) -> None:
    """Post the card in the thread of the message it explains, and take the private one away."""
    await ack()
    answer = packed_answer(action, explainer)
    thread_ts = json.loads(action["value"]).get(THREAD) if answer else None
    if answer is None or not isinstance(thread_ts, str):
        await said(respond, **stale_message(), response_type="ephemeral", replace_original=True)
        return
    async with only_once(store, context, body, action) as click:
        if click is None:
            return
        notes = await notes_for(store, conversation(context, body), [answer], for_all=True)
        message = shared(answer, body["user"]["id"], notes)
        channel = body["channel"]["id"]
        click.is_done = await posted(client, respond, channel, thread_ts, message)
    if click.is_done:
        await said(respond, delete_original=True)
        arrival.answered(Surface.SHARE)
    else:
        await said(respond, **not_shared(), response_type="ephemeral", replace_original=False)
