"""Let nobody but this machine's own bot and page in: no foreign web page, no rebound host name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OWN_NAMES = {"127.0.0.1", "localhost", "::1"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@web.middleware
async def only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check where a request says it comes from, and mark what goes out."""
    if not is_from_here(request):
        raise web.HTTPForbidden(text="Only this machine may talk to the pretend Slack.")
    is_page_action = request.method == "POST" and request.path.startswith("/page/")
    if is_page_action and request.content_type != "application/json":
        # A foreign page's form cannot send JSON without asking first, and is told no.
        raise web.HTTPUnsupportedMediaType
    response = await handler(request)
    if not response.prepared:
        response.headers.update(HEADERS)
    return response


def is_from_here(request: web.Request) -> bool:
    """Own host name (a rebound one differs), and no foreign page behind it."""
    if urlsplit(f"//{request.host}").hostname not in OWN_NAMES:
        return False
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        return False
    return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
