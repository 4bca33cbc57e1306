"""The door of the web server: only Slack may tell the bot things, and nobody learns what it is."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from slack_sdk.signature import SignatureVerifier

from bot.metrics import Metrics

logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("bot")


def guard(application: web.Application, signing_secret: str, metrics: Metrics) -> None:
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
            logger.info("refused", outcome="refused", reason="signature")
            metrics.refusals.labels("signature").inc()
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
