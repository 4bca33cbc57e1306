"""Imports point one way: cli, app, slack, render, smtp."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BOT = Path(__file__).parents[1] / "bot"
# What each part may import besides the standard library and itself.
ALLOWED: dict[str, set[str]] = {
    "smtp": {"rapidfuzz"},
    "render": {"bot.smtp", "bot.store.notes", "rich"},
    "slack": {
        *("bot.smtp", "bot.render", "bot.store", "bot.logs", "bot.metrics", "bot.observed"),
        *("aiohttp", "slack_bolt", "slack_sdk", "sqlalchemy", "structlog"),
    },
    "store": {"alembic", "cryptography", "sqlalchemy"},
    "oauth.py": {
        *("bot.logs", "bot.render", "bot.settings", "bot.slack", "bot.store", "bot.tokens"),
        *("aiohttp", "slack_bolt", "slack_sdk", "sqlalchemy"),
    },
    "tokens.py": {
        *("bot.logs", "bot.slack", "bot.store"),
        *("aiohttp", "slack_bolt", "slack_sdk", "sqlalchemy"),
    },
    "settings.py": {"dotenv", "sqlalchemy"},
    "sweeping.py": {"bot.logs", "bot.store", "sqlalchemy", "structlog"},
    "manifest.py": set(),
    "logs.py": {"slack_sdk", "structlog"},
    "metrics.py": {"bot.smtp", "prometheus_client"},
    "incoming.py": {"bot.smtp", "slack_sdk"},
    "doors.py": {
        *("bot.incoming", "bot.observed"),
        *("aiohttp", "slack_bolt", "slack_sdk", "structlog"),
    },
    "observed.py": {
        *("bot.incoming", "bot.logs", "bot.metrics"),
        *("slack_bolt", "slack_sdk", "structlog"),
    },
    "web.py": {"bot.metrics", "aiohttp", "prometheus_client", "sqlalchemy"},
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
