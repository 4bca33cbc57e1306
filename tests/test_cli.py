"""The command line, as people and programs use it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pasted import UNKNOWN

from bot import cli
from bot.render.wording import outlook, who_acts
from bot.settings import load_settings
from bot.smtp.explain import Explainer
from bot.smtp.knowledge import Knowledge, KnowledgeError, load

NASTY = "\x1b[31mred\x1b[0m \x9b31m \x07 \u202e \x1b]0;title\x07"


class Ran:
    """What one command did."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    explainer: Explainer,
    tmp_path: Path,
) -> Run:
    """Run a command in this process, in an empty folder; the knowledge is loaded already."""
    monkeypatch.setattr(cli, "load", lambda: explainer.knowledge)
    monkeypatch.setattr(cli, "Explainer", lambda _: explainer)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, given: str | bytes = b"") -> Ran:
        piped = given.encode() if isinstance(given, str) else given
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped), "utf-8"))
        try:
            status = cli.main(arguments)
        except SystemExit as left:
            status = int(left.code or 0)
        return Ran(status, *capsys.readouterr())

    return run


# explain


def test_explain_tells_a_person_what_to_do(run: Run):
    ran = run("explain", UNKNOWN)
    assert ran.status == 0
    assert ran.out.startswith("550 5.1.1: ")
    assert "Permanent: sending it again unchanged will not help." in ran.out
    assert "Who can act: the sender." in ran.out
    assert "  1. " in ran.out
    assert "Source: " in ran.out


def test_the_exchange_in_readme_is_what_the_bot_says(explainer: Explainer):
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf8")
    exchange = readme.split("```")[1]
    answer = explainer.explain(exchange.splitlines()[1].removeprefix("ann"))
    assert answer.entry
    assert f"SMTP bot  {answer.entry.title}   {answer.codes}\n" in exchange
    assert f"{outlook(answer)}. {who_acts(answer)}.\n" in exchange
    assert f"First: {answer.entry.steps[0]}\n" in exchange


def test_words_need_no_quotes(run: Run):
    assert "mailbox is full" in run("explain", "mailbox", "full").out


def test_explain_reads_what_is_piped_in(run: Run):
    assert run("explain", given=UNKNOWN + "\n").out == run("explain", UNKNOWN).out


def test_several_lines_are_one_error(run: Run):
    ran = run("explain", "--json", given="550-5.1.1 The email account\n550 5.1.1 does not exist\n")
    assert json.loads(ran.out)["reason"] == "user_unknown"


@pytest.mark.parametrize("given", ["", "\n", "   \n\n", "hello\n", "thanks", "explain this error"])
def test_nothing_to_explain_is_said(run: Run, given: str):
    ran = run("explain", given=given)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("Nothing to explain")


