"""The two ways to a bot: Socket Mode, and signed HTTP requests to its address."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from .delivery import Envelope, Unanswered
from .pulse import Pulse
from .records import APP_ID, Json

MAX_SOCKETS = 10


class SocketMode:
    """The websockets of a bot. Each envelope goes to one of them, in turn."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse
        self.base_url = ""
        self.sockets: list[web.WebSocketResponse] = []
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._on: dict[str, web.WebSocketResponse] = {}
        self._connections: dict[web.WebSocketResponse, asyncio.WriteTransport] = {}
        self._turn = 0

    def open_url(self) -> str:
        """A fresh address, good for one connection: what `apps.connections.open` returns."""
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return f"{self.base_url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP_ID}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until either side closes it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.sockets) >= MAX_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await socket.send_json(self._hello())
        if isinstance(request.transport, asyncio.WriteTransport):
            self._connections[socket] = request.transport
        self.sockets.append(socket)
        self.pulse.beat()
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._acknowledge(message.data)
        finally:
            self._forget(socket)
        return socket

    async def deliver(self, envelope: Envelope, retry: int, reason: str) -> Any:
        """Send one envelope over one socket and wait for its acknowledgement."""
        while not self.sockets:
            await self.pulse.next()
        self._turn += 1
        socket = self.sockets[self._turn % len(self.sockets)]
        # A copy under way at the same time gets its own id, so that both acks find their way.
        envelope_id = envelope.id if envelope.id not in self._waiting else str(uuid.uuid4())
        message: Json = {
            "envelope_id": envelope_id,
            "payload": envelope.payload,
            "type": envelope.kind,
            "accepts_response_payload": envelope.accepts_response,
        }
        if envelope.kind == "events_api":
            message |= {"retry_attempt": retry, "retry_reason": reason}
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id], self._on[envelope_id] = answer, socket
        try:
            await socket.send_json(message)
            return await answer
        except ConnectionError:
            raise Unanswered("connection_failed") from None
        finally:
            del self._waiting[envelope_id], self._on[envelope_id]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connected client to connect anew, as Slack does every few hours."""
        info = {"host": "applink-pretend", "build_number": 1, "approximate_connection_time": 1}
        for socket in list(self.sockets):
            # From here on the socket gets nothing new; the client closes it.
            self.sockets.remove(socket)
            await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": info})

    async def drop(self, *, abruptly: bool = False) -> None:
        """Lose every connection: with a closing frame, or abruptly like a pulled cable."""
        for socket in list(self.sockets):
            connection = self._connections.get(socket)
            self._forget(socket)
            if abruptly and connection is not None:
                connection.abort()
            else:
                await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.sockets) + 1,
            "debug_info": {
                "host": "applink-pretend",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": APP_ID},
        }

    def _acknowledge(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        answer = self._waiting.get(message.get("envelope_id", ""))
        if answer is not None and not answer.done():
            answer.set_result(message.get("payload"))

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self.sockets:
            self.sockets.remove(socket)
        self._connections.pop(socket, None)
        for envelope_id, other in list(self._on.items()):
            answer = self._waiting[envelope_id]
            if other is socket and not answer.done():
                answer.set_exception(Unanswered("connection_failed"))
        self.pulse.beat()


class HttpRequests:
    """Signed requests to the bot's own web server, or to each of its instances in turn."""

    def __init__(self, signing_secret: str) -> None:
        self.request_urls: Sequence[str] = ()
        self.signing_secret = signing_secret
        self._session: aiohttp.ClientSession | None = None
        self._turn = 0

    async def deliver(self, envelope: Envelope, retry: int, reason: str) -> Any:
        """POST one envelope; the response's body is the acknowledgement's payload."""
        body, headers = self._request(envelope)
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        self._session = self._session or aiohttp.ClientSession()
        self._turn += 1
        request_url = self.request_urls[self._turn % len(self.request_urls)]
        try:
            async with self._session.post(
                request_url, data=body, headers=headers, allow_redirects=False
            ) as response:
                text = await response.text()
                if response.status != 200:
                    raise Unanswered("http_error")
                return _payload(text, response.content_type)
        except aiohttp.ClientError:
            raise Unanswered("connection_failed") from None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def _request(self, envelope: Envelope) -> tuple[bytes, dict[str, str]]:
        kind = "application/x-www-form-urlencoded"
        if envelope.kind == "events_api":
            body, kind = json.dumps(envelope.payload), "application/json"
        elif envelope.kind == "slash_commands":
            body = urlencode(envelope.payload)
        else:
            body = urlencode({"payload": json.dumps(envelope.payload)})
        now = str(int(time.time()))
        return body.encode(), {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": now,
            "X-Slack-Signature": sign(self.signing_secret, now, body),
        }


def sign(secret: str, timestamp: str, body: str) -> str:
    """Slack's request signature, version 0."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def _payload(text: str, content_type: str) -> Any:
    if not text:
        return None
    if content_type == "application/json" or text.startswith("{"):
        return json.loads(text)
    return {"text": text}
