"""views.*: modals and Home."""

from __future__ import annotations

from ..core import Core
from ..records import Json, View
from ..tickets import SlackError
from ..views import Views
from ..workspace import BOT
from .base import Arguments, Method


def open_view(core: Core, arguments: Arguments) -> Json:
    """views.open: within three seconds of the click, once."""
    arguments.need("view")
    user = core.tickets.redeem(_trigger(arguments))
    return _answer(Views(core).open(user, arguments.get("view")))


def push(core: Core, arguments: Arguments) -> Json:
    """views.push: above the open modal."""
    arguments.need("view")
    user = core.tickets.redeem(_trigger(arguments))
    return _answer(Views(core).push(user, arguments.get("view")))


def update(core: Core, arguments: Arguments) -> Json:
    """views.update: by view_id or external_id; with `hash` only if nothing changed meanwhile."""
    arguments.need("view")
    views = Views(core)
    view = views.find(arguments.text("view_id"), arguments.text("external_id"))
    return _answer(views.update(view, arguments.get("view"), arguments.text("hash")))


def publish(core: Core, arguments: Arguments) -> Json:
    """views.publish: the Home view of one person."""
    arguments.need("user_id", "view")
    user = arguments.text("user_id")
    if user not in core.workspace.people:
        raise SlackError("user_not_found")
    return _answer(Views(core).publish(user, arguments.get("view"), arguments.text("hash")))


def _trigger(arguments: Arguments) -> str:
    trigger = arguments.text("trigger_id") or arguments.text("interactivity_pointer")
    if not trigger:
        arguments.need("trigger_id")
    return trigger


def _answer(view: View) -> Json:
    return {"ok": True, "view": view.as_slack(BOT.bot_id)}


METHODS = {
    "views.open": Method(open_view),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
