"""Imports point one way: cli, app, slack, render, smtp."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).parents[1] / "bot"
# What each part may import besides the standard library and itself.
ALLOWED = {
    "smtp": {"rapidfuzz"},
    "render": {"bot.smtp", "rich"},
    "slack": {
        *("bot.smtp", "bot.render", "bot.store"),
        *("aiohttp", "slack_bolt", "slack_sdk", "sqlalchemy"),
    },
    "store": {"alembic", "cryptography", "sqlalchemy"},
    "oauth.py": {
        *("bot.render", "bot.settings", "bot.slack", "bot.store", "bot.tokens"),
        *("aiohttp", "slack_bolt", "slack_sdk", "sqlalchemy"),
    },
    "tokens.py": {"bot.slack", "bot.store", "aiohttp", "slack_bolt", "slack_sdk", "sqlalchemy"},
    "door.py": {"aiohttp", "slack_sdk"},
    "settings.py": {"dotenv"},
    "playground": {"aiohttp", "slack_sdk"},
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


@pytest.mark.parametrize("part", ALLOWED)
def test_a_part_imports_only_what_it_may(part: str):
    place = BOT / part
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    assert files, f"{part} is gone; update ALLOWED"
    own = f"bot.{part.removesuffix('.py')}"
    for file in files:
        for name in imports(file):
            if name.split(".")[0] in sys.stdlib_module_names or name.startswith(own):
                continue
            allowed = any(name == each or name.startswith(each + ".") for each in ALLOWED[part])
            assert allowed, f"{file.relative_to(BOT.parent)} imports {name}"


@pytest.mark.parametrize("file", sorted(BOT.rglob("*.py")), ids=lambda f: str(f.relative_to(BOT)))
def test_no_file_is_too_long_to_read(file: Path):
    assert len(file.read_text("utf8").splitlines()) <= 400


@pytest.mark.parametrize("file", sorted(BOT.rglob("*.py")), ids=lambda f: str(f.relative_to(BOT)))
def test_every_module_opens_with_the_thing_it_does(file: Path):
    assert ast.get_docstring(ast.parse(file.read_text("utf8")))
