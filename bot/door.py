"""The door of the web server: only Slack may tell the bot things, and nobody learns what it is."""

from __future__ import annotations

import logging
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler
from slack_sdk.signature import SignatureVerifier

logger = logging.getLogger("bot")


def guard(application: web.Application, signing_secret: str) -> None:
    """Refuse what Slack has not signed in the last five minutes, before anything reads it.

    Bolt does so too, but reads the body first and writes it to the log.
    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    verifier = SignatureVerifier(signing_secret)

    @web.middleware
    async def only_slack(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "POST" and not is_signed(
            verifier,
            await request.read(),
            request.headers.get("X-Slack-Request-Timestamp", ""),
            request.headers.get("X-Slack-Signature", ""),
        ):
            logger.info("refused: a request that Slack has not signed just now")
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        return await handler(request)

    application.middlewares.append(only_slack)
    application.on_response_prepare.append(_without_version)


def is_signed(verifier: SignatureVerifier, body: bytes, timestamp: str, signature: str) -> bool:
    """Whether a signature is Slack's, for this body and of the last five minutes."""
    try:
        return bool(verifier.is_valid(body, timestamp, signature))
    except (ValueError, TypeError, OverflowError):  # a time, a signature, a body that is none
        return False


async def _without_version(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)
