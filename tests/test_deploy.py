"""What hosts are given: container, dashboard, alerts and the pages about them fit this bot."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from processes import SECONDS, ends, running, said
from test_web import address_of

from bot.app import GRACE
from bot.metrics import Metrics, new_metrics
from bot.settings import Settings
from bot.smtp.knowledge import Knowledge

HERE = Path(__file__).parents[1]
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((HERE / "deploy" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((HERE / "deploy" / "grafana.json").read_text())
OPERATING = (HERE / "OPERATING.md").read_text()
SETTINGS = {field.name.upper() for field in fields(Settings)}


# Dashboard and alerts


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression, and where it stands."""
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


# From Prometheus itself: whether a target answers.
OF_PROMETHEUS = {"up": set[str]()}
BY_PROMETHEUS = {"job", "instance"}
FUNCTIONS = {"absent", "rate", "increase", "delta", "histogram_quantile"}
AGGREGATIONS = {"sum", "min", "max"}
KEYWORDS = {"by", "or", "and", "unless"}
TOKEN = re.compile(
    r"""
    (?P<string>"[^"]*")
    | (?P<range>\[(?:\d+[smhd]|\$__rate_interval)\])
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<name>[a-zA-Z_]\w*)
    | (?P<operator>=~|!~|!=|==|>=|<=|[=<>*+/,(){}-])
    | (?P<space>\s+)
    """,
    re.VERBOSE,
)


def tokens(expression: str) -> list[tuple[str, str]]:
    """The pieces of an expression; fails on anything that is none."""
    found, at = [], 0
    while at < len(expression):
        token = TOKEN.match(expression, at)
        assert token, expression[at:]
        at = token.end()
        if token.lastgroup != "space":
            found.append((str(token.lastgroup), token[0]))
    return found


def closes(parts: list[tuple[str, str]]) -> bool:
    """Whether every bracket is closed by its own kind."""
    open_ = []
    for _, text in parts:
        if text in "({" and text:
            open_.append(text)
        elif text in (")", "}") and (not open_ or open_.pop() + text not in ("()", "{}")):
            return False
    return not open_


def named(expression: str) -> tuple[set[str], set[str]]:
    """The series an expression asks for, and the labels it speaks of."""
    parts = tokens(expression)
    assert closes(parts), expression
    series, labels = set(), set()
    depth_of_labels: str | None = None
    for (kind, text), (_, before), (_, after) in zip(
        parts, [("", ""), *parts], [*parts[1:], ("", "")], strict=False
    ):
        if text == "{" or (text == "(" and before == "by"):
            depth_of_labels = {"{": "}", "(": ")"}[text]
        elif text == depth_of_labels:
            depth_of_labels = None
        elif kind == "name" and depth_of_labels:
            labels.add(text)
        elif kind == "name" and after == "(" and text != "by":
            assert text in FUNCTIONS | AGGREGATIONS | KEYWORDS, text
        elif kind == "name" and text not in KEYWORDS | AGGREGATIONS:
            series.add(text)
    return series, labels


@pytest.fixture
def exposed(knowledge: Knowledge) -> dict[str, set[str]]:
    """Every series the bot can expose, with its labels."""
    metrics = new_metrics(knowledge)
    for field in fields(Metrics):
        instrument = getattr(metrics, field.name)
        if names := getattr(instrument, "_labelnames", ()):
            instrument.labels(*names)
    return OF_PROMETHEUS | {
        sample.name: {*sample.labels}
        for family in metrics.registry.collect()
        for sample in family.samples
    }


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_series_and_label_asked_for_exists(
    where: str, expression: str, exposed: dict[str, set[str]]
):
    series, labels = named(expression)
    assert series, "it asks for something"
    assert series <= set(exposed)
    known = BY_PROMETHEUS.union(*(exposed[name] for name in series))
    assert labels <= known


@pytest.mark.parametrize(
    "wrong",
    ["sum(rate(x[5m])", "sum by (le} (x)", "rate(x[soon])", "averag(x)", 'x{a="b}', "x ? y"],
)
def test_a_broken_expression_is_noticed(wrong: str):
    with pytest.raises(AssertionError):
        named(wrong)


def test_what_an_expression_asks_for_is_found():
    asked = 'sum by (a, b) (rate(first{c="d", e!~"f|g"}[5m])) > 3 or second == 0'
    assert named(asked) == ({"first", "second"}, {"a", "b", "c", "e"})


def test_prometheus_itself_takes_the_rules_where_it_is_installed():
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "rules", HERE / "deploy" / "alerts.yml"], check=True)
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_it_means_and_what_to_do(rule: dict[str, Any]):
    assert f"\n### {rule['alert']}\n" in OPERATING
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert re.fullmatch(r"\d+m", rule["for"])
    assert rule["annotations"].keys() == {"summary", "description"}
    told = " ".join(rule["annotations"].values())
    labels = re.findall(r"\{\{ \$labels\.(\w+) \}\}", told)
    assert set(labels) <= named(rule["expr"])[1]


def test_every_chapter_on_an_alert_has_its_alert():
    chapters = re.findall(r"^### (SmtpBot\w+)$", OPERATING, re.MULTILINE)
    assert sorted(chapters) == sorted(rule["alert"] for rule in ALERTS)


def test_the_dashboard_shows_every_instrument(exposed: dict[str, set[str]]):
    shown = set().union(*(named(expression)[0] for _, expression in expressions()))
    ours = {name for name in exposed if name.startswith("smtp_bot_")}
    ours = {name for name in ours if not name.endswith(("_created", "_count", "_sum"))}
    assert ours <= shown


def test_the_dashboards_panels_do_not_lie_over_each_other():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


