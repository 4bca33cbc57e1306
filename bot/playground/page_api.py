"""The page, and the small API it lives on: the state as server-sent events, actions as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from .core import Core
from .delivery import Unanswered
from .page_state import page_state
from .people import People
from .records import Json
from .tickets import SlackError

FOLDER = Path(__file__).parent / "page"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
BREATH = 0.03  # seconds between two states sent: a burst of changes becomes one
KEEP_ALIVE = 15.0
LONGEST_UPLOAD = 1_000_000

Action = Callable[[Json], Awaitable[Json | None]]


class PageApi:
    """Serves the page to the one person at the keyboard."""

    def __init__(self, core: Core, people: People) -> None:
        self.core, self.people = core, people
        self.is_closing = False
        self.actions: dict[str, Action] = {
            "say": self.say,
            "edit": self.edit,
            "delete": self.delete,
            "react": self.react,
            "click": self.click,
            "shortcut": self.shortcut,
            "submit": self.submit,
            "close": self.close_modal,
            "home": self.home,
            "run_step": self.run_step,
            "invite": self.invite,
            "remove": self.remove,
        }

    def add_routes(self, app: web.Application) -> None:
        """Mount on an aiohttp application."""
        app.router.add_get("/", self.index)
        app.router.add_get("/static/{name}", self.static)
        app.router.add_get("/page/state", self.state)
        app.router.add_get("/page/live", self.live)
        app.router.add_post("/page/{action}", self.act)

    def close(self) -> None:
        """End the streams of all open pages."""
        self.is_closing = True
        self.core.pulse.beat()

    async def index(self, request: web.Request) -> web.Response:
        """The page itself."""
        return _file("index.html")

    async def static(self, request: web.Request) -> web.Response:
        """Its scripts and styles."""
        return _file(request.match_info["name"])

    async def state(self, request: web.Request) -> web.Response:
        """What there is to see, once."""
        return web.json_response(page_state(self.core, self.people))

    async def live(self, request: web.Request) -> web.StreamResponse:
        """What there is to see, again after every change."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        seen, beats = "", -1
        try:
            while not self.is_closing:
                if beats != self.core.pulse.beats:
                    beats = self.core.pulse.beats
                    state = json.dumps(page_state(self.core, self.people))
                    if state != seen:
                        seen = state
                        await response.write(f"data: {state}\n\n".encode())
                elif not await self.core.pulse.next(KEEP_ALIVE):
                    await response.write(b": still here\n\n")
                else:
                    await asyncio.sleep(BREATH)
        except ConnectionError:
            pass
        return response

    async def act(self, request: web.Request) -> web.Response:
        """One thing the person does; the answer says what went wrong, in words to show them."""
        action = self.actions.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound
        try:
            body = await request.json()
            answer = await action(body)
        except Unanswered:
            problem = "SMTP bot did not answer within 3 seconds. Is it still running?"
        except SlackError as refusal:
            problem = f"SMTP bot answered with something Slack refuses: {refusal.error}"
        except (LookupError, ValueError) as error:
            problem = str(error.args[0]) if error.args else "that did not work"
        else:
            return web.json_response({"ok": True, **(answer or {})})
        return web.json_response({"ok": False, "problem": problem})

    async def say(self, body: Json) -> Json | None:
        """Send what stands in a composer: a message, a slash command, or a text file."""
        text, channel, thread_ts = body["text"], body["channel"], body.get("thread_ts")
        user = body.get("user") or "you"
        files = [(file["name"], file["content"][:LONGEST_UPLOAD]) for file in body.get("files", [])]
        if text.startswith("/") and not files:
            command, _, rest = text.partition(" ")
            if thread_ts:
                raise ValueError(f"{command} is not supported in threads. Sorry!")
            await self.people.slash(command, rest, channel, user=user)
            return None
        if not text.strip() and not files:
            return None
        message = await self.people.say(text, channel, thread_ts=thread_ts, user=user, files=files)
        return {"ts": message.ts}

    async def edit(self, body: Json) -> None:
        """Change an own message."""
        await self.people.edit(body["ts"], body["text"])

    async def delete(self, body: Json) -> None:
        """Delete an own message."""
        await self.people.delete(body["ts"])

    async def react(self, body: Json) -> None:
        """Add a reaction or take it back."""
        await self.people.react(body["ts"], body["name"], remove=bool(body.get("remove")))

    async def click(self, body: Json) -> None:
        """Click or choose an element of a message or view."""
        await self.people.click(
            body["target"], body["action_id"], body.get("value"), given=body.get("given")
        )

    async def shortcut(self, body: Json) -> None:
        """Choose a shortcut from a message's menu."""
        await self.people.shortcut(body["ts"], body["callback_id"])

    async def submit(self, body: Json) -> Json:
        """Submit the open modal."""
        return {"errors": await self.people.submit(body.get("values"))}

    async def close_modal(self, body: Json) -> None:
        """Close the open modal."""
        await self.people.close(values=body.get("values"))

    async def home(self, body: Json) -> None:
        """Open the bot's Home tab, or its Messages."""
        await self.people.open_home(tab=body.get("tab", "home"))

    async def run_step(self, body: Json) -> Json:
        """Run a workflow that is this one step."""
        run = await self.people.run_step(body["callback_id"], body["inputs"])
        return {"id": run.id}

    async def invite(self, body: Json) -> None:
        """Invite the bot to a channel."""
        await self.people.invite(body["channel"])

    async def remove(self, body: Json) -> None:
        """Remove the bot from a channel."""
        await self.people.remove(body["channel"])


def _file(name: str) -> web.Response:
    path = FOLDER / name
    if "/" in name or path.suffix not in TYPES or not path.is_file():
        raise web.HTTPNotFound
    return web.Response(text=path.read_text("utf-8"), content_type=TYPES[path.suffix])
