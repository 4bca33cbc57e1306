"""Events as the Events API sends them: which ones the bot hears, with the keys of real ones."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from .delivery import Delivery
from .records import APP_ID, TEAM_ID, Channel, Execution, Json, Message, View
from .workspace import BOT, Workspace

# The events a bot of this kind subscribes to in its manifest; Slack sends no others.
SUBSCRIBED = frozenset(
    {
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "app_mention",
        "app_home_opened",
        "member_joined_channel",
        "reaction_added",
        "reaction_removed",
        "function_executed",
        "app_uninstalled",
        "tokens_revoked",
    }
)
VERIFICATION_TOKEN = "pretend-verification-token"


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


_BODY = " text blocks attachments ts thread_ts channel event_ts channel_type"
# The keys each kind of message event carries, from Slack's published sample payloads.
MESSAGE_KEYS: dict[str | None, frozenset[str]] = {
    None: _keys(
        "client_msg_id type team user bot_id bot_profile metadata parent_user_id edited" + _BODY
    ),
    "bot_message": _keys("type subtype bot_id username icons" + _BODY),
    "file_share": _keys("type subtype files upload display_as_bot user parent_user_id" + _BODY),
    "thread_broadcast": _keys("client_msg_id type subtype user root" + _BODY),
    "channel_join": _keys("type subtype team user inviter text ts channel channel_type event_ts"),
}
CHANGED_KEYS = _keys(
    "client_msg_id type subtype user team bot_id bot_profile edited text blocks attachments upload"
    " display_as_bot thread_ts parent_user_id hidden is_locked subscribed ts user_team source_team"
    " reply_count reply_users_count latest_reply"
)
ROOT_KEYS = _keys(
    "text user parent_user_id username team bot_id type subtype thread_ts icons bot_profile edited"
    " reply_count reply_users_count latest_reply subscribed ts"
)
MENTION_KEYS = _keys(
    "type client_msg_id user bot_id bot_profile subtype text blocks upload display_as_bot ts team"
    " channel edited event_ts thread_ts"
)


class Events:
    """Turns what happens in the workspace into events for the bot."""

    def __init__(
        self, workspace: Workspace, delivery: Delivery, subscribed: Collection[str] = SUBSCRIBED
    ) -> None:
        self.workspace = workspace
        self.delivery = delivery
        self.subscribed = subscribed

    def posted(self, channel: Channel, message: Message) -> None:
        """Someone posted a message, the bot itself included; a mention is a second event."""
        if BOT.id not in channel.members:
            return
        shown = channel.shown(message)
        if message.subtype == "thread_broadcast" and message.thread_ts:
            root = channel.messages[message.thread_ts]
            shown["root"] = _only(channel.shown(root), ROOT_KEYS)
        event = self._place(shown, channel, message.ts)
        keys = MESSAGE_KEYS.get(message.subtype, MESSAGE_KEYS[None])
        self._send_message(_only(event, keys), channel)
        is_mention = f"<@{BOT.id}>" in message.text and message.user != BOT.id
        if is_mention and channel.kind != "im" and message.subtype != "bot_message":
            self.send(_only(event, MENTION_KEYS) | {"type": "app_mention"}, channel)

    def changed(self, channel: Channel, message: Message, before: Json) -> None:
        """Someone edited a message, or deleted one that has replies (a tombstone)."""
        now = self.workspace.new_ts()
        teams = {"user_team": TEAM_ID, "source_team": TEAM_ID}
        after = channel.shown(message) | teams
        if message.subtype == "tombstone":
            after |= {"hidden": True}
        event = {
            "type": "message",
            "subtype": "message_changed",
            "message": _only(after, CHANGED_KEYS),
            "previous_message": _only(before, CHANGED_KEYS),
            "hidden": True,
            "ts": now,
        }
        self._send_message(self._place(event, channel, now), channel)

    def deleted(self, channel: Channel, message: Message, before: Json) -> None:
        """Someone deleted a message."""
        now = self.workspace.new_ts()
        event = {
            "type": "message",
            "subtype": "message_deleted",
            "previous_message": _only(before, CHANGED_KEYS),
            "hidden": True,
            "deleted_ts": message.ts,
            "ts": now,
        }
        self._send_message(self._place(event, channel, now), channel)

    def reacted(self, kind: str, user: str, channel: Channel, message: Message, name: str) -> None:
        """Someone added (`reaction_added`) or took back (`reaction_removed`) a reaction."""
        event: Json = {
            "type": kind,
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
            "event_ts": self.workspace.new_ts(),
        }
        if message.user:
            event["item_user"] = message.user
        self._send_in(channel, event)

    def joined(self, user: str, channel: Channel, inviter: str) -> None:
        """Someone joined a channel, by invitation or alone."""
        event: Json = self._membership("member_joined_channel", user, channel)
        self._send_in(channel, event | ({"inviter": inviter} if inviter else {}))

    def left(self, user: str, channel: Channel) -> None:
        """Someone left a channel or was removed; the bot hears of its own removal too."""
        event = self._membership("member_left_channel", user, channel)
        if user == BOT.id or BOT.id in channel.members:
            self.send(event, channel)

    def home_opened(self, user: str, channel: Channel, tab: str, view: View | None) -> None:
        """Someone looks at the bot's Home or Messages tab."""
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self.workspace.new_ts(),
        }
        if tab == "home" and view is not None:
            event["view"] = view.as_slack(BOT.bot_id)
        self.send(event)

    def file_shared(self, channel: Channel, user: str, file_id: str) -> None:
        """Someone shared a file."""
        self._send_in(
            channel,
            {
                "type": "file_shared",
                "file_id": file_id,
                "user_id": user,
                "file": {"id": file_id},
                "channel_id": channel.id,
                "event_ts": self.workspace.new_ts(),
            },
        )

    def step_executed(self, step: Json, execution: Execution, inputs: Json) -> None:
        """A workflow came to a step of the app's; `step` is what the manifest says of it."""
        function = {
            "id": f"Fn{execution.callback_id.upper()[:10]}",
            "callback_id": execution.callback_id,
            "title": step["title"],
            "description": step["description"],
            "type": "app",
            "input_parameters": _parameters(step, "inputs"),
            "output_parameters": _parameters(step, "outputs"),
            "app_id": APP_ID,
            "date_created": 0,
            "date_updated": 0,
            "date_deleted": 0,
        }
        self.send(
            {
                "type": "function_executed",
                "function": function,
                "inputs": inputs,
                "function_execution_id": execution.id,
                "workflow_execution_id": self.workspace.new_id("Wx"),
                "event_ts": self.workspace.new_ts(),
                "bot_access_token": execution.token,
            }
        )

    def uninstalled(self, user: str) -> None:
        """An admin removed the app from the workspace."""
        self.send({"type": "tokens_revoked", "tokens": {"oauth": [user], "bot": [BOT.id]}})
        self.send({"type": "app_uninstalled"})

    def send(self, event: Json, channel: Channel | None = None, name: str = "") -> None:
        """Send any event, wrapped as Slack wraps it, if the bot subscribes to it."""
        if (name or event["type"]) not in self.subscribed:
            return
        authorization = {
            "enterprise_id": None,
            "team_id": TEAM_ID,
            "user_id": BOT.id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        self.delivery.send_event(
            {
                "token": VERIFICATION_TOKEN,
                "team_id": TEAM_ID,
                "context_team_id": TEAM_ID,
                "context_enterprise_id": None,
                "api_app_id": APP_ID,
                "event": event,
                "type": "event_callback",
                "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}",
                "event_time": int(self.workspace.clock()),
                "authorizations": [authorization],
                "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
                "event_context": f"4-{uuid.uuid4().hex}",
            }
        )

    def _send_in(self, channel: Channel, event: Json) -> None:
        if BOT.id in channel.members:
            self.send(event, channel)

    def _send_message(self, event: Json, channel: Channel) -> None:
        names = {"channel": "channels", "group": "groups"}
        if BOT.id in channel.members:
            self.send(event, channel, f"message.{names.get(channel.kind, channel.kind)}")

    def _membership(self, kind: str, user: str, channel: Channel) -> Json:
        return {
            "type": kind,
            "user": user,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "channel" else "G",
            "team": TEAM_ID,
            "event_ts": self.workspace.new_ts(),
        }

    @staticmethod
    def _place(event: Json, channel: Channel, event_ts: str) -> Json:
        where = {"channel": channel.id, "channel_type": channel.kind, "event_ts": event_ts}
        return event | where


def _parameters(step: Json, side: str) -> list[Json]:
    optional = step.get("optional", ())
    return [
        {
            "type": kind,
            "name": name,
            "description": "",
            "title": name.capitalize(),
            "is_required": name not in optional,
        }
        for name, kind in step[side].items()
    ]


def _only(event: Json, keys: frozenset[str]) -> Json:
    return {key: value for key, value in event.items() if key in keys}
