"""Files that show mail errors: an unasked digest in the thread, its table, and sharing it."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
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
from bot.slack.hearing import Heard
from bot.slack.notes import notes_for
from bot.slack.reading import Reading, nothing_found, read_files, told
from bot.slack.shortcut import posted
from bot.slack.spotting import (
    Circumstances,
    circumstances_of,
    is_spoken,
    mark,
    thread_of,
    wanted_reply,
)
from bot.slack.work import FILES, MARK, Compose, Composed, Work
from bot.smtp.explain import Explainer
from bot.smtp.spot import Spotter

FILENAME = "mail-errors.csv"


def register(app: AsyncApp) -> None:
    app.action(TABLE)(post_table)
    app.action(SHARE_DIGEST)(share_digest)


def has_readable_files(event: dict[str, Any]) -> bool:
    """Whether a message came with files of which one may be text."""
    return is_spoken(event) and any(not refused(file) for file in event.get("files") or ())


async def look_into_files(heard: Heard) -> None:
    """Have files read where an answer to them would be wanted; elsewhere they are not fetched."""
    event, circumstances = heard.event, circumstances_of(heard)
    place, thread_ts = heard.place(event["channel"], event["ts"]), thread_of(event)
    async with heard.store.deciding(place) as deciding:
        reply = await wanted_reply((ANY,), deciding, thread_ts, circumstances)
        if reply.silence:
            heard.arrival.silent(reply.silence)
            return
        told_by_event = {"about": event["ts"], "shared": heard.told_shared}
        content = json.dumps(told_by_event | circumstances._asdict())
        job = await deciding.begin(FILES, thread_ts, content)
    heard.deliverer.do(job, event)


ANY = ""  # stands for a cause nobody has met


async def compose_digest(work: Work) -> Composed | None:
    """The unasked answer to files, as the manners of their channel want it."""
    knowing, message = work.knowing, await work.about()
    reading = await read_files(
        work.client, knowing.explainer, knowing.spotter, message.get("files") or (), asked=False
    )
    notes = await notes_for(
        knowing.store, work.conversation, [reading.answer] if reading.answer else []
    )
    answer = told(reading, mutable=True, notes=notes)
    if answer is None:
        return None
    causes = tuple(cause.entry.id for cause in reading.digest.causes[:SHOWN])
    thread_ts = thread_of(message)
    circumstances = Circumstances(*(work.content[name] for name in Circumstances._fields))
    async with knowing.store.deciding(work.job.place) as deciding:
        await deciding.explains(thread_ts, ())  # of an attempt before this one
        reply = await wanted_reply(causes, deciding, thread_ts, circumstances)
        if reply.mark:
            await deciding.becomes(MARK)
        await deciding.explains(thread_ts, reply.causes)
    if reply.mark:
        await mark(work)
    return Composed(answer) if reply.causes else None


COMPOSES: dict[str, Compose] = {FILES: compose_digest}


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
    except (KeyError, TypeError, ValueError, RecursionError):
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
        is_scope = error_of(refusal) == "missing_scope"
        return unread("write_scope" if is_scope else "no_upload")
    return None


async def _whisper(respond: AsyncRespond, container: dict[str, Any], message: Message) -> None:
    await said(
        respond,
        **message,
        response_type="ephemeral",
        replace_original=False,
        thread_ts=container.get("thread_ts"),
    )
