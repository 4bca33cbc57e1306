"""The parts of the pretend Slack that its methods share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from .delivery import Delivery
from .events import Events
from .faults import Faults
from .grants import Grants
from .pulse import Pulse
from .records import Channel, Execution, Json, Message
from .tenancy import Tenant
from .tickets import SlackError, Tickets
from .validity import problems_of_blocks
from .workspace import BOT, Workspace, complete_attachments, complete_blocks

APP_TOKEN = "xapp-1-pretend-app-token"
SIGNING_SECRET = "pretend-signing-secret"
CLIENT_ID, CLIENT_SECRET = "1111.2222", "pretend-client-secret"
LONGEST_TEXT = 40_000


@dataclass
class ApiCall:
    """One request the bot made: a Web API method, or `response_url`, or `file`."""

    method: str
    arguments: Json
    at: float
    status: int | None = None
    answer: Json | None = None

    @property
    def ok(self) -> bool:
        return bool(self.answer and self.answer.get("ok"))


@dataclass
class Core:
    """Workspace, delivery, tickets and the record of what the bot asked for."""

    pulse: Pulse
    workspace: Workspace
    tickets: Tickets
    delivery: Delivery
    events: Events
    faults: Faults
    calls: list[ApiCall] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    tenant: Tenant = field(default_factory=Tenant)
    tokens: dict[str, str] = field(default_factory=dict)
    scopes: Collection[str] | None = None
    app_scopes: Collection[str] = ("connections:write",)
    steps: Mapping[str, Json] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    in_flight: int = 0
    base_url: str = ""
    files_url: str = ""  # where files are downloaded: as everybody knows Slack
    # Who may not see a file is sent to the workspace's own address, or gets the page at once.
    signs_in_elsewhere: bool = False
    is_connected: Callable[[], bool] = bool
    new_socket_url: Callable[[], str] = str

    def __post_init__(self) -> None:
        self.grants = Grants(self.tenant.bot_token)
        self.tokens |= {self.tenant.bot_token: "bot", APP_TOKEN: "app"}

    def check_content(self, content: Json) -> None:
        """Refuse a message without content, too long, or with invalid blocks."""
        text, blocks = content.get("text") or "", content.get("blocks")
        if blocks is not None and not isinstance(blocks, list):
            raise SlackError("invalid_blocks_format")
        if not text and not blocks and not content.get("attachments"):
            raise SlackError("no_text")
        if len(text) > LONGEST_TEXT:
            raise SlackError("msg_too_long")
        problems = problems_of_blocks(blocks or [], refused=self.faults.refused_blocks)
        if problems:
            raise SlackError(
                "invalid_blocks", errors=problems, response_metadata={"messages": problems}
            )

    def post_as_bot(self, channel: Channel, content: Json, **more: object) -> Message:
        """Add the bot's message to a channel (an ephemeral one with `ephemeral_for`)."""
        message = Message(
            ts=self.workspace.new_ts(),
            channel=channel.id,
            user=BOT.id,
            bot_id=BOT.bot_id,
            app_id=BOT.app_id,
            bot_profile=BOT.bot_profile(),
            text=content.get("text") or "",
            blocks=list(content.get("blocks") or []),
            attachments=list(content.get("attachments") or []),
            metadata=content.get("metadata"),
            **more,  # type: ignore[arg-type]
        )
        self.workspace.post(channel, message)
        if not message.ephemeral_for:
            self.events.posted(channel, message)
        return message

    def change(self, channel: Channel, message: Message, content: Json) -> None:
        """Give the bot's message other content."""
        before = channel.shown(message)
        for key in ("text", "blocks", "attachments", "metadata"):
            if content.get(key) is not None:
                setattr(message, key, content[key])
        complete_blocks(message.blocks)
        complete_attachments(message.attachments)
        message.edited = {"user": message.user, "ts": self.workspace.new_ts()}
        self.workspace.changed()
        if not message.ephemeral_for:
            self.events.changed(channel, message, before)

    def delete(self, channel: Channel, message: Message) -> None:
        """Delete a message; one with replies leaves a tombstone."""
        before = channel.shown(message)
        has_replies = len(channel.thread(message.ts)) > 1 and not message.is_reply
        if has_replies and not message.ephemeral_for:
            bury(message)
            self.workspace.changed()
            self.events.changed(channel, message, before)
            return
        message.is_deleted = True
        self.workspace.changed()
        if not message.ephemeral_for:
            self.events.deleted(channel, message, before)


def bury(message: Message) -> None:
    """Make a message the tombstone that stands above its replies."""
    message.subtype, message.user, message.text = "tombstone", "USLACKBOT", TOMBSTONE
    message.bot_id = message.app_id = message.client_msg_id = ""
    message.bot_profile = message.metadata = message.edited = None
    message.blocks, message.attachments, message.files = [], [], []
    message.reactions = {}


TOMBSTONE = "This message was deleted."
