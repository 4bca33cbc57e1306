"""Files that show mail errors: an unasked digest in the thread, its table, and sharing it."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.render.blocks import Message
from bot.render.card import stale_message
from bot.render.digest import (
    SHARE_DIGEST,
    SHOWN,
    TABLE,
    shared_digest,
    table,
    table_message,
    unread,
)
from bot.slack.buttons import said
from bot.slack.download import refused
from bot.slack.manners import LATELY, SILENCE, Reply, wants_reply, workspace
from bot.slack.message_text import text_of
from bot.slack.reading import Reading, nothing_found, read_files, told
from bot.slack.shortcut import posted
from bot.slack.spotting import is_spoken, mark, spot_errors, thread_of
from bot.smtp.explain import Explainer
from bot.smtp.spot import Spotter
from bot.store import Store

FILENAME = "mail-errors.csv"


def register(app: AsyncApp) -> None:
    # Before spotting: Bolt runs the first listener that matches.
    app.event("message", matchers=[has_readable_files])(spot_in_files)
    app.action(TABLE)(post_table)
    app.action(SHARE_DIGEST)(share_digest)


async def has_readable_files(event: dict[str, Any]) -> bool:
    """Whether a message came with files of which one may be text."""
    return is_spoken(event) and any(not refused(file) for file in event.get("files") or ())


async def spot_in_files(
    event: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    explainer: Explainer,
    spotter: Spotter,
    store: Store,
) -> None:
    """Answer a file with errors as a message with errors; one with errors in its text by those."""
    if spotter.spot(text_of(event)):
        await spot_errors(event, body, context, client, spotter, store)
        return
    place = (workspace(context), event["channel"], event["ts"])
    # A file that would get no answer whatever it holds is not even fetched.
    if await store.is_claimed(*place):
        return
    if await _reply((ANY,), event, body, context, store) == SILENCE:
        return
    reading = await read_files(client, explainer, spotter, event["files"], asked=False)
    causes = tuple(cause.entry.id for cause in reading.digest.causes[:SHOWN])
    message = told(reading, mutable=True)
    if message is None:
        return
    async with store.deciding:
        reply = await _reply(causes, event, body, context, store)
        if reply == SILENCE or not await store.claim(*place, thread_of(event), reply.causes):
            return
    try:
        answer_ts = await _carry_out(reply, message, event, client)
    except BaseException:
        await store.release(*place)
        raise
    await store.answered(*place, answer_ts=answer_ts)


ANY = ""  # stands for a cause nobody has met


async def _reply(
    causes: tuple[str, ...],
    event: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    store: Store,
) -> Reply:
    channel = (workspace(context), event["channel"])
    return wants_reply(
        causes,
        mode=await store.channels.mode(*channel),
        is_shared=bool(body.get("is_ext_shared_channel")),
        is_by_bot=bool(event.get("bot_id")),
        is_in_thread=bool(event.get("thread_ts")),
        past=await store.past(*channel, thread_of(event), LATELY),
    )


async def _carry_out(
    reply: Reply, answer: Message, message: dict[str, Any], client: AsyncWebClient
) -> str | None:
    """Mark the message or answer it; where the answer stands, if there is one."""
    if reply.mark:
        await mark(client, message["channel"], message["ts"])
        return None
    given = await client.chat_postMessage(
        channel=message["channel"],
        thread_ts=thread_of(message),
        unfurl_links=False,
        unfurl_media=False,
        **answer,
    )
    return str(given["ts"])


# Buttons on a digest. They hold the ids of the files, which are read once more.


async def post_table(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    client: AsyncWebClient,
    respond: AsyncRespond,
    explainer: Explainer,
    spotter: Spotter,
) -> None:
    """Read the files anew and upload all causes as CSV into the thread of the digest."""
    await ack()
    reading, thread_ts, trouble = await _again(action, client, explainer, spotter)
    container = body["container"]
    if trouble is None:
        where = thread_ts or container.get("thread_ts")
        trouble = await _uploaded(client, reading, container["channel_id"], where)
    if trouble:
        await _whisper(respond, container, trouble)


async def share_digest(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    client: AsyncWebClient,
    respond: AsyncRespond,
    explainer: Explainer,
    spotter: Spotter,
) -> None:
    """Post a private digest in the thread of the message with the files."""
    await ack()
    reading, thread_ts, trouble = await _again(action, client, explainer, spotter)
    if trouble is None:
        message = shared_digest(reading.digest, reading.ids, body["user"]["id"], reading.notes)
        if await posted(client, respond, body["container"]["channel_id"], thread_ts, message):
            await said(respond, delete_original=True)
            return
        trouble = unread("no_upload")
    await _whisper(respond, body["container"], trouble)


async def _again(
    action: dict[str, Any], client: AsyncWebClient, explainer: Explainer, spotter: Spotter
) -> tuple[Reading, str, Message | None]:
    """What is found in the files of a button now, the thread it names, and what went wrong."""
    try:
        value = json.loads(action.get("value") or "")
        ids, thread_ts = value["files"], str(value["thread"])
        files = [{"id": str(each), "file_access": "check_file_info"} for each in ids]
    except (KeyError, TypeError, ValueError):
        return Reading(), "", stale_message()
    reading = await read_files(client, explainer, spotter, files, asked=True)
    return reading, thread_ts, None if reading.digest.count else nothing_found(reading)


async def _uploaded(
    client: AsyncWebClient, reading: Reading, channel: str, thread_ts: str | None
) -> Message | None:
    """Upload the table; what to say when Slack does not take it."""
    try:
        await client.files_upload_v2(
            channel=channel,
            thread_ts=thread_ts,
            filename=FILENAME,
            title=FILENAME,
            content=table(reading.digest),
            initial_comment=table_message(reading.digest),
        )
    except SlackApiError as refusal:
        error = refusal.response.get("error")
        return unread("write_scope" if error == "missing_scope" else "no_upload")
    return None


async def _whisper(respond: AsyncRespond, container: dict[str, Any], message: Message) -> None:
    await said(
        respond,
        **message,
        response_type="ephemeral",
        replace_original=False,
        thread_ts=container.get("thread_ts"),
    )
