"""Serve Slack's HTTP side: Web API methods, response URLs, uploads and downloads.

Checks the token, strikes with a fault if one waits, and records every call.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from .core import ApiCall, Core
from .faults import Fault
from .methods import ALL, Arguments, Method
from .records import TEAM_DOMAIN, Json
from .responses import respond
from .tickets import SlackError

MOST_BYTES = 32 * 1024 * 1024
Work = Callable[[], Awaitable[web.Response]]


class WebApi:
    """The routes a bot talks to."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.others: list[WebApi] = []  # of other workspaces, with the same address

    def add_routes(self, app: web.Application) -> None:
        """Mount on an aiohttp application."""
        app.router.add_route("*", "/api/{method}", self.method)
        app.router.add_post("/response/{name}", self.response_url)
        app.router.add_post("/upload/{file}", self.upload)
        app.router.add_get("/files-pri/{file}/{name}", self.download)
        app.router.add_get("/files-pri/{file}/download/{name}", self.download)

    async def method(self, request: web.Request) -> web.StreamResponse:
        """One Web API method."""
        name = request.match_info["method"]
        values = await read_arguments(request)
        values |= basic_credentials(request)
        token = str(values.pop("token", "") or bearer(request))
        arguments = Arguments(values)
        whose = next((each for each in self.others if each.knows(token, arguments)), self)
        return await whose.carry_out(name, token, arguments, request)

    def knows(self, token: str, arguments: Arguments) -> bool:
        """Whether a token, or what a token is asked for with, was given out by this workspace."""
        asked = (arguments.text("code"), arguments.text("refresh_token"))
        return self.core.tokens.get(token) == "bot" or self.core.grants.holds(*asked)

    async def carry_out(
        self, name: str, token: str, arguments: Arguments, request: web.Request
    ) -> web.StreamResponse:
        """Do what one call of a method asks of this workspace."""
        call = self._record(name, arguments.values)

        async def work() -> web.Response:
            answer = self.core.tenant.answered(self._answer(name, token, arguments))
            return self._json(call, answer, self._scopes(token))

        return await self._serve(request, call, work)

    async def response_url(self, request: web.Request) -> web.StreamResponse:
        """An answer to a command or click."""
        try:
            body = await request.json()
        except ValueError:
            body = None
        call = self._record("response_url", body if isinstance(body, dict) else {})

        async def work() -> web.Response:
            try:
                ticket = self.core.tickets.use(request.match_info["name"])
                respond(self.core, ticket, body)
            except SlackError as refusal:
                self.core.complaints.append(f"a response URL answered {refusal.error}")
                call.answer, call.status = refusal.answer(), 404
                return web.json_response(call.answer, status=404)
            call.answer, call.status = {"ok": True}, 200
            return web.Response(text="ok")

        return await self._serve(request, call, work)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file, to the address files.getUploadURLExternal gave out."""
        call = self._record("upload", {"file": request.match_info["file"]})
        content = await request.read()

        async def work() -> web.Response:
            file = self.core.workspace.files.get(request.match_info["file"])
            call.status = 404 if file is None else 200
            if file is None:
                return web.Response(status=404, text="unknown upload")
            file.content = content
            return web.Response(text=f"OK - {len(content)}")

        return await self._serve(request, call, work)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A private file. Without a good token or the scope Slack asks to sign in."""
        token, nothing = bearer(request), Arguments({})
        whose = next((each for each in self.others if each.knows(token, nothing)), self)
        return await whose.hand_out(request)

    async def hand_out(self, request: web.Request) -> web.StreamResponse:
        """A file of this workspace."""
        file_id = request.match_info["file"].rpartition("-")[2]
        call = self._record("file", {"file": file_id})

        async def work() -> web.Response:
            scopes = self.core.scopes
            may_read = scopes is None or "files:read" in scopes
            if self.core.tokens.get(bearer(request)) != "bot" or not may_read:
                return self._sign_in(request, call)
            file = self.core.workspace.files.get(file_id)
            call.status = 404 if file is None else 200
            if file is None:
                return web.Response(status=404)
            return web.Response(body=file.content, content_type=file.mimetype)

        return await self._serve(request, call, work)

    def _sign_in(self, request: web.Request, call: ApiCall) -> web.Response:
        """The sign-in page, or the way there: to a host of the workspace's own."""
        if self.core.signs_in_elsewhere:
            call.status = 302
            back = quote(request.path, safe="")
            address = f"{request.scheme}://{TEAM_DOMAIN}.{request.host}/?redir={back}"
            return web.Response(status=302, headers={"Location": address})
        call.status = 200
        page = "<!DOCTYPE html><title>Sign in</title><p>Sign in to see this file."
        return web.Response(text=page, content_type="text/html")

    def _record(self, method: str, arguments: Json) -> ApiCall:
        call = ApiCall(method, arguments, self.core.workspace.clock())
        self.core.calls.append(call)
        return call

    async def _serve(self, request: web.Request, call: ApiCall, work: Work) -> web.StreamResponse:
        self.core.in_flight += 1
        self.core.pulse.beat()
        try:
            fault = self.core.faults.take(call.method)
            if fault is None:
                return await work()
            return await self._strike(fault, request, call, work)
        finally:
            self.core.in_flight -= 1
            self.core.pulse.beat()

    async def _strike(
        self, fault: Fault, request: web.Request, call: ApiCall, work: Work
    ) -> web.StreamResponse:
        if fault.gate is not None:
            await fault.gate.wait()
            if not fault.is_reset:
                return await work()
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
            return await work()
        if fault.instead is not None:
            return await fault.instead(request)
        if fault.although_done:
            await work()
        call.status, call.answer = fault.status, fault.body
        if fault.is_reset:
            if request.transport is not None:
                request.transport.abort()
            raise web.HTTPServiceUnavailable
        if fault.body is not None:
            return web.json_response(fault.body, status=fault.status, headers=fault.headers)
        return web.Response(status=fault.status, headers=fault.headers, text="upstream error")

    def _answer(self, name: str, token: str, arguments: Arguments) -> Json:
        try:
            method = ALL.get(name)
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            self._check_token(method, token)
            return method.handle(self.core, arguments)
        except SlackError as refusal:
            return refusal.answer()

    def _check_token(self, method: Method, token: str) -> None:
        if not method.token:
            return
        if not token:
            raise SlackError("not_authed")
        kind = self.core.tokens.get(token)
        if kind is None:
            raise SlackError("invalid_auth")
        if kind != method.token:
            raise SlackError("not_allowed_token_type")
        granted = self.core.app_scopes if kind == "app" else self.core.scopes
        if granted is None or not method.scopes:
            return
        if not set(method.scopes) & set(granted):
            provided = ",".join(sorted(granted))
            raise SlackError("missing_scope", needed=method.scopes[0], provided=provided)

    def _scopes(self, token: str) -> str:
        """What the token in use may do, as Slack tells in a header of every answer."""
        granted = {"app": self.core.app_scopes, "bot": self.core.scopes or ()}
        return ",".join(sorted(granted.get(self.core.tokens.get(token, ""), ())))

    def _json(self, call: ApiCall, answer: Json, scopes: str) -> web.Response:
        call.answer, call.status = answer, 200
        return web.json_response(answer, headers={"X-OAuth-Scopes": scopes})


def bearer(request: web.Request) -> str:
    """The token of the Authorization header."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def basic_credentials(request: web.Request) -> Json:
    """Client id and secret, which oauth.v2.access takes by Basic authentication too."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind != "Basic":
        return {}
    client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    return {"client_id": client_id, "client_secret": secret}


async def read_arguments(request: web.Request) -> Json:
    """Arguments from the query, a form or a JSON body."""
    values: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        values |= body if isinstance(body, dict) else {}
    elif request.can_read_body:
        form = await request.post()
        values |= {key: value for key, value in form.items() if isinstance(value, str)}
    return values
