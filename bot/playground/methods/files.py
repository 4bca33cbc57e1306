"""files.*: look up shared files, and upload in Slack's three steps."""

from __future__ import annotations

import mimetypes
from pathlib import PurePath

from ..core import Core
from ..records import Channel, File, Json
from ..tickets import SlackError
from ..workspace import BOT
from .base import Arguments, Method

READABLE = ("text/", "application/json")


def info(core: Core, arguments: Arguments) -> Json:
    """files.info."""
    file = core.workspace.files.get(arguments.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"ok": True, "file": file.as_slack(), "comments": [], "response_metadata": {}}


def upload_url(core: Core, arguments: Arguments) -> Json:
    """files.getUploadURLExternal: the file exists from here on, empty and unseen."""
    arguments.need("filename", "length")
    name = arguments.text("filename")
    if arguments.number("length", 0) <= 0:
        raise SlackError("invalid_arguments")
    mimetype = mimetypes.guess_type(name)[0] or "text/plain"
    file = File(
        id=core.workspace.new_id("F"),
        name=name,
        title=name,
        content=b"",
        user=BOT.id,
        created=int(core.workspace.clock()),
        mimetype=mimetype,
        filetype=PurePath(name).suffix.removeprefix(".") or "text",
        is_snippet=mimetype.startswith(READABLE),
        base_url=core.files_url,
    )
    core.workspace.files[file.id] = file
    return {"ok": True, "upload_url": f"{core.base_url}/upload/{file.id}", "file_id": file.id}


def complete(core: Core, arguments: Arguments) -> Json:
    """files.completeUploadExternal: give it a title and share it."""
    wanted = arguments.get("files")
    if not isinstance(wanted, list) or not wanted:
        raise SlackError("invalid_arguments")
    files = []
    for one in wanted:
        file = core.workspace.files.get(one.get("id", ""))
        if file is None or not file.content:
            raise SlackError("file_not_found")
        file.title = one.get("title") or file.name
        files.append(file)
    place = arguments.text("channel_id") or arguments.text("channels")
    if place:
        _share(core, _channel(core, place), files, arguments)
    return {"ok": True, "files": [file.as_slack() for file in files]}


def _channel(core: Core, name: str) -> Channel:
    try:
        channel = core.workspace.channel(name)
    except LookupError:
        raise SlackError("channel_not_found") from None
    if BOT.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _share(core: Core, channel: Channel, files: list[File], arguments: Arguments) -> None:
    parent = channel.find(arguments.text("thread_ts"))
    for file in files:
        file.channels.append(channel.id)
    core.post_as_bot(
        channel,
        {"text": arguments.text("initial_comment"), "blocks": arguments.get("blocks")},
        files=files,
        subtype="file_share",
        thread_ts=(parent.thread_ts or parent.ts) if parent else None,
    )


METHODS = {
    "files.info": Method(info, ("files:read",)),
    "files.getUploadURLExternal": Method(upload_url, ("files:write",)),
    "files.completeUploadExternal": Method(complete, ("files:write",)),
}
