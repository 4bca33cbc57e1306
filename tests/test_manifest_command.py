"""`python -m bot manifest`: one manifest.yml, printed for Socket Mode and for HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot import cli, manifest
from bot.manifest import ManifestError, as_yaml, over_http, read
from bot.playground import PretendSlack
from bot.slack import EVENTS, SCOPES

HERE = Path(__file__).parents[1]
TEXT = (HERE / "manifest.yml").read_text("utf8")
URL = "https://bot.example.com"


def test_our_reader_reads_what_yaml_says():
    assert read(TEXT) == yaml.safe_load(TEXT)


def test_short_lists_may_stand_in_one_line():
    text = "a: [text]\nb: [c.d, true, 3 ] # why\ne: []\n"
    assert read(text) == yaml.safe_load(text) == {"a": ["text"], "b": ["c.d", True, 3], "e": []}


def test_for_socket_mode_it_is_the_file(capsys: pytest.CaptureFixture[str]):
    assert cli.main(["manifest"]) == 0
    assert yaml.safe_load(capsys.readouterr().out) == yaml.safe_load(TEXT)
    assert cli.main(["manifest", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == yaml.safe_load(TEXT)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_for_http_every_address_is_ours(form: list[str], capsys: pytest.CaptureFixture[str]):
    assert cli.main(["manifest", "--url", f"{URL}/", *form]) == 0
    out = capsys.readouterr().out
    made = json.loads(out) if form else yaml.safe_load(out)
    events = f"{URL}/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == events
    assert made["settings"]["interactivity"]["request_url"] == events
    assert [each["url"] for each in made["features"]["slash_commands"]] == [events]
    assert made["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]
    assert made["settings"]["socket_mode_enabled"] is False
    without = yaml.safe_load(TEXT)
    for part in ("event_subscriptions", "interactivity"):
        del made["settings"][part]["request_url"]
    for command in made["features"]["slash_commands"]:
        del command["url"]
    del made["oauth_config"]["redirect_urls"]
    made["settings"]["socket_mode_enabled"] = True
    assert made == without, "all else stays as it is"


@pytest.mark.parametrize(
    "url", ["http://bot.example.com", "bot.example.com", "https://", "https:// x"]
)
def test_an_address_slack_would_not_take_is_one_sentence(
    url: str, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["manifest", "--url", url]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f'"{url}" should begin with https://, as in https://bot.example.com.\n'


@pytest.mark.parametrize(
    "line",
    [
        "a: [1, [2]]",
        "a: [{}]",
        'a: ["b, c"]',
        "a: {b: 1}",
        "a: 'b'",
        "a: |",
        "a:\n  b: 1\n   c: 2",
        "- a\nb: 1",
    ],
)
def test_more_yaml_than_we_read_is_named_by_its_line(line: str):
    with pytest.raises(ManifestError, match=r"manifest\.yml, line \d"):
        read(f"first: 1\nsecond:\n  {line}\n" if "\n" not in line else line)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=20)
KEYS = st.from_regex(r"[a-z][a-z_.]{0,9}", fullmatch=True)
VALUES: Any = st.recursive(
    WORDS | st.booleans() | st.integers(0, 99),
    lambda part: (
        st.lists(part.filter(lambda each: not isinstance(each, list)), max_size=3)
        | st.dictionaries(KEYS, part, max_size=3)
    ),
    max_leaves=9,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
@example({"no": {"on": True}})
def test_what_we_write_both_we_and_yaml_read_back(made: dict[str, Any]):
    assert read(as_yaml(made)) == made
    assert yaml.safe_load(as_yaml(made)) == made


def test_a_missing_manifest_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(manifest, "PLACES", ())
    assert cli.main(["manifest"]) == 1
    assert capsys.readouterr().err.startswith("manifest.yml is missing")


def test_it_is_in_the_wheel(tmp_path: Path):
    build = f"from hatchling.build import build_wheel; build_wheel({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=HERE, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        assert files.read("bot/manifest.yml").decode() == TEXT
        files.extractall(tmp_path / "installed")
    asked = subprocess.run(
        [sys.executable, "-m", "bot", "manifest", "--json"],
        cwd=tmp_path / "installed",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
    )
    assert json.loads(asked.stdout) == yaml.safe_load(TEXT)


# Slack's command line: `slack run`

HOOKS: dict[str, Any] = json.loads((HERE / ".slack" / "hooks.json").read_text())


def hook(name: str) -> str:
    """A hook as the Slack CLI hands it to a shell, with this Python."""
    own = ".venv/bin/python"
    assert own in HOOKS["hooks"][name]
    return HOOKS["hooks"][name].replace(own, shlex.quote(sys.executable))


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(events=EVENTS, scopes=SCOPES) as slack:
        yield slack


def environment(**more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE), **more}


def test_slacks_command_line_gets_the_manifest_as_json(tmp_path: Path):
    asked = subprocess.run(
        hook("get-manifest"),
        shell=True,
        cwd=tmp_path,
        env=environment(),
        check=True,
        capture_output=True,
    )
    assert json.loads(asked.stdout) == yaml.safe_load(TEXT)
    assert (
        json.loads((HERE / ".slack" / "config.json").read_text())["manifest"]["source"] == "local"
    )


async def test_slack_run_starts_the_bot_on_the_app_it_made_not_on_ours(
    tmp_path: Path, slack: PretendSlack
):
    """The CLI hands its tokens over by these names, and our own of .env under theirs."""
    bot = await asyncio.create_subprocess_shell(
        f"exec env {hook('start')}",
        cwd=tmp_path,
        env=environment(
            SLACK_CLI_XOXB=slack.bot_token,
            SLACK_CLI_XAPP=slack.app_token,
            SLACK_BOT_TOKEN="xoxb-production",
            SLACK_APP_TOKEN="xapp-production",
            SLACK_API_URL=slack.api_url,
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await slack.connected(seconds=20)
        [answer] = await slack.types("/smtp 421")
        assert answer.text.startswith("421: ")
    finally:
        bot.terminate()
        await bot.communicate()
    assert HOOKS["config"]["sdk-managed-connection-enabled"] is True


def test_slacks_command_line_watches_the_manifest():
    watch = HOOKS["config"]["watch"]["manifest"]
    assert re.search(watch["filter-regex"], "manifest.yml")
    assert over_http(read(TEXT), URL)["settings"]["socket_mode_enabled"] is False
