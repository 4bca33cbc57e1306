"""What somebody's Home shows: gathered from Slack and the store into plain values."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from slack_bolt.async_app import AsyncBoltContext

from bot.render.home import (
    MOST_CHANGES,
    MOST_CHANNELS,
    NOT_TOLD,
    ChangeLine,
    ChannelLine,
    HomeValues,
    Place,
)
from bot.slack.joined import Channel, common_channels
from bot.slack.manners import workspace
from bot.slack.people import Person, person
from bot.smtp.explain import Explainer
from bot.store import Store


async def home_values(
    context: AsyncBoltContext,
    explainer: Explainer,
    store: Store,
    user_id: str,
    place: Place,
    searched: str = "",
    notice: str = "",
) -> HomeValues:
    """All that Home shows to somebody; to a person of another workspace nothing about this one."""
    who, theirs = await asyncio.gather(
        person(context.client, user_id), common_channels(context.client, context.team_id, user_id)
    )
    values = HomeValues(place, explainer.explain(searched) if searched else None)
    if not who.teams:
        return replace(values, notice=notice or NOT_TOLD)
    if not belongs(who, context):
        return values
    team = workspace(context)
    place = on_a_page(place, len(theirs or ()))
    changes = await change_lines(store, team, place) if who.is_admin else None
    return replace(
        values,
        place=place,
        notice=notice or ("" if theirs is not None else NOT_TOLD),
        channels=None if theirs is None else await channel_lines(store, team, theirs, place),
        channel_count=len(theirs or ()),
        # The team's stores are joined here, as the lines that bot/render/home.py describes; titles
        # of entries are in explainer.knowledge.
        notes=(),
        unknowns=(),
        unhelpful=(),
        changes=changes and changes[:MOST_CHANGES],
        has_older_changes=len(changes or ()) > MOST_CHANGES,
    )


def belongs(who: Person, context: AsyncBoltContext) -> bool:
    """Whether somebody is of the workspace, or the organisation, that installed the bot."""
    return workspace(context) in who.teams


def on_a_page(place: Place, channel_count: int) -> Place:
    """The place, on the last page of channels when there are fewer than there were."""
    last = max(0, channel_count - 1) // MOST_CHANNELS
    return replace(place, channels=min(place.channels, last))


async def channel_lines(
    store: Store, team: str, channels: Sequence[Channel], place: Place
) -> list[ChannelLine]:
    """The channels of the page, with their modes."""
    first = place.channels * MOST_CHANNELS
    shown = channels[first : first + MOST_CHANNELS]
    modes = await store.channels.modes(team, [each.id for each in shown])
    return [ChannelLine(each.id, modes.get(each.id), each.is_shared) for each in shown]


async def change_lines(store: Store, team: str, place: Place) -> list[ChangeLine]:
    """The changes of the page, latest first, and one more when there are older ones."""
    found = await store.channels.latest(team, MOST_CHANGES + 1, place.changes * MOST_CHANGES)
    return [ChangeLine(each.channel, each.who, each.what, each.at) for each in found]
