"""The Home tab, from plain values: what the bot does, a search, where it is, what a team knows."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from bot.render.blocks import (
    Block,
    View,
    actions,
    button,
    context,
    escaped,
    header,
    modal,
    plain,
    section,
    sections,
)
from bot.render.card import card, condensed
from bot.render.channels import MODES
from bot.render.wording import first_line, times
from bot.smtp.answer import Answer
from bot.smtp.packed import pack

SEARCH = "home_search"  # action ids, as the listeners know them
DETAILS = "home_details"
MODE = "home_mode"  # followed by the id of a channel
PAGE = "home_page"  # followed by what the button leads to

MOST_CHANNELS = 20  # on a page; Slack takes 100 blocks in all
MOST_CHANGES = 20  # on a page
MOST_PAGES = 10_000
MOST_LISTED = 10  # entries of a list that was searched for
MOST_NOTED = 5  # notes, and texts without an answer
LONGEST_QUOTE = 150  # characters of what people wrote


@dataclass(frozen=True)
class Place:
    """What part of Home somebody looks at; it travels with the view and with its buttons.

    Slack keeps what was typed or chosen in inputs as long as they are called the same; `drawn` is
    part of their names, and another one lets them show what is stored.
    """

    channels: int = 0  # pages, the first is 0
    changes: int = 0
    drawn: str = ""

    def packed(self) -> str:
        """As a short text."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpacked(cls, text: str) -> Place:
        """The place that was packed; the beginning for what was packed by another version."""
        try:
            place = cls(**json.loads(text))
            is_fine = all(0 <= page < MOST_PAGES for page in (place.channels, place.changes))
        except (TypeError, ValueError, RecursionError):
            return cls()
        return place if is_fine and isinstance(place.drawn, str) else cls()


@dataclass(frozen=True)
class ChannelLine:
    """A channel and its mode, None where nobody has set one; shared with other organisations?"""

    id: str
    mode: str | None
    is_shared: bool


@dataclass(frozen=True)
class ChangeLine:
    """Who changed what, where and when."""

    channel: str
    who: str
    what: str
    at: datetime.datetime


@dataclass(frozen=True)
class NoteLine:
    """A team's note: the title of its entry, its text, who wrote it and when."""

    title: str
    text: str
    who: str
    at: datetime.datetime


@dataclass(frozen=True)
class UnknownLine:
    """A text that found no answer, masked; how often, and when it was last asked."""

    text: str
    count: int
    at: datetime.datetime


@dataclass(frozen=True)
class UnhelpfulLine:
    """An entry found not helpful: its title, how often, and when that was last said."""

    title: str
    count: int
    at: datetime.datetime


@dataclass(frozen=True)
class HomeValues:
    """All that one person's Home shows.

    `channels` are those of the page, of `channel_count` in all; None where nothing can be said of
    them. `met` has titles of entries, and how often. `changes` is None for who may not see them.
    `notice` tells what went wrong.
    """

    place: Place
    answer: Answer | None = None
    notice: str = ""
    channels: Sequence[ChannelLine] | None = None
    channel_count: int = 0
    met: Sequence[tuple[str, int]] = ()
    notes: Sequence[NoteLine] = ()
    unknowns: Sequence[UnknownLine] = ()
    unhelpful: Sequence[UnhelpfulLine] = ()
    changes: Sequence[ChangeLine] | None = None
    has_older_changes: bool = False


def home(values: HomeValues) -> View:
    """The whole view; what is empty leaves no trace in it."""
    blocks = [
        section(WHAT),
        *search_section(values.answer, values.place),
        *channels_section(values),
        *met_section(values.met),
        *notes_section(values.notes),
        *unknown_section(values.unknowns),
        *unhelpful_section(values.unhelpful),
        *audit_section(values.changes, values.place, values.has_older_changes),
    ]
    return {"type": "home", "private_metadata": values.place.packed(), "blocks": blocks}


WHAT = """\
I say what a mail error means, whether it passes by itself, who can act, and what to do now.
Ask with `/smtp` and a code, a pasted error or a topic, by a mention in a channel, or under \
*Messages*. *Explain SMTP error* in the menu of a message explains that message.\
"""


def search_section(answer: Answer | None, place: Place) -> list[Block]:
    """An input, and the answer to what was searched for; the text itself is not repeated."""
    field = {
        "type": "input",
        "block_id": f"{SEARCH}_{place.drawn}",
        "dispatch_action": True,
        "label": plain("Look up a mail error"),
        "element": {
            "type": "plain_text_input",
            "action_id": SEARCH,
            "placeholder": plain("421, 5.7.x, mailbox full, gmail, or a pasted error"),
            "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
        },
        "hint": plain("Enter looks it up. Only you see the answer; the text is not kept."),
    }
    if answer is None:
        return [field]
    if answer.heading or answer.entry is None:
        return [field, *readable(card(answer, listed=MOST_LISTED)["blocks"])]
    return [field, condensed(answer), actions(button("Details", DETAILS, pack(answer)))]


def details(blocks: Sequence[Block]) -> View:
    """A full card as a modal."""
    return modal("What the error means", readable(blocks))


def readable(blocks: Sequence[Block]) -> list[Block]:
    """Blocks of a message without its buttons, which need the message to answer to."""
    return [block for block in blocks if block["type"] not in ("actions", "context_actions")]


