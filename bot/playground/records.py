"""Person, file, message, channel and view, and how Slack shows each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["channel", "group", "im", "mpim"]

TEAM_ID = "T0PRETEND01"
TEAM_DOMAIN = "pretend"
APP_ID = "A0SMTPBOT01"


@dataclass
class Person:
    """Someone in the workspace; apps are people with a `bot_id`."""

    id: str
    name: str
    real_name: str
    bot_id: str = ""
    app_id: str = ""
    is_admin: bool = False
    team: str = TEAM_ID  # another one for people who share a channel from elsewhere

    @property
    def is_bot(self) -> bool:
        return bool(self.bot_id)

    def as_slack(self) -> Json:
        """As `users.info` shows it."""
        profile = {"real_name": self.real_name, "display_name": self.name, "team": self.team}
        if self.is_bot:
            profile |= {"api_app_id": self.app_id, "bot_id": self.bot_id}
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": False,
            "tz": "Etc/UTC",
            "tz_label": "UTC",
            "tz_offset": 0,
            "profile": profile,
            "is_admin": self.is_admin,
            "is_owner": self.is_admin,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 0,
        }

    def bot_profile(self) -> Json:
        """What rides in the messages of an app."""
        icon = "https://a.slack-edge.com/img/plugins/app/bot_48.png"
        return {
            "id": self.bot_id,
            "deleted": False,
            "name": self.real_name,
            "updated": 0,
            "app_id": self.app_id,
            "icons": {"image_36": icon, "image_48": icon, "image_72": icon},
            "team_id": TEAM_ID,
        }


@dataclass
class File:
    """An uploaded file; `content` stays in memory."""

    id: str
    name: str
    title: str
    content: bytes
    user: str
    created: int
    mimetype: str
    filetype: str
    is_snippet: bool
    base_url: str
    channels: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.base_url}/files-pri/{TEAM_ID}-{self.id}/{self.name}"

    def as_slack(self) -> Json:
        """As messages and `files.info` carry it."""
        shown: Json = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "filetype": self.filetype,
            "pretty_type": "Plain Text" if self.is_snippet else self.filetype.upper(),
            "user": self.user,
            "user_team": TEAM_ID,
            "editable": self.is_snippet,
            "size": len(self.content),
            "mode": "snippet" if self.is_snippet else "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": True,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": self.url,
            "url_private_download": f"{self.url}?download",
            "permalink": f"https://{TEAM_DOMAIN}.slack.com/files/{self.user}/{self.id}/{self.name}",
            "permalink_public": f"https://slack-files.com/{TEAM_ID}-{self.id}",
            "is_starred": False,
            "has_rich_preview": False,
            "file_access": "visible",
        }
        if self.is_snippet:
            lines = self.content.decode("utf-8", "replace").splitlines()
            shown |= {
                "edit_link": f"{shown['permalink']}/edit",
                "preview": "\n".join(lines[:5]),
                "lines": len(lines),
                "lines_more": max(0, len(lines) - 5),
                "preview_is_truncated": len(lines) > 5,
            }
        return shown


@dataclass
class Message:
    """One message, whoever wrote it; `ephemeral_for` names the only reader of an ephemeral one."""

    ts: str
    channel: str
    user: str
    text: str = ""
    thread_ts: str | None = None
    subtype: str | None = None
    bot_id: str = ""
    app_id: str = ""
    bot_profile: Json | None = None
    username: str = ""
    icons: Json | None = None
    client_msg_id: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    metadata: Json | None = None
    edited: Json | None = None
    inviter: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    ephemeral_for: str | None = None
    is_deleted: bool = False

    @property
    def is_reply(self) -> bool:
        return self.thread_ts not in (None, self.ts)

    @property
    def is_in_channel(self) -> bool:
        """Shown in the channel itself, not only in a thread."""
        return not self.is_reply or self.subtype == "thread_broadcast"

    def as_slack(self) -> Json:
        """As Slack shows it in histories and payloads; the channel adds what a thread adds."""
        optional: Json = {
            "subtype": self.subtype,
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "client_msg_id": self.client_msg_id,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "bot_profile": self.bot_profile,
            "username": self.username,
            "icons": self.icons,
            "thread_ts": self.thread_ts,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "files": [file.as_slack() for file in self.files],
            "metadata": self.metadata,
            "edited": self.edited,
            "inviter": self.inviter,
            "reactions": [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self.reactions.items()
            ],
        }
        shown: Json = {"type": "message"}
        shown |= {key: value for key, value in optional.items() if value or key == "text"}
        if self.subtype not in ("bot_message", "tombstone"):
            shown["team"] = TEAM_ID
        if self.files:
            shown |= {"upload": False, "display_as_bot": False}
        return shown


@dataclass
class Channel:
    """A channel or direct message, its members and its messages in order."""

    id: str
    name: str
    kind: Kind = "channel"
    members: list[str] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    purpose: str = ""
    is_ext_shared: bool = False
    replies: dict[str, list[Message]] = field(default_factory=dict)
    prompts: Json | None = None  # what an agent suggests to ask: title, and prompts
    sessions: dict[str, Json] = field(default_factory=dict)  # an agent's, by thread: status, title

    def add(self, message: Message) -> None:
        """Put a message in its place; one that is there already stays where it is."""
        if message.ts not in self.messages and message.is_reply and not message.ephemeral_for:
            self.replies.setdefault(message.thread_ts or "", []).append(message)
        self.messages[message.ts] = message

    @property
    def history(self) -> list[Message]:
        """What the Web API shows: no ephemeral and no deleted messages."""
        return [m for m in self.messages.values() if not m.ephemeral_for and not m.is_deleted]

    def find(self, ts: str) -> Message | None:
        """The message the Web API would find under this timestamp."""
        message = self.messages.get(ts)
        return None if message is None or message.ephemeral_for or message.is_deleted else message

    def thread(self, ts: str) -> list[Message]:
        """A message and its replies."""
        parent = self.find(ts)
        replies = [m for m in self.replies.get(ts, []) if not m.is_deleted]
        return replies if parent is None else [parent, *replies]

    def shown(self, message: Message) -> Json:
        """The message with what its thread adds: the parent of a reply, the replies of a parent."""
        shown = message.as_slack()
        if message.is_reply:
            parent = self.messages.get(message.thread_ts or "")
            if parent is not None and parent.user:
                shown["parent_user_id"] = parent.user
            return shown
        replies = [m for m in self.thread(message.ts) if m is not message]
        if replies:
            users = list(dict.fromkeys(m.user or m.bot_id for m in replies))
            shown |= {
                "thread_ts": message.ts,
                "reply_count": len(replies),
                "reply_users_count": len(users),
                "latest_reply": replies[-1].ts,
                "reply_users": users,
                "is_locked": False,
                "subscribed": False,
            }
        return shown

    def as_slack(self, viewer: str) -> Json:
        """As `conversations.info` shows it to `viewer`."""
        if self.kind == "im":
            other = next((member for member in self.members if member != viewer), viewer)
            return {
                "id": self.id,
                "created": 0,
                "is_im": True,
                "is_org_shared": False,
                "user": other,
                "is_archived": False,
                "is_ext_shared": self.is_ext_shared,
                "is_user_deleted": False,
                "is_open": True,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_im": False,
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "channel",
            "created": 0,
            "creator": self.members[0] if self.members else "",
            "is_archived": False,
            "is_general": False,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "is_member": viewer in self.members,
            "context_team_id": TEAM_ID,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": self.purpose, "creator": "", "last_set": 0},
            "num_members": len(self.members),
        }


@dataclass
class Execution:
    """One run of a workflow's step: `status` is running, completed or failed."""

    id: str
    callback_id: str
    token: str
    status: str = "running"
    outputs: Json | None = None
    error: str = ""


@dataclass
class View:
    """A modal or Home view as one person has it open."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    trigger_message: Message | None = None

    @property
    def blocks(self) -> list[Json]:
        return list(self.content.get("blocks", []))

    def as_slack(self, bot_id: str, values: Json | None = None) -> Json:
        """As answers and payloads carry it, with the form's values."""
        content = self.content
        shown: Json = {
            "id": self.id,
            "team_id": TEAM_ID,
            "type": content.get("type", "modal"),
            "blocks": self.blocks,
            "private_metadata": content.get("private_metadata", ""),
            "callback_id": content.get("callback_id", ""),
            "state": {"values": values or {}},
            "hash": self.hash,
            "title": content.get("title"),
            "clear_on_close": bool(content.get("clear_on_close")),
            "notify_on_close": bool(content.get("notify_on_close")),
            "close": content.get("close"),
            "submit": content.get("submit"),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id,
            "app_id": APP_ID,
            "external_id": content.get("external_id", ""),
            "app_installed_team_id": TEAM_ID,
            "bot_id": bot_id,
        }
        if shown["type"] == "home":
            shown["title"] = {"type": "plain_text", "text": "View Title", "emoji": True}
        else:
            shown["submit_disabled"] = bool(content.get("submit_disabled"))
        return shown
