"""What a person does in Slack: write, edit, click, fill in. The page and the tests both use it."""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from . import forms, interactions, typed
from .core import Core
from .delivery import Unanswered
from .records import Channel, Execution, File, Json, Message, Person, View
from .responses import respond
from .tickets import ResponseUrl, SlackError
from .views import Views
from .workspace import ALERTS, BOT, YOU

Upload = tuple[str, str | bytes]  # name and content
Target = Message | View | str


class People:
    """The hands of everyone in the workspace; `user` defaults to the one at the keyboard."""

    def __init__(
        self, core: Core, commands: Iterable[str] = (), shortcuts: Mapping[str, str] | None = None
    ) -> None:
        self.core = core
        self.workspace = core.workspace
        self.views = Views(core)
        self.commands = set(commands)
        self.shortcuts = dict(shortcuts or {})

    async def say(
        self,
        text: str = "",
        channel: str = "#mail-ops",
        *,
        thread_ts: str | None = None,
        user: str = YOU.id,
        bot: str = "",
        blocks: list[Json] | None = None,
        attachments: list[Json] | None = None,
        files: Iterable[Upload] = (),
        foreign_files: bool = False,
        broadcast: bool = False,
    ) -> Message:
        """Write a message. `bot` writes it under that name through an incoming webhook;
        `user="alerts"` is an app that posts by Web API. `files` are (name, content) pairs: text
        becomes a snippet; `foreign_files` come from another organisation (Slack Connect)."""
        place = self.workspace.channel(channel)
        author = ALERTS if bot else self.workspace.person(user)
        message = self._message(place, author, text, blocks)
        message.thread_ts = self._root(place, thread_ts)
        message.attachments = attachments or []
        message.files = [self._upload(name, content, author, place) for name, content in files]
        for file in message.files:
            file.is_foreign = foreign_files
        if bot:
            message.user, message.bot_profile, message.app_id = "", None, ""
            message.subtype, message.username = "bot_message", bot
        elif message.files:
            message.subtype = "file_share"
        elif broadcast:
            message.subtype = "thread_broadcast"
        self.workspace.post(place, message)
        self.core.events.posted(place, message)
        for file in message.files:
            self.core.events.file_shared(place, author.id, file.id)
        return message

    async def edit(self, message: Message | str, text: str, *, user: str = YOU.id) -> Message:
        """Change the text of a message."""
        place, old = self.find(message)
        before = place.shown(old)
        old.text = typed.as_mrkdwn(text, self._resolve)
        old.blocks = typed.as_rich_text(text, self._resolve)
        editor = self.workspace.person(user).id
        old.edited = {"user": editor, "ts": self.workspace.new_ts()}
        self.workspace.post(place, old)
        self.core.events.changed(place, old, before)
        return old

    async def unfurl(self, message: Message | str, attachment: Json) -> Message:
        """Slack adds a link preview: the message changes, its text does not."""
        place, old = self.find(message)
        before = place.shown(old)
        old.attachments = [*old.attachments, attachment]
        self.workspace.post(place, old)
        self.core.events.changed(place, old, before)
        return old

    async def delete(self, message: Message | str) -> None:
        """Delete a message."""
        place, old = self.find(message)
        self.core.delete(place, old)

    async def react(
        self, message: Message | str, name: str, *, user: str = YOU.id, remove: bool = False
    ) -> None:
        """Add a reaction to a message, or take it back."""
        place, old = self.find(message)
        person = self.workspace.person(user)
        users = old.reactions.setdefault(name, [])
        if remove == (person.id in users):
            (users.remove if remove else users.append)(person.id)
            kind = "reaction_removed" if remove else "reaction_added"
            self.core.events.reacted(kind, person.id, place, old, name)
        if not users:
            del old.reactions[name]
        self.workspace.changed()

    async def invite(self, channel: str, *, who: str = BOT.id, user: str = YOU.id) -> None:
        """Bring someone (the bot, unless told otherwise) into a channel."""
        place, guest = self.workspace.channel(channel), self.workspace.person(who)
        if guest.id in place.members:
            return
        place.members.append(guest.id)
        inviter = self.workspace.person(user).id
        message = Message(
            ts=self.workspace.new_ts(),
            channel=place.id,
            user=guest.id,
            text=f"<@{guest.id}> has joined the channel",
            subtype="channel_join",
            inviter=inviter,
        )
        self.workspace.post(place, message)
        self.core.events.joined(guest.id, place, inviter)
        self.core.events.posted(place, message)

    async def remove(self, channel: str, *, who: str = BOT.id) -> None:
        """Take someone (the bot, unless told otherwise) out of a channel."""
        place, guest = self.workspace.channel(channel), self.workspace.person(who)
        if guest.id in place.members:
            place.members.remove(guest.id)
            self.workspace.changed()
            self.core.events.left(guest.id, place)

    async def open_home(self, *, user: str = YOU.id, tab: str = "home") -> View | None:
        """Look at the bot's Home tab; the view is the one published so far."""
        person = self.workspace.person(user)
        view = self.workspace.homes.get(person.id)
        place = self.workspace.direct_message(person.id, BOT.id)
        self.core.events.home_opened(person.id, place, tab, view)
        return view

    async def run_step(self, callback_id: str, inputs: Json) -> Execution:
        """Start a workflow that comes to this step of the app's, and hands it these inputs."""
        if callback_id not in self.core.steps:
            raise LookupError(f"the app has no workflow step {callback_id}")
        token = f"xwfp-pretend-{uuid.uuid4().hex}"  # good for this run
        execution = Execution(self.workspace.new_id("Fx"), callback_id, token)
        self.core.executions[execution.id] = execution
        self.core.tokens[token] = "bot"
        self.core.events.step_executed(self.core.steps[callback_id], execution, inputs)
        self.workspace.changed()
        return execution

    async def uninstall(self, *, user: str = YOU.id) -> None:
        """Remove the app from the workspace: its token is worth nothing from here on."""
        self.core.tokens = {t: kind for t, kind in self.core.tokens.items() if kind != "bot"}
        self.core.events.uninstalled(self.workspace.person(user).id)

    async def slash(
        self, command: str, text: str = "", channel: str = "#mail-ops", *, user: str = YOU.id
    ) -> Message | None:
        """Type a slash command. Returns the message that rode in the acknowledgement, if any."""
        if command not in self.commands:
            raise LookupError(f"{command} is not a command of this workspace")
        place, person = self.workspace.channel(channel), self.workspace.person(user)
        payload = interactions.command(self.core, person, place, command, text)
        answer = await self._ask("slash_commands", payload, command)
        if not answer:
            return None
        name = payload["response_url"].rsplit("/", 1)[-1]
        return self._respond(self.core.tickets.responses[name], answer, command)

    async def shortcut(
        self, message: Message | str, callback_id: str, *, user: str = YOU.id
    ) -> None:
        """Choose a shortcut from a message's menu."""
        place, target = self.find(message)
        person = self.workspace.person(user)
        payload = interactions.message_shortcut(self.core, person, place, target, callback_id)
        await self._ask("interactive", payload, callback_id)

    async def click(
        self,
        target: Target,
        name: str,
        value: Any = None,
        *,
        user: str = YOU.id,
        given: Json | None = None,
    ) -> None:
        """Click or choose the element of that label or action id, in a message or a view.

        `value` is the option to choose (select, overflow), the text typed, or the button's value
        where several are alike; `given` is what else was filled in there.
        """
        place, thing = self._target(target)
        found = forms.find(thing.blocks, name, value)
        if found is None:
            there = sorted(
                label for _, e in forms.elements(thing.blocks) for label in forms.labels(e)
            )
            raise LookupError(f"nothing called {name!r} to click, only {there}")
        block, element = found
        action = forms.action(block, element, name, value, self.workspace.new_ts())
        filled = dict(given or {})
        if element["type"] in forms.STATE_KEYS:
            filled[element["action_id"]] = value
        person = self.workspace.person(user)
        if place is not None and isinstance(thing, Message):
            payload = interactions.click_in_message(self.core, person, place, thing, action, filled)
        else:
            assert isinstance(thing, View)
            payload = interactions.click_in_view(self.core, person, thing, action, filled)
        await self._ask("interactive", payload, element["action_id"])

    async def submit(self, values: Json | None = None, *, user: str = YOU.id) -> Json:
        """Submit the person's open modal. `values` maps action ids to what was filled in.
        Returns what is wrong with it, by block id: Slack's form itself asks for required fields,
        the bot judges the rest."""
        person = self.workspace.person(user)
        view = self.views.top(person.id)
        missing = forms.missing(view.blocks, values or {})
        if missing:
            return dict.fromkeys(missing, "This is a required field")
        payload = interactions.submission(self.core, person, view, values or {})
        answer = await self._ask("interactive", payload, "view_submission")
        return self.views.carry_out(person.id, view, answer)

    async def close(
        self, *, user: str = YOU.id, values: Json | None = None, all_views: bool = False
    ) -> None:
        """Close the person's open modal (or the whole stack)."""
        person = self.workspace.person(user)
        for view in self.views.close(person.id, all_views=all_views):
            payload = interactions.closing(person, view, values or {}, is_cleared=all_views)
            await self._ask("interactive", payload, "view_closed")

    def has(self, target: Message | View, name: str, value: Any = None) -> bool:
        """Whether there is something of that label or action id to click."""
        return forms.find(target.blocks, name, value) is not None

    def find(self, message: Message | str) -> tuple[Channel, Message]:
        """A message and its channel, by the message or its ts."""
        ts = message if isinstance(message, str) else message.ts
        for channel in self.workspace.channels.values():
            if ts in channel.messages and not channel.messages[ts].is_deleted:
                return channel, channel.messages[ts]
        raise LookupError(f"no message {ts}")

    def _target(self, target: Target) -> tuple[Channel | None, Message | View]:
        if isinstance(target, View):
            return None, target
        if isinstance(target, str) and target.startswith("V"):
            return None, self.views.find(target)
        return self.find(target)

    def _message(
        self, place: Channel, author: Person, text: str, blocks: list[Json] | None
    ) -> Message:
        message = Message(ts=self.workspace.new_ts(), channel=place.id, user=author.id, text=text)
        message.blocks = blocks or []
        if author.is_bot:
            message.bot_id, message.app_id = author.bot_id, author.app_id
            message.bot_profile = author.bot_profile()
            return message
        message.client_msg_id = str(uuid.uuid4())
        message.text = typed.as_mrkdwn(text, self._resolve)
        if blocks is None:
            message.blocks = typed.as_rich_text(text, self._resolve)
        return message

    def _root(self, place: Channel, thread_ts: str | None) -> str | None:
        parent = place.find(thread_ts) if thread_ts else None
        return (parent.thread_ts or parent.ts) if parent else thread_ts

    def _upload(self, name: str, content: str | bytes, author: Person, place: Channel) -> File:
        mimetype = mimetypes.guess_type(name)[0] or "text/plain"
        suffix = PurePath(name).suffix.removeprefix(".") or "text"
        file = File(
            id=self.workspace.new_id("F"),
            name=name,
            title=name,
            content=content.encode() if isinstance(content, str) else content,
            user=author.id,
            created=int(self.workspace.clock()),
            mimetype=mimetype,
            filetype="text" if suffix == "txt" else suffix,
            is_snippet=isinstance(content, str),
            base_url=self.core.files_url,
            channels=[place.id],
        )
        self.workspace.files[file.id] = file
        return file

    def _resolve(self, kind: str, name: str) -> str | None:
        try:
            if kind == "user":
                return self.workspace.person(name).id
            return self.workspace.channel(name).id
        except LookupError:
            return None

    async def _ask(self, kind: str, payload: Json, what: str) -> Any:
        try:
            return (await self.core.delivery.ask(kind, payload)).answer
        except Unanswered as failure:
            self.core.complaints.append(f"{what} was not acknowledged: {failure.reason}")
            raise

    def _respond(self, ticket: ResponseUrl, answer: Any, what: str) -> Message | None:
        try:
            return respond(self.core, ticket, answer)
        except SlackError as refusal:
            self.core.complaints.append(f"{what} was answered with {refusal.error}")
            raise