# The container

DOCKERFILE = re.sub(r"\\\n\s*", "", (HERE / "Dockerfile").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((HERE / "compose.yml").read_text())


def instructions(name: str) -> list[str]:
    return re.findall(rf"^\s*{name} (.+)$", DOCKERFILE, re.MULTILINE)


ENVIRONMENT = dict(pair.split("=", 1) for line in instructions("ENV") for pair in line.split())


def test_the_image_is_made_of_what_is_here():
    ignored = (HERE / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*", "tokens in .env do not get into an image"
    for line in instructions("COPY"):
        if line.startswith("--from=build"):
            continue
        *sources, _ = line.split()
        for source in sources:
            assert (HERE / source).exists(), source
            assert f"!{source.strip('./')}" in ignored, f"{source} does not get to the builder"
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    assert json.loads(instructions("ENTRYPOINT")[0])[0] in project["scripts"]
    for base in instructions("FROM"):
        assert re.match(r"python:3\.1\d-slim\b", base)


def test_the_image_holds_what_the_locks_say_and_runs_as_nobody_special():
    assert "--require-hashes --requirement requirements.lock" in DOCKERFILE
    assert "--hash=sha256:" in (HERE / "requirements.lock").read_text()
    assert int(instructions("USER")[-1]) > 0
    for text in (DOCKERFILE, (HERE / "compose.yml").read_text()):
        assert not re.search(r"--(?:extra-)?index-url|--trusted-host|https?://(?!127\.)", text)


def test_the_images_settings_are_the_bots():
    of_python = {"PATH", "PYTHONUNBUFFERED"}
    assert ENVIRONMENT.keys() - of_python <= SETTINGS
    ports = {ENVIRONMENT["PORT"], ENVIRONMENT["HEALTH_PORT"]}
    assert set(instructions("EXPOSE")[0].split()) == ports
    assert ENVIRONMENT["DATABASE_URL"].startswith(f"sqlite:///{instructions('VOLUME')[0]}/")


async def test_the_images_health_check_works_on_a_running_bot(tmp_path: Path):
    check = json.loads(DOCKERFILE.partition("HEALTHCHECK")[2].partition("CMD ")[2].splitlines()[0])
    assert check[0] == "python"

    async def asks(port: str) -> int | None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *check[1:], env={"HEALTH_PORT": port}, stderr=asyncio.subprocess.DEVNULL
        )
        return await asyncio.wait_for(process.wait(), SECONDS)

    async with running(tmp_path, PLAYGROUND_PORT="0", HEALTH_PORT="0", HOST="127.0.0.1") as bot:
        port = (await address_of(bot, "socket")).rpartition(":")[2]
        assert await asks(port) == 0
        await said(bot, "Connected")
        bot.terminate()
        await ends(bot)
    assert await asks(port) != 0


def test_compose_runs_the_bot_with_its_database():
    bot, db = COMPOSE["services"]["bot"], COMPOSE["services"]["db"]
    assert bot["environment"].keys() <= SETTINGS
    assert bot["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert "pg_isready" in db["healthcheck"]["test"]
    user, name = db["environment"]["POSTGRES_USER"], db["environment"]["POSTGRES_DB"]
    secret = db["environment"]["POSTGRES_PASSWORD"]
    assert bot["environment"]["DATABASE_URL"] == f"postgresql://{user}:{secret}@db:5432/{name}"
    assert {volume.partition(":")[0] for volume in db["volumes"]} == COMPOSE["volumes"].keys()
    exposed = set(instructions("EXPOSE")[0].split())
    for port in bot["ports"]:
        host, _, inside = port.rpartition(":")
        assert host.startswith("127.0.0.1:"), "not for the world"
        assert inside in exposed
    assert bot["environment"]["HEALTH_PORT"] in exposed
    assert int(bot["stop_grace_period"].rstrip("s")) > GRACE


# The pages


@pytest.mark.parametrize("page", ["SECURITY.md", "OPERATING.md"])
def test_links_of_a_page_lead_somewhere(page: str):
    for target in re.findall(r"\]\((?!https://)([^)#]+)\)", (HERE / page).read_text()):
        assert (HERE / target).exists(), target


def test_every_promise_names_tests_that_exist():
    page = (HERE / "SECURITY.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| **")]
    assert rows
    written = "\n".join(file.read_text("utf8") for file in (HERE / "tests").glob("test_*.py"))
    defined = set(re.findall(r"^(?:async )?def (test_\w+)\(", written, re.MULTILINE))
    for row in rows:
        assert re.findall(r"`(test_\w+)`", row), row
    assert set(re.findall(r"`(test_\w+)`", page)) <= defined


def test_settings_and_commands_named_on_the_pages_exist():
    for page in (OPERATING, (HERE / "SECURITY.md").read_text()):
        own = {"POSTGRES_PASSWORD"}
        assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", page)) <= SETTINGS | own
        named_commands = set(re.findall(r"(?:python -m bot|smtp-bot) ([a-z-]+)", page))
        assert named_commands <= {"run", "explain", "spot", "check", "manifest", "new-key"}


async def test_the_addresses_named_on_the_page_answer(tmp_path: Path):
    async with (
        running(tmp_path, PLAYGROUND_PORT="0", HEALTH_PORT="0", HOST="127.0.0.1") as bot,
        aiohttp.ClientSession() as web,
    ):
        url = await address_of(bot, "socket")
        await said(bot, "Connected")
        paths = re.findall(r"^\| `(/\w+)` \|", OPERATING, re.MULTILINE)
        assert len(paths) == 3
        for path in paths:
            async with web.get(url + path) as response:
                assert response.status == 200
        bot.terminate()
        await ends(bot)
