"""Refuse what Slack would refuse: blocks and views of the wrong shape, count or length.

The rules are Slack's Block Kit reference. Slack also refuses keys it does not know, so each kind
of block and element lists its keys here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .records import Json

BLOCKS: dict[str, set[str]] = {
    "section": {"text", "fields", "accessory", "expand"},
    "divider": set(),
    "header": {"text", "level"},
    "context": {"elements"},
    "actions": {"elements"},
    "context_actions": {"elements"},
    "rich_text": {"elements"},
    "image": {"image_url", "slack_file", "alt_text", "title"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
    "markdown": {"text"},
    "table": {"rows", "column_settings"},
}
NOT_IN_VIEWS = {"context_actions", "markdown", "table"}

_SELECT = {"placeholder", "confirm", "focus_on_load"}
_OPTIONS = {"options", "option_groups"}
_TYPED = {"initial_value", "placeholder", "focus_on_load", "dispatch_action_config"}
ELEMENTS: dict[str, set[str]] = {
    "button": {"text", "value", "url", "style", "confirm", "accessibility_label"},
    "icon_button": {
        "icon",
        "text",
        "value",
        "confirm",
        "accessibility_label",
        "visible_to_user_ids",
    },
    "feedback_buttons": {"positive_button", "negative_button"},
    "overflow": {"options", "confirm"},
    "static_select": {*_SELECT, *_OPTIONS, "initial_option"},
    "multi_static_select": {*_SELECT, *_OPTIONS, "initial_options", "max_selected_items"},
    "users_select": {*_SELECT, "initial_user"},
    "channels_select": {*_SELECT, "initial_channel", "response_url_enabled"},
    "conversations_select": {
        *_SELECT,
        "initial_conversation",
        "default_to_current_conversation",
        "response_url_enabled",
        "filter",
    },
    "checkboxes": {"options", "initial_options", "confirm", "focus_on_load"},
    "radio_buttons": {"options", "initial_option", "confirm", "focus_on_load"},
    "plain_text_input": {*_TYPED, "multiline", "min_length", "max_length"},
    "number_input": {*_TYPED, "is_decimal_allowed", "min_value", "max_value"},
    "email_text_input": _TYPED,
    "url_text_input": _TYPED,
    "datepicker": {*_SELECT, "initial_date"},
    "timepicker": {*_SELECT, "initial_time", "timezone"},
}
INPUTS = set(ELEMENTS) - {"button", "icon_button", "feedback_buttons", "overflow"}
TYPED_INPUTS = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
HOLDERS: dict[str, set[str]] = {
    "actions": set(ELEMENTS) - TYPED_INPUTS - {"icon_button", "feedback_buttons"},
    "context_actions": {"icon_button", "feedback_buttons"},
    "section": set(ELEMENTS) - TYPED_INPUTS - {"icon_button", "feedback_buttons"} | {"image"},
    "input": INPUTS,
}
RICH_TEXT = {
    "rich_text_section": set(),
    "rich_text_preformatted": {"border", "language"},
    "rich_text_quote": {"border"},
    "rich_text_list": {"style", "indent", "offset", "border"},
}
RICH_LEAVES: dict[str, set[str]] = {
    "text": {"text", "style"},
    "link": {"url", "text", "unsafe", "style"},
    "emoji": {"name", "unicode", "skin_tone", "style"},
    "user": {"user_id", "style"},
    "channel": {"channel_id", "style"},
    "usergroup": {"usergroup_id", "style"},
    "broadcast": {"range", "style"},
    "date": {"timestamp", "format", "url", "fallback", "style"},
    "color": {"value"},
}


def problems_of_blocks(
    blocks: Any, *, most: int = 50, refused: Collection[str] = (), in_view: bool = False
) -> list[str]:
    """What Slack would hold against these blocks; empty when it would take them."""
    checker = _Checker(refused, in_view)
    checker.blocks(blocks, most)
    return checker.problems


def problems_of_view(view: Any, refused: Collection[str] = ()) -> list[str]:
    """What Slack would hold against this view; empty when it would take it."""
    checker = _Checker(refused, in_view=True)
    checker.view(view)
    return checker.problems


class _Checker:
    def __init__(self, refused: Collection[str], in_view: bool) -> None:
        self.refused = refused
        self.in_view = in_view
        self.problems: list[str] = []

    def complain(self, what: str, where: str) -> None:
        self.problems.append(f"[ERROR] {what} [json-pointer:{where}]")

    def keys(self, thing: Json, known: set[str], where: str) -> None:
        for key in thing.keys() - known:
            self.complain(f"invalid additional property: {key}", where)

    def view(self, view: Any) -> None:
        if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
            self.complain("must provide a view of type modal or home", "/view")
            return
        known = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
        if view["type"] == "modal":
            known |= {"title", "submit", "close", "clear_on_close", "notify_on_close"}
            known |= {"submit_disabled"}
            self.text(view.get("title"), 24, "/view/title", {"plain_text"})
            for button in ("submit", "close"):
                if button in view:
                    self.text(view[button], 24, f"/view/{button}", {"plain_text"})
            if "submit" not in view and _has_input(view.get("blocks")):
                self.complain("a submit button is required with input blocks", "/view")
        self.keys(view, known, "/view")
        self.length(view.get("private_metadata", ""), 3000, "/view/private_metadata")
        self.length(view.get("callback_id", ""), 255, "/view/callback_id")
        self.blocks(view.get("blocks"), 100)

    def blocks(self, blocks: Any, most: int) -> None:
        if not isinstance(blocks, list):
            self.complain("must be an array", "/blocks")
            return
        if len(blocks) > most:
            self.complain(f"no more than {most} items allowed", "/blocks")
        ids: set[Any] = set()
        for number, block in enumerate(blocks):
            where = f"/blocks/{number}"
            if not isinstance(block, dict):
                self.complain("must be an object", where)
                continue
            block_id = block.get("block_id")
            if block_id is not None and block_id in ids:
                self.complain(f"block_id {block_id!r} already exists", where)
            ids.add(block_id)
            self.block(block, where)

    def block(self, block: Json, where: str) -> None:
        kind = block.get("type")
        known = BLOCKS.get(str(kind))
        if known is None or kind in self.refused or (self.in_view and kind in NOT_IN_VIEWS):
            self.complain(f"unsupported type: {kind}", f"{where}/type")
            return
        self.keys(block, known | {"type", "block_id"}, where)
        self.length(block.get("block_id", ""), 255, f"{where}/block_id")
        check = getattr(self, f"_{kind}", None)
        if check is not None:
            check(block, where)

    def _section(self, block: Json, where: str) -> None:
        if "text" not in block and "fields" not in block:
            self.complain("either text or fields is required", where)
        if "text" in block:
            self.text(block["text"], 3000, f"{where}/text")
        if "fields" in block:
            self.count(block["fields"], 10, f"{where}/fields")
            for number, one in enumerate(block["fields"]):
                self.text(one, 2000, f"{where}/fields/{number}")
        if "accessory" in block:
            self.elements([block["accessory"]], "section", f"{where}/accessory")

    def _header(self, block: Json, where: str) -> None:
        self.text(block.get("text"), 150, f"{where}/text", {"plain_text"})

    def _markdown(self, block: Json, where: str) -> None:
        self.length(block.get("text"), 12000, f"{where}/text", least=1)

    def _context(self, block: Json, where: str) -> None:
        self.count(block.get("elements"), 10, f"{where}/elements")
        for number, element in enumerate(block.get("elements") or []):
            here = f"{where}/elements/{number}"
            if isinstance(element, dict) and element.get("type") == "image":
                self.image(element, here)
            else:
                self.text(element, 3000, here)

    def _actions(self, block: Json, where: str) -> None:
        self.count(block.get("elements"), 25, f"{where}/elements")
        self.elements(block.get("elements"), "actions", f"{where}/elements")

    def _context_actions(self, block: Json, where: str) -> None:
        self.count(block.get("elements"), 5, f"{where}/elements")
        self.elements(block.get("elements"), "context_actions", f"{where}/elements")

    def _input(self, block: Json, where: str) -> None:
        self.text(block.get("label"), 2000, f"{where}/label", {"plain_text"})
        if "hint" in block:
            self.text(block["hint"], 2000, f"{where}/hint", {"plain_text"})
        self.elements([block.get("element")], "input", f"{where}/element")

    def _image(self, block: Json, where: str) -> None:
        self.image(block, where)
        if "title" in block:
            self.text(block["title"], 2000, f"{where}/title", {"plain_text"})

    def _rich_text(self, block: Json, where: str) -> None:
        self.count(block.get("elements"), 1000, f"{where}/elements")
        for number, element in enumerate(block.get("elements") or []):
            self.rich(element, f"{where}/elements/{number}")

    def rich(self, element: Any, where: str) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in RICH_TEXT:
            self.complain(f"unsupported type: {kind}", where)
            return
        self.keys(element, RICH_TEXT[kind] | {"type", "elements"}, where)
        if kind == "rich_text_list" and element.get("style") not in ("bullet", "ordered"):
            self.complain("style must be bullet or ordered", where)
        parts = element.get("elements")
        for number, part in enumerate(parts if isinstance(parts, list) else [None]):
            here = f"{where}/elements/{number}"
            if kind == "rich_text_list":
                self.rich(part, here)
            else:
                self.leaf(part, here)

    def leaf(self, part: Any, where: str) -> None:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in RICH_LEAVES:
            self.complain(f"unsupported type: {kind}", where)
            return
        self.keys(part, RICH_LEAVES[kind] | {"type"}, where)
        if kind == "text":
            self.length(part.get("text"), 40000, f"{where}/text", least=1)

    def elements(self, elements: Any, holder: str, where: str) -> None:
        seen: set[Any] = set()
        for number, element in enumerate(elements if isinstance(elements, list) else []):
            here = where if holder in ("section", "input") else f"{where}/{number}"
            kind = element.get("type") if isinstance(element, dict) else None
            if kind not in HOLDERS[holder]:
                self.complain(f"unsupported type: {kind}", here)
                continue
            if kind == "image":
                self.image(element, here)
                continue
            action_id = element.get("action_id")
            if action_id is not None and action_id in seen:
                self.complain(f"action_id {action_id!r} already exists", here)
            seen.add(action_id)
            self.element(element, here)

    def element(self, element: Json, where: str) -> None:
        kind = element["type"]
        self.keys(element, ELEMENTS[kind] | {"type", "action_id"}, where)
        self.length(element.get("action_id", ""), 255, f"{where}/action_id")
        if kind in ("button", "icon_button"):
            self.text(element.get("text"), 75, f"{where}/text", {"plain_text"})
            self.length(element.get("value", ""), 2000, f"{where}/value")
            self.length(element.get("url", ""), 3000, f"{where}/url")
            self.length(element.get("accessibility_label", ""), 75, f"{where}/accessibility_label")
            if element.get("style", "primary") not in ("primary", "danger"):
                self.complain("style must be primary or danger", f"{where}/style")
        if kind == "feedback_buttons":
            for side in ("positive_button", "negative_button"):
                self.feedback(element.get(side), f"{where}/{side}")
        if kind in ("overflow", "checkboxes", "radio_buttons"):
            self.options(element.get("options"), 5 if kind == "overflow" else 10, where)
        if kind in ("static_select", "multi_static_select"):
            if ("options" in element) == ("option_groups" in element):
                self.complain("either options or option_groups is required", where)
            if "options" in element:
                self.options(element["options"], 100, where)
            chosen = element.get("initial_option")
            if chosen is not None and chosen not in _all_options(element):
                self.complain("initial_option must be one of the options", where)
        if kind == "checkboxes" and "initial_options" in element:
            self.chosen(element, where)
        if kind == "plain_text_input":
            most = element.get("max_length", 3000)
            self.length(element.get("initial_value", ""), most, f"{where}/initial_value")
        if "placeholder" in element:
            self.text(element["placeholder"], 150, f"{where}/placeholder", {"plain_text"})
        if "confirm" in element:
            self.confirm(element["confirm"], f"{where}/confirm")

    def feedback(self, button: Any, where: str) -> None:
        if not isinstance(button, dict):
            self.complain("missing required field", where)
            return
        self.keys(button, {"text", "value", "accessibility_label"}, where)
        self.text(button.get("text"), 75, f"{where}/text", {"plain_text"})
        self.length(button.get("value"), 2000, f"{where}/value", least=1)
        self.length(button.get("accessibility_label", ""), 75, f"{where}/accessibility_label")

    def options(self, options: Any, most: int, where: str) -> None:
        self.count(options, most, f"{where}/options")
        for number, option in enumerate(options if isinstance(options, list) else []):
            here = f"{where}/options/{number}"
            self.keys(option, {"text", "value", "description", "url"}, here)
            self.text(option.get("text"), 75, f"{here}/text")
            self.length(option.get("value"), 150, f"{here}/value", least=1)
            if "description" in option:
                self.text(option["description"], 75, f"{here}/description")

    def chosen(self, element: Json, where: str) -> None:
        chosen = element["initial_options"]
        self.count(chosen, 10, f"{where}/initial_options")
        if any(option not in element.get("options", []) for option in chosen):
            self.complain("initial_options must be among the options", f"{where}/initial_options")

    def confirm(self, confirm: Json, where: str) -> None:
        self.keys(confirm, {"title", "text", "confirm", "deny", "style"}, where)
        for part, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            self.text(confirm.get(part), most, f"{where}/{part}")

    def image(self, image: Json, where: str) -> None:
        if not image.get("image_url") and not image.get("slack_file"):
            self.complain("image_url or slack_file is required", where)
        self.length(image.get("alt_text"), 2000, f"{where}/alt_text", least=1)

    def text(
        self, text: Any, most: int, where: str, kinds: Collection[str] = ("plain_text", "mrkdwn")
    ) -> None:
        if not isinstance(text, dict) or text.get("type") not in kinds:
            self.complain(f"must be a text object of type {' or '.join(sorted(kinds))}", where)
            return
        extra = {"emoji"} if text["type"] == "plain_text" else {"verbatim"}
        self.keys(text, extra | {"type", "text"}, where)
        self.length(text.get("text"), most, f"{where}/text", least=1)

    def length(self, text: Any, most: int, where: str, least: int = 0) -> None:
        if not isinstance(text, str):
            self.complain("must be a string", where)
        elif len(text) > most:
            self.complain(f"must be less than {most + 1} characters", where)
        elif len(text) < least:
            self.complain(f"must be more than {least - 1} characters", where)

    def count(self, things: Any, most: int, where: str) -> None:
        if not isinstance(things, list) or not things:
            self.complain("no fewer than 1 items allowed", where)
        elif len(things) > most:
            self.complain(f"no more than {most} items allowed", where)


def _has_input(blocks: Any) -> bool:
    return isinstance(blocks, list) and any(
        isinstance(block, dict) and block.get("type") == "input" for block in blocks
    )


def _all_options(element: Json) -> list[Json]:
    groups = [group.get("options", []) for group in element.get("option_groups", [])]
    return [*element.get("options", []), *(option for group in groups for option in group)]
