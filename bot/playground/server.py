"""A pretend Slack in one process: start it, point a bot at it, act as its people."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from .core import APP_TOKEN, CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET, ApiCall, Core
from .delivery import Delivery
from .events import SUBSCRIBED, Events
from .faults import Faults
from .guard import only_from_here
from .page_api import PageApi
from .people import People
from .pulse import Pulse
from .records import Execution, Json, Message, View
from .settling import bolt_is_busy
from .tenancy import Tenant
from .tickets import Tickets
from .transports import HttpRequests, SocketMode
from .web_api import MOST_BYTES, WebApi
from .workspace import BOT, YOU, Workspace

T = TypeVar("T")
PATIENCE = 10.0  # seconds a test waits before it fails; far above what a healthy bot needs


class PretendSlack:
    """One workspace with its Web API, Socket Mode and page, on a port of this machine.

    `async with PretendSlack() as slack:` in tests, `await PretendSlack.start(port=8421)` to run.
    Bots get `api_url`, `bot_token`, `app_token`, `signing_secret`.
    """

    app_token = APP_TOKEN
    signing_secret = SIGNING_SECRET
    client_id = CLIENT_ID
    client_secret = CLIENT_SECRET
    bot_user_id = BOT.id

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        request_url: str | None = None,
        events: Collection[str] = SUBSCRIBED,
        commands: Iterable[str] = ("/smtp",),
        shortcuts: Mapping[str, str] | None = None,
        steps: Mapping[str, Json] | None = None,
        scopes: Collection[str] | None = None,
        clock: Callable[[], float] = time.time,
        tenant: Tenant | None = None,
    ) -> None:
        """`request_url` has everything sent there by HTTP instead of Socket Mode. `events`,
        `commands`, `shortcuts` (callback id to name, for messages), `steps` (of workflows, by
        callback id) and `scopes` are what the manifest asks for; without `scopes` all are granted.
        `tenant` says which workspace this is, where there are several.
        """
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the pretend Slack stays on this machine, not on {host}")
        self.host, self.port = host, port
        self.pulse = Pulse()
        self.workspace = Workspace(self.pulse.beat, clock)
        tenant = tenant or Tenant()
        self.bot_token = tenant.bot_token
        self.delivery = Delivery(self.pulse, tenant)
        self.faults = Faults()
        self.core = Core(
            pulse=self.pulse,
            workspace=self.workspace,
            tickets=Tickets(clock),
            delivery=self.delivery,
            events=Events(self.workspace, self.delivery, events),
            faults=self.faults,
            scopes=scopes,
            steps=dict(steps or {}),
            tenant=tenant,
        )
        self.web_api = WebApi(self.core)
        self.people = People(self.core, commands, shortcuts)
        self.sockets = SocketMode(self.pulse)
        self.core.new_socket_url = self.sockets.open_url
        self.core.is_connected = lambda: bool(self._http or self.sockets.sockets)
        self._http: HttpRequests | None = None
        self.delivery.transport = self.sockets
        if request_url:
            self.deliver_to(request_url)
        self.page_api = PageApi(self.core, self.people)
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(cls, host: str = "127.0.0.1", port: int = 8421, **options: Any) -> Self:
        """Start one; OSError when the port is taken."""
        slack = cls(host=host, port=port, **options)
        await slack.open()
        return slack

    async def open(self) -> None:
        """Start listening."""
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[only_from_here])
        self.web_api.add_routes(app)
        app.router.add_get("/link/", self.sockets.connect)
        self.page_api.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError:
            await self.close()
            raise
        self.port = self._runner.addresses[0][1]
        self.core.base_url = self.sockets.base_url = self.core.tickets.base_url = self.url
        self.core.files_url = self.url

    async def close(self) -> None:
        """Stop: nothing more is delivered, every connection is closed."""
        await self.delivery.close()
        self.faults.clear()
        self.page_api.close()
        await self.sockets.drop()
        if self._http is not None:
            await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """Where the page is."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def api_url(self) -> str:
        """What the bot needs as SLACK_API_URL."""
        return f"{self.url}/api/"

    base_url = api_url

    def deliver_to(self, *request_urls: str) -> None:
        """Deliver by signed HTTP requests from now on: to one of these addresses after the other,
        as what stands before several instances does."""
        self._http = self._http or HttpRequests(self.signing_secret)
        self._http.request_urls = request_urls
        self.delivery.transport = self._http

    def grant_code(self) -> str:
        """The code that Slack's page hands over when an admin installs the app."""
        return self.core.grants.new_code()

    def beside(self, other: PretendSlack) -> None:
        """Be another workspace of the Slack that the bot knows by the other's address."""
        other.web_api.others.append(self.web_api)
        self.core.files_url = other.url

    # What happened

    @property
    def calls(self) -> list[ApiCall]:
        """Every request the bot made, oldest first."""
        return self.core.calls

    def calls_to(self, method: str) -> list[ApiCall]:
        """The bot's calls of one Web API method (`response_url`, `file`, `upload` count too)."""
        return [call for call in self.calls if call.method == method]

    @property
    def complaints(self) -> list[str]:
        """What real Slack would hold against the bot: missing acks, invalid answers."""
        return self.core.complaints

    @property
    def replies(self) -> list[Message]:
        """What the bot said for all to see, oldest first, without what it deleted again."""
        return [m for m in self._bot_messages() if not m.ephemeral_for]

    @property
    def whispers(self) -> list[Message]:
        """What the bot said for one person only."""
        return [m for m in self._bot_messages() if m.ephemeral_for]

    def _bot_messages(self) -> list[Message]:
        found = [
            message
            for channel in self.workspace.channels.values()
            for message in channel.messages.values()
            if message.user == BOT.id and not message.is_deleted and message.subtype != JOINED
        ]
        return sorted(found, key=lambda message: message.ts)

    def modal(self, user: str = YOU.id) -> View | None:
        """The modal on top of someone's screen."""
        stack = self.workspace.modals.get(self.workspace.person(user).id)
        return stack[-1] if stack else None

    def home(self, user: str = YOU.id) -> View | None:
        """The Home view published for someone."""
        return self.workspace.homes.get(self.workspace.person(user).id)

    # Waiting

    async def connected(self, seconds: float = PATIENCE) -> None:
        """Wait until a bot is connected by Socket Mode."""
        await self.pulse.wait_for(lambda: self.sockets.sockets, seconds, "a bot to connect")

    async def wait_for(
        self, condition: Callable[[], T], seconds: float = PATIENCE, hope: str = "what was hoped"
    ) -> T:
        """The first true value of `condition()`, looked at after every change."""
        return await self.pulse.wait_for(condition, seconds, hope)

    async def reply(
        self, wanted: Callable[[Message], bool] = lambda _: True, seconds: float = PATIENCE
    ) -> Message:
        """The latest public message of the bot for which `wanted` is true; waits for one."""

        def latest() -> Message | None:
            return next((m for m in reversed(self.replies) if wanted(m)), None)

        message = await self.pulse.wait_for(latest, seconds, "a reply")
        assert message is not None
        return message

    async def settled(self, seconds: float = PATIENCE) -> None:
        """Wait until nothing is under way: all delivered and acknowledged, no call in flight, and
        no listener of a Bolt app in this event loop still running."""
        calm = 0
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while calm < TURNS:
            if self.delivery.under_way or self.core.in_flight or bolt_is_busy():
                calm = 0
                if loop.time() > deadline:
                    raise TimeoutError(f"the bot did not settle within {seconds:g} s")
                await self.pulse.next(0.005)
            else:
                calm += 1
                await asyncio.sleep(0)

    # Acting, and waiting until the bot is done with it

    async def says(self, text: str = "", channel: str = "#mail-ops", **how: Any) -> Message:
        """Someone writes a message; see People.say for `how`."""
        message = await self.people.say(text, channel, **how)
        await self.settled()
        return message

    async def types(self, line: str, channel: str = "#mail-ops", **how: Any) -> list[Message]:
        """Someone types a slash command, as one line. Returns what the bot answered."""
        before = set(map(id, self._bot_messages()))
        command, _, text = line.partition(" ")
        await self.people.slash(command, text, channel, **how)
        await self.settled()
        return [m for m in self._bot_messages() if id(m) not in before]

    async def clicks(
        self, name: str, value: Any = None, *, on: Message | View | None = None, **how: Any
    ) -> None:
        """Someone clicks what is called `name` (label or action id), by default where it was last
        seen: in the open modal, else in the newest message that has it, else in Home."""
        await self.people.click(on or self._where(name, value), name, value, **how)
        await self.settled()

    async def runs_step(self, callback_id: str, **inputs: str) -> Execution:
        """A workflow runs a step of the bot's; returns what became of it."""
        execution = await self.people.run_step(callback_id, inputs)
        await self.settled()
        return execution

    async def submits(self, values: Json | None = None, **how: Any) -> Json:
        """Someone submits the open modal; returns the errors the bot found."""
        errors = await self.people.submit(values, **how)
        await self.settled()
        return errors

    def _where(self, name: str, value: Any) -> Message | View:
        places = [self.modal(), *reversed(self._bot_messages()), self.home()]
        for place in places:
            if place is not None and self.people.has(place, name, value):
                return place
        raise LookupError(f"nothing called {name!r} to click anywhere")


JOINED = "channel_join"
TURNS = 5  # turns of the event loop without work before all counts as settled
