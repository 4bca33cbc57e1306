"""Fetch a shared file from Slack: into memory, never more than 10 MB, from Slack's hosts only."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
from bot.smtp.plain_text import HEAD, is_text

MOST_BYTES = 10 * 1024 * 1024
CHUNK = 64 * 1024
TIME_LIMIT = aiohttp.ClientTimeout(total=60, sock_connect=10, sock_read=20)  # seconds
MOST_REDIRECTS = 2

JsonFile = dict[str, Any]  # a file as messages and files.info carry it


class UnreadError(Exception):
    """A file that was not read; `why` is a reason that bot/render/digest.py has words for."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


# What Slack says of files, in our words.
_REFUSALS = {
    "missing_scope": "scope",
    "file_not_found": "gone",
    "file_deleted": "gone",
    "access_denied": "gone",
    "not_visible": "gone",
}
_OUTLOOK = (".msg", ".oft", ".pst", ".ost")
_ARCHIVES = (
    ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".lz4", ".cab",
)  # fmt: skip
_TEXTS = (".eml", ".mbox", ".txt", ".log", ".json", ".jsonl", ".ndjson", ".csv", ".tsv")
_TEXT_TYPES = ("application/json", "application/x-ndjson", "message/rfc822", "application/mbox")


def refused(file: JsonFile) -> str:
    """Why a file is not worth fetching, told by what Slack says of it; "" when it is."""
    name = str(file.get("name") or "").lower()
    mimetype = str(file.get("mimetype") or "")
    if name.endswith(_OUTLOOK):
        return "msg"
    if name.endswith(_ARCHIVES):
        return "archive"
    is_shown = file.get("mode") in ("snippet", "email", "file_access")
    if not (is_shown or name.endswith(_TEXTS) or mimetype.startswith(("text/", *_TEXT_TYPES))):
        return "kind"
    return "large" if int(file.get("size") or 0) > MOST_BYTES else ""


def shown_whole(file: JsonFile) -> str | None:
    """The text of a file where the message carries all of it, as of short snippets and mails."""
    if file.get("mode") == "email" and isinstance(file.get("plain_text"), str):
        return str(file["plain_text"])
    preview = file.get("preview")
    if isinstance(preview, str) and file.get("preview_is_truncated") is False:
        return None if file.get("lines_more") else preview
    return None


async def with_info(client: AsyncWebClient, file: JsonFile) -> JsonFile:
    """The file with its address; of one from another organisation the message has only the id.

    UnreadError when Slack does not show it. https://docs.slack.dev/apis/slack-connect/using-slack-connect-api-methods
    """
    if file.get("file_access") != "check_file_info" and "mimetype" in file:
        return file
    try:
        found = (await client.files_info(file=file["id"]))["file"]
    except SlackApiError as refusal:
        raise UnreadError(_REFUSALS.get(error_of(refusal), "failed")) from refusal
    assert isinstance(found, dict)
    return found


async def fetched(client: AsyncWebClient, file: JsonFile) -> bytes:
    """The bytes of a file; UnreadError when there is no text to be had.

    Neither the size Slack tells nor Content-Length is trusted, nothing is decompressed, and the
    token goes to no other host.
    """
    url = str(file.get("url_private_download") or file.get("url_private") or "")
    try:
        async with aiohttp.ClientSession(timeout=TIME_LIMIT, auto_decompress=False) as session:
            for _ in range(MOST_REDIRECTS + 1):
                if not is_slacks(url, client.base_url):
                    raise UnreadError("failed")
                async with session.get(url, **_request(client)) as response:
                    if location := _redirect(response):
                        url = urljoin(url, location)
                        if is_sign_in(url, client.base_url):
                            raise UnreadError("scope")
                        continue
                    return await _body(response, file)
    except (aiohttp.ClientError, TimeoutError, ValueError) as trouble:
        raise UnreadError("failed") from trouble
    raise UnreadError("failed")


def is_slacks(url: str, api_url: str) -> bool:
    """Whether a token may be sent to an address: the API's host or its `files.`, in its scheme."""
    there, api = urlsplit(url), urlsplit(api_url)
    hosts = (api.hostname, f"files.{api.hostname}")
    return (
        there.scheme == api.scheme
        and there.hostname in hosts
        and _port(there) == _port(api)
        and there.username is None
    )


def is_sign_in(url: str, api_url: str) -> bool:
    """Whether an address is where a workspace's people sign in: Slack sends there who lacks the
    scope. It has a host of its own under the API's, and the way back in `redir`."""
    there, api = urlsplit(url), urlsplit(api_url)
    is_workspaces = str(there.hostname).endswith(f".{api.hostname}")
    return is_workspaces and not is_slacks(url, api_url) and "redir" in parse_qs(there.query)


def _port(url: SplitResult) -> int:
    return url.port or {"http": 80, "https": 443}.get(url.scheme, 0)


def _request(client: AsyncWebClient) -> dict[str, Any]:
    return {
        "headers": {"Authorization": f"Bearer {client.token}", "Accept-Encoding": "identity"},
        "allow_redirects": False,
        "proxy": client.proxy,
        **({"ssl": client.ssl} if client.ssl else {}),
    }


def _redirect(response: aiohttp.ClientResponse) -> str:
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST
    return response.headers.get("Location", "") if is_redirect else ""


async def _body(response: aiohttp.ClientResponse, file: JsonFile) -> bytes:
    if response.status == HTTPStatus.NOT_FOUND:
        raise UnreadError("gone")
    if response.status != HTTPStatus.OK:
        raise UnreadError("failed")
    if response.content_type == "text/html" and file.get("mimetype") != "text/html":
        raise UnreadError("scope")  # the sign-in page, in place of the way there
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise UnreadError("failed")  # we asked for none
    content = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        content += chunk
        if len(content) > MOST_BYTES:
            raise UnreadError("large")
    if not is_text(content[:HEAD]):
        raise UnreadError("binary")
    return bytes(content)