def channels_section(values: HomeValues) -> list[Block]:
    """Where the bot and the person both are, each with its mode to choose."""
    notice = [section(values.notice)] if values.notice else []
    if values.channels is None:
        return [header(CHANNELS), *notice] if notice else []
    if not values.channel_count:
        return [header(CHANNELS), *notice, section(NOWHERE)]
    place, first = values.place, values.place.channels * MOST_CHANNELS
    last = first + len(values.channels)
    blocks = [header(CHANNELS), *notice, *(_channel(one, place) for one in values.channels)]
    if values.channel_count > MOST_CHANNELS:
        blocks.append(context(f"{first + 1} to {last} of {values.channel_count} channels."))
    return [
        *blocks,
        *_pages(
            ("Earlier channels", place.channels > 0, replace(place, channels=place.channels - 1)),
            (
                "More channels",
                last < values.channel_count,
                replace(place, channels=place.channels + 1),
            ),
        ),
    ]


CHANNELS = "Where I am"
NOWHERE = (
    "I am in none of your channels. `/invite @SMTP bot` brings me to one, and there I explain the "
    "SMTP errors that I see."
)
NOT_TOLD = (
    "Slack does not tell me just now which channels we are in. Open this tab again in a minute."
)
NOT_CHECKED = (
    "Nothing has changed, as Slack does not tell me just now whether you are in that channel. "
    "Try again in a minute."
)
NOT_THERE = (
    "Nothing has changed: what I do in a channel is set by its members, and while I am one of them."
)


def _channel(line: ChannelLine, place: Place) -> Block:
    says = f"<#{line.id}>"
    if line.is_shared:
        silent = "" if line.mode else ": silent until set"
        says += f"\nShared with other organisations{silent}"
    mode = line.mode or (None if line.is_shared else "thread")
    options = {name: _option(name) for name in MODES}
    select = {
        "type": "static_select",
        "action_id": f"{MODE}_{line.id}",
        "placeholder": plain("silent until set"),
        "options": list(options.values()),
    }
    if mode:
        select["initial_option"] = options[mode]
    return section(says) | {"block_id": f"{line.id}_{place.drawn}", "accessory": select}


def _option(mode: str) -> Block:
    return {"text": plain(mode), "value": mode, "description": plain(MODES[mode])}


def _pages(*buttons: tuple[str, bool, Place]) -> list[Block]:
    """Buttons to other pages: label, whether there is such a page, and where it is."""
    shown = [
        button(label, f"{PAGE}_{label.lower().replace(' ', '_')}", place.packed())
        for label, is_there, place in buttons
        if is_there
    ]
    return [actions(*shown)] if shown else []


def met_section(met: Sequence[tuple[str, int]]) -> list[Block]:
    """What was spotted in the channels of the team lately: titles of entries, and how often."""
    return _listed(
        "Met in the last seven days",
        [f"• {escaped(title)} ({times(count)})" for title, count in met],
    )


def notes_section(notes: Sequence[NoteLine]) -> list[Block]:
    """What the team noted, the first few as given."""
    return _listed(
        "Notes of this team",
        [
            f"• *{escaped(note.title)}*: {_quoted(note.text)} (<@{note.who}>, {when(note.at)})"
            for note in notes
        ],
    )


def unknown_section(unknowns: Sequence[UnknownLine]) -> list[Block]:
    """What found no answer lately, the first few as given."""
    return _listed(
        "What I could not explain lately",
        [
            f"• `{_quoted(unknown.text).replace('`', chr(39))}` "
            f"({times(unknown.count)}, last {when(unknown.at)})"
            for unknown in unknowns
        ],
        "Do you know what one of these means? Add a note, and your team reads it next time.",
    )


def unhelpful_section(unhelpful: Sequence[UnhelpfulLine]) -> list[Block]:
    """What was found not helpful, the first few as given."""
    return _listed(
        "Found not helpful",
        [
            f"• {escaped(each.title)} ({times(each.count)}, last {when(each.at)})"
            for each in unhelpful
        ],
        "Do you know better? Add a note, and your team reads it next time.",
    )


def audit_section(
    changes: Sequence[ChangeLine] | None, place: Place, has_older: bool
) -> list[Block]:
    """The audit trail for admins; nothing for others."""
    if changes is None:
        return []
    told = [
        f"{when(change.at)}: <@{change.who}> in <#{change.channel}>: {escaped(change.what)}"
        for change in changes
    ]
    return [
        header("Who changed what"),
        context("Only admins of this workspace see this."),
        *(sections(told) or [section("Nobody has changed anything yet.")]),
        *_pages(
            ("Newer changes", place.changes > 0, replace(place, changes=place.changes - 1)),
            ("Older changes", has_older, replace(place, changes=place.changes + 1)),
        ),
    ]


def _listed(title: str, told: list[str], hint: str = "") -> list[Block]:
    if not told:
        return []
    more = [f"And {len(told) - MOST_NOTED} more."] if told[MOST_NOTED:] else []
    small_print = " ".join([*more, *([hint] if hint else [])])
    # Nothing in what people wrote becomes a link by itself.
    lines = [
        block | {"text": block["text"] | {"verbatim": True}}
        for block in sections(told[:MOST_NOTED])
    ]
    return [
        header(title),
        *lines,
        *([context(small_print)] if small_print else []),
    ]


def when(at: datetime.datetime) -> str:
    """A moment as Slack shows it, in the reader's zone.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    fallback = at.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"


def _quoted(text: str) -> str:
    """The first line of what people wrote, with nothing in it that works."""
    return escaped(first_line(text, LONGEST_QUOTE))
