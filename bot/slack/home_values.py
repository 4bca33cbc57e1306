"""What somebody's Home shows: gathered from Slack and the store into plain values."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Sequence
from dataclasses import replace

from slack_bolt.async_app import AsyncBoltContext

from bot.render.feedback import NOT_HELPFUL
from bot.render.home import (
    MOST_CHANGES,
    MOST_CHANNELS,
    MOST_NOTED,
    NOT_TOLD,
    ChangeLine,
    ChannelLine,
    HomeValues,
    NoteLine,
    Place,
    UnhelpfulLine,
    UnknownLine,
)
from bot.render.notes import title_of
from bot.slack.joined import Channel, common_channels
from bot.slack.manners import workspace
from bot.slack.people import Person, person
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge
from bot.store import Store
from bot.store.tables import WEEK

MOST_ASKED = 50  # of what could not be explained


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
        met=[
            (title_of(entry, explainer.knowledge), times)
            for entry, times in (await store.counts.lately(team, WEEK, MOST_NOTED)).items()
        ],
        notes=await note_lines(store, team, explainer.knowledge),
        unknowns=[
            UnknownLine(each.masked, each.count, each.at)
            for each in await store.unknown.lately(team, MOST_ASKED)
        ],
        unhelpful=await unhelpful_lines(store, team, explainer.knowledge),
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


async def note_lines(store: Store, team: str, knowledge: Knowledge) -> list[NoteLine]:
    """The team's notes, latest first."""
    return [
        NoteLine(title_of(note.entry, knowledge), note.text, note.who, note.at)
        for note in await store.notes.all(team)
    ]


async def unhelpful_lines(store: Store, team: str, knowledge: Knowledge) -> list[UnhelpfulLine]:
    """What people of the team found not helpful, the most frequent first."""
    found: dict[str, list[datetime.datetime]] = {}
    for each in await store.feedback.given(team):
        if each.verdict == NOT_HELPFUL:
            found.setdefault(each.entry, []).append(each.at)
    lines = [
        UnhelpfulLine(title_of(entry, knowledge), len(times), max(times))
        for entry, times in found.items()
    ]
    return sorted(lines, key=lambda line: (-line.count, line.title))


async def change_lines(store: Store, team: str, place: Place) -> list[ChangeLine]:
    """The changes of the page, latest first, and one more when there are older ones."""
    found = await store.channels.latest(team, MOST_CHANGES + 1, place.changes * MOST_CHANGES)
    return [ChangeLine(each.channel, each.who, each.what, each.at) for each in found]
