"""Elements people click and fill in: find them, read what they chose, and say so as Slack does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .records import Json
from .workspace import elements_of

# Where an element's state keeps what was chosen, and under which key it starts out.
STATE_KEYS = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}
CLICKED = {"button", "icon_button", "feedback_buttons", "overflow"}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element with its block."""
    for block in blocks:
        for element in elements_of(block):
            if "action_id" in element:
                yield block, element


def state_values(blocks: list[Json], given: Json) -> Json:
    """`state.values` of a form: what it starts with, overlaid by what a person gave.

    `given` maps action ids to plain values: a text, an option's value, or a list of them.
    """
    values: Json = {}
    for block, element in elements(blocks):
        keys = STATE_KEYS.get(element["type"])
        if keys is None:
            continue
        key, initial = keys
        if element["action_id"] in given:
            chosen = chosen_value(element, given[element["action_id"]])
        else:
            chosen = element.get(initial, [] if key == "selected_options" else None)
        state = {"type": element["type"], key: chosen}
        values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def missing(blocks: list[Json], given: Json) -> list[str]:
    """The blocks of required inputs that are empty; Slack does not let a person submit those."""
    values = state_values(blocks, given)
    found = []
    for block, element in elements(blocks):
        if block["type"] != "input" or block.get("optional") or element["type"] not in STATE_KEYS:
            continue
        key, _ = STATE_KEYS[element["type"]]
        if not values[block["block_id"]][element["action_id"]][key]:
            found.append(block["block_id"])
    return found


def chosen_value(element: Json, value: Any) -> Any:
    """What Slack reports when a person chooses `value`: for an option, all of it."""
    key, _ = STATE_KEYS[element["type"]]
    if key == "selected_option":
        return None if value is None else option(element, value)
    if key == "selected_options":
        return [option(element, one) for one in value]
    return value


def option(element: Json, value: str) -> Json:
    """The option of that value (or label); LookupError when there is none."""
    options = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group["options"]
    for one in options:
        if value in (one.get("value"), one["text"]["text"]):
            return dict(one)
    values = [one.get("value") for one in options]
    raise LookupError(f"no option {value!r}, only {values}")


def labels(element: Json) -> set[str]:
    """What a person may call an element: its action id, its label, its buttons' labels."""
    names = {element["action_id"]}
    if isinstance(element.get("text"), dict):
        names.add(element["text"]["text"])
    for side in ("positive_button", "negative_button"):
        if side in element:
            names |= {side.removesuffix("_button"), element[side]["text"]["text"]}
    return names


def find(blocks: list[Json], name: str, value: Any = None) -> tuple[Json, Json] | None:
    """The element of that label or action id; a button's value tells equal ones apart."""
    for block, element in elements(blocks):
        if name not in labels(element):
            continue
        if value is None or element["type"] not in ("button", "icon_button"):
            return block, element
        if element.get("value") == value:
            return block, element
    return None


def action(block: Json, element: Json, name: str, value: Any, action_ts: str) -> Json:
    """One item of `actions` in a block_actions payload."""
    kind = element["type"]
    done: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": kind}
    if kind in ("button", "icon_button"):
        kept = ("text", "value", "style", "url", "confirm", "icon")
        done |= {key: element[key] for key in kept if key in element}
    elif kind == "feedback_buttons":
        side = _side(element, name, value)
        done |= {"text": element[side]["text"], "value": element[side]["value"]}
    elif kind == "overflow":
        done["selected_option"] = option(element, value)
    else:
        key, initial = STATE_KEYS[kind]
        done[key] = chosen_value(element, value)
        done |= {key: element[key] for key in ("placeholder", initial) if key in element}
    return done | {"action_ts": action_ts}


def _side(element: Json, name: str, value: Any) -> str:
    for side in ("positive_button", "negative_button"):
        button = element[side]
        names = (side.removesuffix("_button"), button["text"]["text"], button["value"])
        if name in names or value in names:
            return side
    raise LookupError(f"say which of the feedback buttons: {labels(element)}")
