"""The app manifest, as Slack is given it: for Socket Mode, or for HTTP at an address."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# In the wheel it lies in the package, in a checkout beside it.
PLACES = (Path(__file__).with_name("manifest.yml"), Path(__file__).parents[1] / "manifest.yml")
EVENTS_PATH, REDIRECT_PATH = "/slack/events", "/slack/oauth_redirect"  # Bolt's own


class ManifestError(ValueError):
    """What is wrong with manifest.yml or an address for it, in one sentence."""


def manifest() -> dict[str, Any]:
    """What manifest.yml says. Raises ManifestError when it is gone or cannot be read."""
    for place in PLACES:
        if place.is_file():
            return read(place.read_text("utf8"))
    raise ManifestError("manifest.yml is missing; it belongs beside README.md.")


def over_http(asked: dict[str, Any], url: str) -> dict[str, Any]:
    """The manifest for a bot that serves HTTP at this public address, not Socket Mode.

    Raises ManifestError when Slack would not take the address.
    """
    if not re.fullmatch(r"https://[^\s/?#]+(?:/[^\s?#]*)?", url):
        raise ManifestError(f'"{url}" should begin with https://, as in https://bot.example.com.')
    made, url = copy.deepcopy(asked), url.rstrip("/")
    settings = made["settings"]
    settings["socket_mode_enabled"] = False
    for part in ("event_subscriptions", "interactivity"):
        settings[part]["request_url"] = url + EVENTS_PATH
    for command in made["features"].get("slash_commands", []):
        command["url"] = url + EVENTS_PATH
    made["oauth_config"]["redirect_urls"] = [url + REDIRECT_PATH]
    return made


def printed(url: str | None, as_json: bool) -> str:
    """What `python -m bot manifest` prints; raises ManifestError."""
    asked = over_http(manifest(), url) if url else manifest()
    return json.dumps(asked, indent=2, ensure_ascii=False) if as_json else as_yaml(asked)


def as_yaml(value: dict[str, Any]) -> str:
    """A manifest as YAML, every text in quotes."""
    return "\n".join(_written(value, ""))


def _written(value: Any, indent: str) -> Iterator[str]:
    pairs = value.items() if isinstance(value, dict) else (("-", each) for each in value)
    for name, part in pairs:
        mark = name if name == "-" else f"{_key(name)}:"
        if not part or not isinstance(part, dict | list):
            yield f"{indent}{mark} {json.dumps(part, ensure_ascii=False)}"
        elif name == "-":
            first, *rest = _written(part, f"{indent}  ")
            yield from (f"{indent}- {first.lstrip()}", *rest)
        else:
            yield f"{indent}{mark}"
            yield from _written(part, f"{indent}  ")


def _key(name: str) -> str:
    return json.dumps(name) if name in _NO_WORDS else name


def read(text: str) -> dict[str, Any]:
    """The part of YAML that the manifest is written in; PyYAML is for the tests only.

    That is: maps, lists, words with or without quotes, `>-` paragraphs and comments. Raises
    ManifestError naming the line that is anything else.
    """
    return _Lines(text).map(0)


_NO_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")  # YAML 1.1, 10.3
_KEY = re.compile(r"(?P<key>[\w.-]+|\"[^\"]*\"):(?:\s+(?P<rest>.+))?")
_QUOTED = re.compile(r"(\"(?:[^\"\\]|\\.)*\")(?:\s+#.*)?")
_FLOW = re.compile(r"\[((?:\s*[\w.:-]+\s*,)*\s*[\w.:-]+\s*)\]")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "{}": {}, "[]": []}


class _Lines:
    """The lines that hold something, with their indents, and how far they are read."""

    def __init__(self, text: str) -> None:
        self._lines = [
            (number, len(line) - len(line.lstrip()), line.strip())
            for number, line in enumerate(text.splitlines(), 1)
            if line.strip() and not line.lstrip().startswith("#")
        ]

    def block(self, indent: int) -> Any:
        """What stands at this indent: a map, or a list."""
        return self._list(indent) if self._text.startswith("- ") else self.map(indent)

    @property
    def _indent(self) -> int:
        return self._lines[0][1] if self._lines else -1

    @property
    def _text(self) -> str:
        return self._lines[0][2] if self._lines else ""

    def _list(self, indent: int) -> list[Any]:
        found: list[Any] = []
        while self._indent == indent and self._text.startswith("- "):
            number, _, text = self._lines[0]
            item = text.removeprefix("- ").lstrip()
            if _KEY.fullmatch(item):
                self._lines[0] = (number, indent + 2, item)
                found.append(self.map(indent + 2))
            else:
                self._lines.pop(0)
                found.append(_scalar(item, number))
        return found

    def map(self, indent: int) -> dict[str, Any]:
        """Names and what stands under them, down to the next line that is further left."""
        found: dict[str, Any] = {}
        while self._indent == indent and (pair := _KEY.fullmatch(self._text)):
            number, _, _ = self._lines.pop(0)
            key, rest = pair["key"].strip('"'), _without_comment(pair["rest"] or "")
            if rest == ">-":
                found[key] = self._paragraph(indent)
            elif rest:
                found[key] = _scalar(rest, number)
            elif self._indent < indent or (self._indent == indent and self._text[0] != "-"):
                found[key] = None
            else:
                found[key] = self.block(self._indent)
        if self._indent >= indent:
            raise _unread(self._lines[0][0], self._text)
        return found

    def _paragraph(self, indent: int) -> str:
        words = []
        while self._indent > indent:
            words.append(self._lines.pop(0)[2])
        return " ".join(words)


def _scalar(text: str, number: int) -> Any:
    text = _without_comment(text)
    if text in _WORDS:
        return _WORDS[text]
    if text.startswith('"'):
        return json.loads(text)
    if flow := _FLOW.fullmatch(text):
        return [_scalar(each.strip(), number) for each in flow[1].split(",")]
    if text[0] in "'{[&*!|>%@`":
        raise _unread(number, text)
    return int(text) if text.isdecimal() else text


def _without_comment(text: str) -> str:
    if quoted := _QUOTED.fullmatch(text):
        return quoted[1]
    return "" if text.startswith("#") else re.split(r"\s+#", text, maxsplit=1)[0].rstrip()


def _unread(number: int, text: str) -> ManifestError:
    return ManifestError(f'manifest.yml, line {number}: "{text}" is more YAML than we read here.')
