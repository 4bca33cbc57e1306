"""Notes that a team adds to entries: looked up for answers, written in a form, listed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import error_of
from bot.render import notes as render
from bot.render.blocks import Message, View
from bot.render.card import Notes
from bot.render.wording import sure_enough
from bot.slack.manners import workspace
from bot.slack.people import is_admin, person
from bot.slack.sharing import Conversation, conversation
from bot.smtp.answer import Answer
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge
from bot.store import Note, NoteChanged, NoteLocked, Store
from bot.store.notes import on_record

# Characters that only tell a screen what to do; those of direction would turn what follows, too.
_UNSEEN: dict[int, str | None] = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0))),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
    ord("\n"): "\n",
    ord("\t"): " ",
}
CLOSED = "not_found"  # what views.update says of a modal that the person has closed meanwhile


def register(app: AsyncApp) -> None:
    app.action(render.NOTE)(open_form)
    app.view(render.SAVE)(save_note)


async def notes_for(
    store: Store,
    where: Conversation,
    answers: Sequence[Answer],
    *,
    for_all: bool = False,
    explainer: Explainer | None = None,
) -> Notes | None:
    """The team's notes on what these answers explain; None where notes must not be shown.

    In messages `for_all` to read, authors are named, as a mention would notify them. With an
    `explainer`, the note on a text that the first answer does not surely explain is among them.
    """
    about = [answer.entry.id for answer in answers if answer.entry]
    unexplained = _unexplained(answers, explainer)
    if not (about or unexplained) or await where.is_shared():
        return None
    notes = await store.notes.of(where.team, [*about, unexplained])
    if for_all:
        authors = {note.who: await person(where.client, note.who) for note in notes.values()}
        notes = {key: replace(note, name=authors[note.who].name) for key, note in notes.items()}
    if unexplained:
        notes[render.UNEXPLAINED] = notes.get(unexplained, Note(unexplained))
    return notes


def _unexplained(answers: Sequence[Answer], explainer: Explainer | None) -> str:
    """The masked form of what the first answer does not surely explain, else ""."""
    if explainer is None or not answers or answers[0].heading or sure_enough(answers[0]):
        return ""
    return explainer.masked(answers[0])


def is_about_notes(asked: str) -> bool:
    """Whether `/smtp` was asked for the list of notes."""
    return asked.lower() == "notes"


async def list_notes(where: Conversation, store: Store, knowledge: Knowledge) -> Message:
    """What `/smtp notes` says."""
    if await where.is_shared():
        return render.not_listed()
    notes = await store.notes.all(where.team)
    titles = {note.entry: render.title_of(note.entry, knowledge) for note in notes}
    return render.listing(notes, titles)


async def open_form(
    ack: AsyncAck,
    action: dict[str, Any],
    body: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    explainer: Explainer,
    store: Store,
) -> None:
    """Open a modal at once, as the click allows that for three seconds only; then fill it."""
    await ack()
    opened = await client.views_open(trigger_id=body["trigger_id"], view=render.waiting())
    about = action.get("value") or ""
    if explainer.knowledge.get(about) is None and not render.is_masked(about):
        view = render.outdated()
    elif await conversation(context, body).is_shared():
        view = render.not_here()
    else:
        note = await store.notes.latest(workspace(context), about)
        may = await is_admin(client, body["user"]["id"])
        view = await form_for(note, _place(body), context, explainer.knowledge, store, may)
    try:
        await client.views_update(view_id=opened["view"]["id"], view=view)
    except SlackApiError as refusal:
        if error_of(refusal) != CLOSED:
            raise


async def form_for(
    note: Note,
    place: dict[str, str],
    context: AsyncBoltContext,
    knowledge: Knowledge,
    store: Store,
    may: bool,
    mine: Note | None = None,
) -> View:
    """The form for a note as it is now; `may` is whether it is for an admin."""
    return render.form(
        render.title_of(note.entry, knowledge),
        note,
        await store.notes.history(workspace(context), note.entry),
        place,
        is_admin=may,
        mine=mine,
    )


def _place(body: dict[str, Any]) -> dict[str, str]:
    """Where the button stands, for the reply to who saves."""
    return {
        "channel": body["channel"]["id"],
        "thread": body.get("container", {}).get("thread_ts", ""),
        "url": body["response_url"],
    }


async def save_note(
    ack: AsyncAck,
    view: dict[str, Any],
    context: AsyncBoltContext,
    client: AsyncWebClient,
    explainer: Explainer,
    store: Store,
) -> None:
    """Save what the form says, unless it is locked or changed meanwhile; tell who saved it."""
    place = json.loads(view["private_metadata"])
    entry_id, version = place.pop("entry"), place.pop("version")
    text, locked = _filled_in(view["state"]["values"])
    if len(text) > render.LONGEST:
        await ack(response_action="errors", errors={render.TEXT: render.TOO_LONG})
        return
    team, who = workspace(context), context.user_id or ""
    may = await is_admin(client, who)
    try:
        done = await store.notes.save(
            team, entry_id, text, who, version=version, is_admin=may, locked=locked
        )
    except NoteLocked:
        await ack(response_action="errors", errors={render.TEXT: render.LOCKED})
        return
    except NoteChanged as change:
        now = change.now
        mine = replace(now, text=text, locked=now.locked if locked is None else locked)
        form = await form_for(now, place, context, explainer.knowledge, store, may, mine)
        await ack(response_action="update", view=form)
        return
    if done:
        await store.channels.note(team, place["channel"], who, on_record(entry_id, done))
    await ack()
    title = render.title_of(entry_id, explainer.knowledge)
    await _tell(client, who, place, render.saved(title, done))


def _filled_in(values: dict[str, Any]) -> tuple[str, bool | None]:
    """The text of a submitted form, and whether it is to be locked; None where that was not asked.

    Of the text stays what people can see.
    """
    typed = values[render.TEXT][render.TEXT]["value"] or ""
    text = typed.translate(_UNSEEN).strip()
    if render.LOCK not in values:
        return text, None
    return text, bool(values[render.LOCK][render.LOCK]["selected_options"])


async def _tell(client: AsyncWebClient, who: str, place: dict[str, str], message: Message) -> None:
    """Reply where the button stands, for this person only; directly when that is not possible.

    Slack takes responses for half an hour after the click, and people may write for longer.
    """
    respond = AsyncRespond(response_url=place["url"])
    taken = await respond(
        **message,
        thread_ts=place["thread"] or None,
        response_type="ephemeral",
        replace_original=False,
    )
    if taken.status_code != HTTPStatus.OK:
        await client.chat_postMessage(channel=who, **message)
