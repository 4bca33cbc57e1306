"""The two ways by which Slack reaches us, HTTP and Socket Mode, each with a guard before Bolt."""

from __future__ import annotations

from http import HTTPStatus
from time import time

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.app.async_server import AsyncSlackAppServer
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.incoming import is_signed, is_ssl_check
from bot.observed import ObservedApp

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("bot")

PATH = "/slack/events"
SSL_CHECK = "ssl_check=1"


class WebDoor(AsyncSlackAppServer):
    """Bolt's web server; nothing of what Slack has not signed reaches Bolt."""

    def __init__(self, app: ObservedApp, port: int, signing_secret: str) -> None:
        super().__init__(port, PATH, app)
        self._app, self._secret = app, signing_secret
        self.web_app.on_response_prepare.append(_without_version)

    async def handle_post_requests(self, request: web.Request) -> web.Response:
        """Answer one request; aiohttp has refused those of more than 1 MB."""
        body = await request.read()
        if is_signed(self._secret, body, request.headers):
            text, headers = body.decode(), request.headers
        elif is_ssl_check(body):
            text, headers = SSL_CHECK, None
        else:
            logger.info("refused", outcome="refused", reason="signature")
            self._app.metrics.refusals.labels("signature").inc()
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        return await to_aiohttp_response(await self._app.take(body=text, headers=headers))


async def _without_version(_: web.Request, response: web.StreamResponse) -> None:
    """Nobody learns what serves here."""
    response.headers.popall("Server", None)


class SocketDoor(AsyncSocketModeHandler):
    """Bolt's Socket Mode; all that comes through it is Slack's."""

    app: ObservedApp

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer one request."""
        began = time()
        response = await self.app.take(
            mode="socket_mode", body=req.payload, headers=build_headers(req)
        )
        await send_async_response(client, req, response, began)
