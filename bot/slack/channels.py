"""How the bot behaves in a channel: `/smtp here`, the "Mute here" button, being invited."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.errors import SlackApiError

from bot.logs import error_of
from bot.render.blocks import Message
from bot.render.card import MUTE
from bot.render.channels import behaviour, invited, muted, no_channel, no_mode, now_behaves
from bot.slack.buttons import tell
from bot.slack.hearing import Heard, hear
from bot.slack.manners import DIRECT, workspace
from bot.slack.work import Work
from bot.store import Mode, Store
from bot.store.jobs import INTRODUCE

# One of the two has left already: then there is nothing to say.
GONE = ("not_in_channel", "user_not_in_channel", "channel_not_found")


def register(app: AsyncApp) -> None:
    app.action(MUTE)(mute_here)
    hear(app, "member_joined_channel", hear_invitation)


def is_about_channel(asked: str) -> bool:
    """Whether `/smtp` was asked about the channel: "here", "here quiet", and no pasted sentence."""
    words = asked.lower().split()
    return words[:1] == ["here"] and len(words) <= 2


async def here(command: dict[str, Any], context: AsyncBoltContext, store: Store) -> Message:
    """What `/smtp here` says, and `/smtp here <mode>` does."""
    channel = command["channel_id"]
    if channel.startswith(DIRECT):
        return no_channel()
    _, *wanted = command["text"].lower().split()
    if not wanted:
        setting = await store.channels.setting(workspace(context), channel)
        return behaviour(setting.mode, setting.who) if setting else behaviour(Mode.THREAD)
    if wanted[0] not in list(Mode):
        return no_mode()
    mode = Mode(wanted[0])
    await store.channels.set_mode(
        workspace(context), channel, mode, command["user_id"], f"/smtp here {mode}"
    )
    return now_behaves(mode)


async def mute_here(
    ack: AsyncAck,
    body: dict[str, Any],
    context: AsyncBoltContext,
    respond: AsyncRespond,
    store: Store,
) -> None:
    """Keep silent in the channel from now on, and tell who clicked how to undo it."""
    await ack()
    channel, who = body["channel"]["id"], body["user"]["id"]
    await store.channels.set_mode(workspace(context), channel, Mode.OFF, who, "Mute here")
    await tell(respond, body, muted())


async def hear_invitation(heard: Heard) -> None:
    """Write down that somebody invited the bot."""
    event, inviter = heard.event, heard.event.get("inviter")
    if event["user"] != heard.context.bot_user_id or not inviter:
        return
    place = heard.place(event["channel"], event["event_ts"])
    content = json.dumps({"user": inviter, "is_shared": bool(heard.told_shared)})
    heard.deliverer.do(await heard.store.jobs.begin(place, INTRODUCE, content=content))


async def introduce(work: Work) -> None:
    """Tell who invited the bot, and only them, what it will do."""
    place, content = work.job.place, work.content
    mode = await work.knowing.store.channels.mode(place.team, place.channel)
    try:
        await work.client.chat_postEphemeral(
            channel=place.channel, user=content["user"], **invited(mode, content["is_shared"])
        )
    except SlackApiError as refusal:
        if error_of(refusal) not in GONE:
            raise


ACTS = {INTRODUCE: introduce}
