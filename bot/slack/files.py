"""Files that show mail errors: an unasked digest in the thread, its table, and sharing it."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
from bot.metrics import Surface
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
from bot.slack.buttons import said, tell
from bot.slack.clicks import only_once
from bot.slack.download import refused
from bot.slack.hearing import Heard
from bot.slack.manners import Silence
from bot.slack.notes import notes_for
from bot.slack.posting import posted
from bot.slack.reading import Reading, nothing_found, read_attached, read_files, told
from bot.slack.spotting import (
    Circumstances,
    circumstances_of,
    is_spoken,
    mark,
    thread_of,
    wanted_reply,
)
from bot.slack.work import Compose, Composed, Shown, Work
from bot.smtp.explain import Explainer
from bot.smtp.spot import Spotter
from bot.store import Store
from bot.store.jobs import FILES, MARK

FILENAME = "mail-errors.csv"


def register(app: AsyncApp) -> None:
    for button in HAND_OUT:
        app.action(button)(read_again)


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


async def compose_digest(work: Work) -> Composed | Shown:
    """The unasked answer to files, as the manners of their channel want it."""
    knowing, message = work.knowing, await work.about()
    reading = await read_attached(work, message, asked=False)
    notes = await notes_for(
        knowing.store, work.conversation, [reading.answer] if reading.answer else []
    )
    answer = told(reading, mutable=True, notes=notes)
    if answer is None:
        return Silence.NO_ERROR
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
        return Surface.MARK
    return reply.silence or Composed(answer)


COMPOSES: dict[str, Compose] = {FILES: compose_digest}


# Buttons on a digest. They hold the ids of the files, which are read once more, and how.


async def read_again(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    respond: AsyncRespond,
    explainer: Explainer,
    spotter: Spotter,
    store: Store,
) -> None:
    """Read the files anew and hand out what the button is for; tell who clicked what is wrong."""
    await ack()
    try:
        value = json.loads(action.get("value") or "")
        ids, thread_ts = value["files"], str(value["thread"])
        asked = bool(value.get("asked", True))  # older buttons do not say
        files = [{"id": str(each), "file_access": "check_file_info"} for each in ids]
    except (KeyError, TypeError, ValueError, RecursionError):
        await tell(respond, body, stale_message())
        return
    is_table = action["action_id"] == TABLE
    async with only_once(store, context, body, action) as click:
        if click is None:
            if is_table:  # a shared digest is seen, and its button goes away
                await tell(respond, body, unread("table_there"))
            return
        reading = await read_files(client, explainer, spotter, files, asked=asked)
        if reading.digest.count:
            hand_out = HAND_OUT[action["action_id"]]
            trouble = await hand_out(reading, thread_ts, body, client, respond)
        else:
            trouble = nothing_found(reading)
        click.is_done = trouble is None
    if trouble:
        await tell(respond, body, trouble)
    elif not is_table:
        await said(respond, delete_original=True)


async def upload_table(
    reading: Reading,
    thread_ts: str,
    body: dict[str, Any],
    client: AsyncWebClient,
    _: AsyncRespond,
) -> Message | None:
    """Upload all causes as CSV into the thread; what to say when Slack does not take it."""
    container = body["container"]
    try:
        await client.files_upload_v2(
            channel=container["channel_id"],
            thread_ts=thread_ts or container.get("thread_ts"),
            filename=FILENAME,
            title=FILENAME,
            content=table(reading.digest),
            initial_comment=table_message(reading.digest),
        )
    except SlackApiError as refusal:
        is_scope = error_of(refusal) == "missing_scope"
        return unread("write_scope" if is_scope else "no_upload")
    return None


async def share_digest(
    reading: Reading,
    thread_ts: str,
    body: dict[str, Any],
    client: AsyncWebClient,
    respond: AsyncRespond,
) -> Message | None:
    """Post a private digest in the thread; what to say when Slack does not take it."""
    message = shared_digest(reading.digest, reading.ids, body["user"]["id"], reading.notes)
    if not await posted(client, respond, body["container"]["channel_id"], thread_ts, message):
        return unread("no_upload")
    return None


HAND_OUT = {TABLE: upload_table, SHARE_DIGEST: share_digest}