@pytest.mark.parametrize("given", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\x03\x04", b"421\0" * 9])
def test_what_is_no_text_is_not_explained(run: Run, given: bytes):
    ran = run("explain", given=given)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("This is no text")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_what_is_piped_in_may_be_in_any_encoding(run: Run, encoding: str):
    given = "550 5.1.1 <müller@example.com>: User unknown".encode(encoding)
    assert json.loads(run("explain", "--json", given=given).out)["reason"] == "user_unknown"


def test_the_name_of_a_file_is_no_error(run: Run, tmp_path: Path):
    (tmp_path / "bounce.eml").write_text(UNKNOWN)
    (tmp_path / "421").write_text(UNKNOWN)
    ran = run("explain", "bounce.eml")
    assert (ran.status, ran.out) == (1, "")
    assert "put < before it" in ran.err
    assert run("explain", "421").out.startswith("421: ")
    assert run("explain", UNKNOWN * 200).status == 0, "too long for a name"


def test_a_link_is_not_broken_into_lines(run: Run):
    source = run("explain", "550", "5.4.1").out.splitlines()[-1]
    assert re.fullmatch(r"Source: Microsoft 365, https://\S{80,}", source), source


def test_a_pattern_is_a_table(run: Run):
    ran = run("explain", "4xx")
    assert ran.out.startswith("Codes 4xx\n")
    assert any(line.startswith("421 ") for line in ran.out.splitlines())


def test_nonsense_gets_advice(run: Run):
    ran = run("explain", "xyzzy plugh")
    assert ran.status == 0
    assert "I do not know this error." in ran.out
    assert "Paste the server's own words" in ran.out


def test_all_that_is_known_is_listed_a_line_each(run: Run, knowledge: Knowledge):
    lines = run("explain", "--list").out.splitlines()
    assert len(lines) == len(knowledge) + 1
    assert {line.split()[0] for line in lines[1:]} == set(knowledge.entries)


KEYS = [
    *("entry", "reason", "persistence", "who", "retry", "reply_code", "enhanced_code"),
    *("provider", "confidence", "alternatives"),
]


def test_why_shows_what_each_piece_of_evidence_gave(run: Run):
    ran = run("explain", "--why", UNKNOWN)
    assert "Codes read: 550 5.1.1" in ran.out
    assert "addresses at example.net" in ran.out
    assert "words +" in ran.out
    [row] = run("explain", "--json", UNKNOWN).rows
    assert f"  {row['entry']} " in ran.out, "whole, however narrow the terminal"


def test_json_is_one_object_for_programs(run: Run):
    [row] = run("explain", "--json", UNKNOWN).rows
    assert list(row) == KEYS
    assert row["reason"] == "user_unknown"
    assert (row["persistence"], row["who"], row["retry"]) == ("permanent", "sender", False)
    assert (row["reply_code"], row["enhanced_code"]) == ("550", "5.1.1")
    assert 0.5 < row["confidence"] <= 1
    assert all(list(each) == ["entry", "reason", "confidence"] for each in row["alternatives"])


def test_json_of_nonsense_says_null(run: Run):
    [row] = run("explain", "--json", "xyzzy plugh").rows
    assert {row[key] for key in KEYS[:-2]} == {None}
    assert (row["confidence"], row["alternatives"]) == (0, [])


def lines(*rows: object) -> str:
    return "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)


def test_jsonl_answers_line_by_line_in_order(run: Run):
    given = lines({"id": 3, "text": UNKNOWN}, {"id": "x", "text": "421"}, {"id": 1, "text": ""})
    ran = run("explain", "--jsonl", given=given)
    assert ran.status == 0
    assert [row["id"] for row in ran.rows] == [3, "x", 1]
    assert all(list(row) == ["id", *KEYS] for row in ran.rows)
    assert [row["entry"] is None for row in ran.rows] == [False, False, True]


BAD = [
    ("not json\n", None),
    ("5\n", None),
    ("null\n", None),
    ({"id": 2}, 2),
    ({"id": 2, "text": 5}, 2),
    ({"id": 2, "text": None}, 2),
    (["id", "text"], None),
    ("{" * 100_000 + "\n", None),
    ("[" * 100_000 + "\n", None),
]


@pytest.mark.parametrize("command", ["explain", "spot"])
@pytest.mark.parametrize(("bad", "row_id"), BAD)
def test_a_bad_line_does_not_stop_the_rest(run: Run, command: str, bad: object, row_id: object):
    good = {"id": 1, "text": UNKNOWN}
    ran = run(command, "--jsonl", given=lines(good, bad, "\n", good))
    assert ran.status == 1
    first, middle, last = ran.rows
    assert "error" not in first
    assert first == last
    assert middle["id"] == row_id
    assert middle["error"]
    assert set(middle) == {"id", "error"}


def test_a_row_may_have_no_id_or_more_fields(run: Run):
    given = lines({"text": "421"}, {"id": {"a": [1]}, "text": "421", "when": "now"})
    ran = run("explain", "--jsonl", given="\ufeff" + given)
    assert ran.status == 0
    assert [row["id"] for row in ran.rows] == [None, {"a": [1]}]


# spot


def test_spot_rehearses_on_plain_lines(run: Run):
    ran = run("spot", given=f"Lunch in room 421?\n\n{UNKNOWN}\nport 465\n")
    assert ran.status == 0
    lunch, error, port = ran.out.splitlines()
    assert lunch == "silent: Lunch in room 421?"
    assert port == "silent: port 465"
    assert error.startswith("answer (")
    assert error.endswith(f"): {UNKNOWN}")


def test_spot_rehearses_on_json(run: Run):
    given = lines({"id": 1, "text": "Lunch in room 421?"}, {"id": 2, "text": UNKNOWN})
    silent, answered = run("spot", "--jsonl", given=given).rows
    assert silent == {"id": 1, "reply": False, "entries": []}
    assert answered["reply"] is True
    assert answered["entries"]


# What was pasted does nothing to the terminal


def is_harmless(out: str) -> bool:
    return all(letter.isprintable() for letter in out.replace("\n", ""))


@pytest.mark.parametrize("text", [f"{UNKNOWN} {NASTY}", NASTY, f"421 {NASTY}", f"{NASTY} full"])
def test_terminal_escapes_do_not_come_through(run: Run, text: str):
    one_line = text.replace("\r", "")
    row = {"id": NASTY, "text": text}
    for out in (
        run("explain", text).out,
        run("explain", "--json", text).out,
        run("spot", given=one_line).out,
        run("explain", "--jsonl", given=lines(row, {"id": NASTY})).out,
        run("spot", "--jsonl", given=lines(row)).out,
    ):
        assert out
        assert is_harmless(out)


def test_half_a_letter_in_a_log_is_no_reason_to_stop():
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "explain", "--json"],
        input=b"550 5.1.1 <m\xfcller@example.com>: User unknown\n",
        capture_output=True,
        check=True,
    )
    assert json.loads(ran.stdout)["reason"] == "user_unknown"


