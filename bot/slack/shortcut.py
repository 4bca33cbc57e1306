"""The shortcut "Explain SMTP error" in a message's menu: the answer for who asked, to share."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.metrics import Surface
from bot.observed import Arrival
from bot.render.asked import SHARE_IN_THREAD, THREAD, no_error, not_shared, private
from bot.render.blocks import Message
from bot.render.card import Notes, shared, stale_message
from bot.slack.buttons import packed_answer, said
from bot.slack.manners import workspace
from bot.slack.message_text import text_with_files
from bot.slack.notes import notes_for
from bot.slack.questions import errors_in
from bot.slack.sharing import conversation
from bot.slack.unknown import count_unknown
from bot.smtp.explain import Answer, Explainer
from bot.smtp.spot import Spotter
from bot.store import Store

EXPLAIN = "explain_smtp_error"  # callback id
NAME = "Explain SMTP error"  # Slack shows at most 24 characters
# What Slack says of channels we are no member of. Its response URLs work there all the same.
NOT_A_MEMBER = ("not_in_channel", "channel_not_found")

QUIET = {"unfurl_links": False, "unfurl_media": False}


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
    text = text_with_files(shortcut["message"])
    answers = errors_in(text, explainer, spotter)
    notes = await notes_for(store, conversation(context, shortcut), answers[:1])
    await show(shortcut, answers, notes, client, respond)
    arrival.answered(Surface.SHORTCUT)
    asked = answers or (explainer.explain(text),)
    await count_unknown(workspace(context), asked, explainer, store)


async def show(
    shortcut: dict[str, Any],
    answers: tuple[Answer, ...],
    notes: Notes | None,
    client: AsyncWebClient,
    respond: AsyncRespond,
) -> None:
    """Show the answers in the thread of the message, or beside a message that has none."""
    thread_ts = shortcut["message"].get("thread_ts") or shortcut["message_ts"]
    answer = private(answers, thread_ts, notes) if answers else no_error()
    is_reply = thread_ts != shortcut["message_ts"]
    if not (is_reply and await whispered(client, shortcut, thread_ts, answer)):
        where = {"thread_ts": thread_ts} if is_reply else {}
        await said(respond, **answer, **where, response_type="ephemeral", replace_original=False)


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
    notes = await notes_for(store, conversation(context, body), [answer], for_all=True)
    message = shared(answer, body["user"]["id"], notes)
    if await posted(client, respond, body["channel"]["id"], thread_ts, message):
        await said(respond, delete_original=True)
        arrival.answered(Surface.SHARE)
    else:
        await said(respond, **not_shared(), response_type="ephemeral", replace_original=False)


async def posted(
    client: AsyncWebClient, respond: AsyncRespond, channel: str, thread_ts: str, message: Message
) -> bool:
    """Post in a thread: as a member, else by the response URL; False when neither is allowed."""
    content: dict[str, Any] = {**message, "thread_ts": thread_ts} | QUIET
    try:
        await client.chat_postMessage(channel=channel, **content)
    except SlackApiError as refusal:
        if refusal.response.get("error") not in NOT_A_MEMBER:
            return False
        taken = await respond(**content, response_type="in_channel", replace_original=False)
        return taken.status_code == HTTPStatus.OK
    return True