def test_a_new_key_is_one_that_the_settings_take(run: Run):
    keys = [run("new-key").out.strip() for _ in range(2)]
    assert keys[0] != keys[1]
    assert load_settings({"TOKEN_KEY": ",".join(keys)}, Path("no-such-file")).token_key


def test_a_reader_that_leaves_early_is_nothing_to_complain_about():
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "explain", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b'{"id": 1, "text": "421"}\n' * 500)
        process.stdout.readline()
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


# check


def test_check_says_that_all_is_in_order(run: Run, knowledge: Knowledge):
    ran = run("check")
    assert ran.status == 0
    assert f"Knowledge: OK. {len(knowledge)} entries" in ran.out
    assert "Settings: OK. No Slack tokens: `run` starts the playground" in ran.out
    assert "Database: OK. " in ran.out
    assert "Manifest: OK. " in ran.out


def test_check_names_what_is_missing_for_slack(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    ran = run("check", "--offline")
    assert ran.status == 1
    assert "Settings: not OK. Set SLACK_APP_TOKEN" in ran.out
    assert "https://api.slack.com/apps" in ran.out
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    ran = run("check", "--offline")
    assert ran.status == 0
    assert "connects to Slack by Socket Mode" in ran.out


def test_check_reads_the_file_of_settings(run: Run):
    Path(".env").write_text("LOG_LEVEL=loud\n")
    ran = run("check")
    assert ran.status == 1
    assert ran.err.count("\n") == 1
    assert ran.err.startswith('LOG_LEVEL, "loud", should be one of')


FILE = """\
publisher = "Example"
source    = "https://example.com"
checked   = 2026-11-20

[full]
title   = "Full"
meaning = "It is full."
steps   = ["Wait."]
reason  = "mailbox_full"
who     = "recipient"
example = "552 full"
"""
MISTAKES = {
    "reason, ": FILE.replace("mailbox_full", "mailbox_fuller"),
    "title": FILE.replace('title   = "Full"\n', ""),
    "colour": FILE + 'colour = "red"\n',
    "codes": FILE + 'codes = ["five hundred"]\n',
    "TOML": FILE + "steps = [\n",
}


@pytest.mark.parametrize("told", MISTAKES)
def test_a_mistake_in_a_knowledge_file_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str
):
    file = tmp_path / "servers" / "example.toml"
    file.parent.mkdir()
    file.write_text(FILE)
    assert len(load(tmp_path)) == 1
    file.write_text(MISTAKES[told])
    with pytest.raises(KnowledgeError):
        load(tmp_path)
    monkeypatch.setattr(cli, "load", lambda: load(tmp_path))
    for command in (["check"], ["explain", "421"], ["spot"]):
        ran = run(*command)
        assert (ran.status, ran.out) == (1, "")
        assert ran.err.startswith("servers/example.toml")
        assert told.rstrip(", ") in ran.err
        assert ran.err.count("\n") == 1


# Usage


@pytest.mark.parametrize("arguments", [[], ["explane"], ["explain", "--nope"], ["run", "fast"]])
def test_wrong_usage_is_status_two(run: Run, arguments: list[str]):
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("usage: ")


def test_help_names_every_command_with_examples(run: Run):
    ran = run("--help")
    assert ran.status == 0
    for command in ("run", "explain", "spot", "check", "manifest", "unknown", "new-key"):
        assert f"\n    {command} " in ran.out
        assert run(command, "--help").status == 0
    assert "python -m bot explain 421" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 100
