"""The editor's rules for the knowledge, and what a mistake in a file says when it loads."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.smtp.explain import Explainer
from bot.smtp.knowledge import (
    KNOWLEDGE_DIR,
    PLACEHOLDER,
    PLACEHOLDERS,
    Entry,
    Kind,
    Knowledge,
    KnowledgeError,
    load,
)
from bot.smtp.phrases import phrase_words
from bot.smtp.reasons import Reason

TITLE, MEANING, STEP = 70, 400, 200  # characters that a card shows without scrolling
STEPS = range(2, 6)


def nothing_breaks(rule: str, wrong: Collection[str]) -> None:
    """Fails with the rule and everything that breaks it, a line each."""
    __tracebackhide__ = True
    if wrong:
        pytest.fail("\n  ".join([f"{rule}; {len(wrong)} wrong:", *wrong]), pytrace=False)


# How an entry reads.


def test_entries_are_in_order(knowledge: Knowledge):
    wrong = [
        f"{later.id} belongs before {earlier.id}"
        for earlier, later in pairwise(knowledge)
        if earlier.publisher == later.publisher and place(later) < place(earlier)
    ]
    nothing_breaks("a file keeps its entries in alphabetical (codes: numeric) order", wrong)


def place(entry: Entry) -> list[str | int]:
    name = entry.id.partition("/")[2]
    if entry.publisher.kind is Kind.STANDARDS:
        return [int(number) for number in re.findall(r"\d+", name)]
    return [name]


def test_titles_meanings_and_steps_are_short(knowledge: Knowledge):
    wrong = [
        f"{entry.id}: {what} of {length}"
        for entry in knowledge
        for what, length, most in [
            ("a title", len(entry.title), TITLE),
            ("a meaning", len(entry.meaning), MEANING),
            *(("a step", len(step), STEP) for step in entry.steps),
        ]
        if length > most
    ]
    nothing_breaks(f"title, meaning, step: {TITLE}, {MEANING}, {STEP} characters", wrong)


def test_every_entry_has_two_to_five_steps(knowledge: Knowledge):
    wrong = [
        f"{entry.id}: {len(entry.steps)}" for entry in knowledge if len(entry.steps) not in STEPS
    ]
    nothing_breaks("two to five steps", wrong)


def test_titles_are_headlines(knowledge: Knowledge):
    wrong = [f"{e.id}: {e.title}" for e in knowledge if e.title.endswith(".") or "`" in e.title]
    nothing_breaks("no full stop and no code in a title", wrong)


def test_commands_stand_between_two_backticks(knowledge: Knowledge):
    wrong = [
        f"{entry.id}: {text}"
        for entry in knowledge
        for text in (entry.meaning, *entry.steps)
        if text.count("`") % 2 or "``" in text or re.search(r"(?:^|\s)`\s|\s`(?:\s|$)", text)
    ]
    nothing_breaks("backticks come in pairs, close around what they show", wrong)


def test_sources_are_https(knowledge: Knowledge):
    wrong = [
        f"{e.id}: {e.source}" for e in knowledge if not re.match(r"https://[\w.-]+/?\S*$", e.source)
    ]
    nothing_breaks("a source is an https link that a reader can open", wrong)


@pytest.mark.parametrize("what", ["title", "meaning", "steps"])
def test_no_two_entries_say_the_same(knowledge: Knowledge, what: str):
    owners: dict[object, list[str]] = defaultdict(list)
    for entry in knowledge:
        owners[getattr(entry, what)].append(entry.id)
    wrong = [" = ".join(ids) for ids in owners.values() if len(ids) > 1]
    nothing_breaks(f"two entries with the same {what} are one entry", wrong)


def test_every_reason_is_covered(knowledge: Knowledge):
    assert {entry.reason for entry in knowledge} == set(Reason)


# What an entry is found by.


def test_no_phrase_is_claimed_by_two_entries(knowledge: Knowledge):
    owners: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for entry in knowledge:
        for phrase in entry.phrases:
            owners[tuple(phrase_words(phrase))][entry.id] = phrase
    silent = [f"{entry_id}: {phrase}" for entry_id, phrase in owners.pop((), {}).items()]
    nothing_breaks("a phrase has words beside its placeholders", silent)
    wrong = [
        " = ".join(f"{entry_id}: {phrase}" for entry_id, phrase in claims.items())
        for claims in owners.values()
        if len(claims) > 1
    ]
    nothing_breaks("a phrase belongs to one entry", wrong)


def test_no_entry_lists_a_phrase_twice(knowledge: Knowledge):
    wrong = [
        f"{entry.id}: {phrase}"
        for entry in knowledge
        for phrase, times in Counter(phrase.lower() for phrase in entry.phrases).items()
        if times > 1
    ]
    nothing_breaks("an entry lists a phrase once, capitals or not", wrong)


def test_every_example_finds_its_own_entry_first(knowledge: Knowledge, explainer: Explainer):
    wrong = [
        f"{entry.id}, not {found and found.id}: {' / '.join(entry.example.splitlines())}"
        for entry in knowledge
        if (found := explainer.explain(entry.example).entry) is not entry
    ]
    nothing_breaks("pasting an example finds its entry", wrong)


# What stands in examples for a reply that tells nothing, and replies that do tell.
MEANINGLESS = "ref 2f11"
TELLING = {
    "5.1.1 User unknown": Reason.USER_UNKNOWN,
    "5.2.2 Mailbox full": Reason.MAILBOX_FULL,
    "5.7.1 Relay access denied": Reason.RELAY_DENIED,
}


def test_a_wrapper_gives_way_to_the_reply_it_quotes(knowledge: Knowledge, explainer: Explainer):
    wrong = [
        f"{entry.id} around {reply}: {found}"
        for entry in knowledge
        if entry.reason is Reason.UNSPECIFIED and MEANINGLESS in entry.example
        for reply, reason in TELLING.items()
        if (found := explainer.explain(entry.example.replace(MEANINGLESS, reply)).reason) != reason
    ]
    nothing_breaks("an entry that only says at which step a server refused wins by itself", wrong)


SAMPLES = {
    "ip": "192.0.2.10",
    "domain": "example.com",
    "host": "mx1.example.net",
    "address": "user@example.com",
    "id": "4F1xyz7",
    "number": "5",
    "url": "https://example.com/x",
    "date": "2026-01-01",
    "text": "foo",
}


def test_every_phrase_finds_its_own_entry_among_the_first_three(
    knowledge: Knowledge, explainer: Explainer
):
    assert set(SAMPLES) == PLACEHOLDERS
    wrong = [
        f"{entry.id}, not {' or '.join(found)}: {text}"
        for entry in knowledge
        for text in sayings(entry)
        if entry.id not in (found := first_three(explainer, text))
    ]
    nothing_breaks("a phrase, its code in front, finds its entry", wrong)


def first_three(explainer: Explainer, text: str) -> list[str]:
    """What an error is taken for; asked with no error around it, "greylisting" lists a topic."""
    return [guess.entry.id for guess in explainer.explain_error(text).guesses[:3]]


def sayings(entry: Entry) -> Iterator[str]:
    """Each phrase as a server would say it, the entry's first code in front."""
    pattern = str(entry.codes[0]) if entry.codes else ""
    code = pattern.lower().replace("x", "5").partition("-")[0]
    for phrase in entry.phrases:
        yield f"{code} {PLACEHOLDER.sub(lambda found: SAMPLES[found[1]], phrase)}".strip()


def test_no_entry_is_out_of_reach(knowledge: Knowledge):
    wrong = [entry.id for entry in knowledge if not (entry.phrases or entry.codes)]
    nothing_breaks("an entry is found by a phrase or by a code", wrong)


def test_every_code_of_the_standards_is_found_by_its_number(
    knowledge: Knowledge, explainer: Explainer
):
    wrong = [
        f"{entry.id}: {asked} finds {found and found.id}"
        for entry in knowledge
        if entry.publisher.kind is Kind.STANDARDS
        for asked in asked_numbers(entry)
        if (found := explainer.explain(asked).entry) is not entry
    ]
    nothing_breaks("a code by itself finds what the standards say of it", wrong)


def asked_numbers(entry: Entry) -> list[str]:
    """A standards entry is called after its code; X stands for transient and permanent."""
    name = entry.id.partition("/")[2]
    return [name.replace("X", "4"), name.replace("X", "5")] if "X" in name else [name]


# The codes that people asked this bot about before there was anything else to ask.
# fmt: off
ASKED_CODES = [
    101, 111, 211, 214, 220, 221, 250, 251, 252, 354,
    420, 421, 422, 431, 432, 441, 442, 446, 447, 449, 450, 451, 452, 471,
    500, 501, 502, 503, 504, 510, 511, 512, 513, 523, 530, 541, 550, 551, 552, 553, 554,
]
# fmt: on


def test_the_codes_people_ask_for_have_entries_of_their_own(explainer: Explainer):
    answers = {code: explainer.explain(str(code)).entry for code in ASKED_CODES}
    wrong = [
        f"{code}: {entry and entry.id}"
        for code, entry in answers.items()
        if entry is None
        or entry.publisher.kind is not Kind.STANDARDS
        or not entry.id.endswith(f"/{code}")
    ]
    nothing_breaks("asked by number, a code is answered by its own entry", wrong)


# Whom examples name.

RESERVED_NAMES = re.compile(
    r"(?:^|\.)(?:example|example\.(?:com|net|org|edu)|test|invalid|localhost)$"
)
RESERVED_NETWORKS = [
    ipaddress.ip_network(network)
    for network in (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "127.0.0.0/8",
        "2001:db8::/32",
        "::1/128",
    )
]
# Names are told from program text by their last label; so many are in our files.
NAME = re.compile(
    r"""
    (?<![\w.\\/-]) (?:[245]\d\d-)?             # a greeting begins 554-mx1.example.net
    ( (?: [a-z0-9_-]+ \. )+
    (?: com|net|org|edu|gov|info|biz|email|mail|io|cloud|zap|example|test|invalid
      | at|au|be|br|ca|ch|cn|co|cz|de|dk|ee|es|eu|fi|fr|il|in|it|jp|kr|me|mx|nl|no|pl|pt|ru|se
      | ua|uk|us|za ) )
    (?![\w-]|\.\w)
    """,
    re.VERBOSE,
)
IPV4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
IPV6 = re.compile(r"(?<![\w:.])(?=[0-9a-f]*:[0-9a-f]*:)[0-9a-f:]{3,39}(?![\w:])")


def test_examples_name_only_reserved_hosts(knowledge: Knowledge):
    wrong = [
        f"{entry.id}: {name}"
        for entry in knowledge
        for name in NAME.findall(entry.example.lower())
        if not (RESERVED_NAMES.search(name) or is_publishers_own(name, entry))
    ]
    nothing_breaks("examples name example.com and the like (RFC 2606)", wrong)


def is_publishers_own(name: str, entry: Entry) -> bool:
    """One of the publisher's hosts, or part of the words that its servers always print."""
    publisher = entry.publisher
    return (
        any(name == host or name.endswith(f".{host}") for host in publisher.hosts)
        or any(mark in name for mark in publisher.marks)
        or any(name in phrase.lower() for phrase in entry.phrases)
    )


def test_examples_name_only_reserved_addresses(knowledge: Knowledge):
    wrong = [
        f"{entry.id}: {address}"
        for entry in knowledge
        for address in addresses(entry.example)
        if not any(address in network for network in RESERVED_NETWORKS)
    ]
    nothing_breaks("examples use 192.0.2.1 and the like (RFC 5737, RFC 3849)", wrong)


def addresses(text: str) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    for found in (*IPV4.findall(text), *IPV6.findall(text.lower())):
        try:
            yield ipaddress.ip_address(found)
        except ValueError:
            continue  # a time of day, a version


# What a mistake says.

GOOD = """
publisher = "Example Mail"
source = "https://postmaster.example.com/errors"
checked = 2026-11-20

[mailbox-full]
title = "The mailbox at Example Mail is full"
codes = ["552 5.2.2"]
reason = "mailbox_full"
who = "recipient"
meaning = "The mailbox has no room left."
steps = ["Tell the recipient by another channel.", "Send it again when they have made room."]
phrases = ["The mailbox of <address> has no room left"]
example = "552 5.2.2 The mailbox of user@example.com has no room left"
"""

MISTAKES = [
    ('who = "recipient"', 'who = "recipient"\nwhy = "full"', "entry mailbox-full, field why:"),
    ('"552 5.2.2"', '"55.2"', "entry mailbox-full, field codes:"),
    ("steps = [", "hints = [", "entry mailbox-full, field steps:"),
    ('"mailbox_full"', '"mailbox_overflow"', "entry mailbox-full, field reason:"),
    ('who = "recipient"', 'who = "postmaster"', "entry mailbox-full, field who:"),
    ("<address> has", "<mailbox> has", "entry mailbox-full, field phrases:"),
    ("https://", "http://", "field source:"),
    ("2026-11-20", '"yesterday"', "field checked:"),
    ('"The mailbox has no room left."', "The mailbox has no room left.", "not readable as TOML:"),
]


@pytest.mark.parametrize(("good", "bad", "said"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, good: str, bad: str, said: str):
    assert good in GOOD
    write(tmp_path / "providers" / "example-mail.toml", GOOD.replace(good, bad))
    with pytest.raises(KnowledgeError) as mistake:
        load(tmp_path)
    told = str(mistake.value)
    assert told.startswith(f"providers/example-mail.toml{',' if 'entry' in said else ''}")
    assert said in told
    assert told.endswith(".")
    assert "\n" not in told


def test_two_files_of_one_name_are_told_apart(tmp_path: Path):
    write(tmp_path / "providers" / "example-mail.toml", GOOD)
    write(tmp_path / "servers" / "example-mail.toml", GOOD)
    with pytest.raises(KnowledgeError, match=r"servers/example-mail.toml: another file is called"):
        load(tmp_path)


def test_a_folder_outside_the_list_is_refused(tmp_path: Path):
    write(tmp_path / "vendors" / "example-mail.toml", GOOD)
    with pytest.raises(KnowledgeError, match=r"vendors/example-mail.toml: the folder should be"):
        load(tmp_path)


def test_a_folder_without_knowledge_says_so(tmp_path: Path):
    with pytest.raises(KnowledgeError, match="No knowledge found"):
        load(tmp_path)


def test_the_example_in_the_readme_loads(tmp_path: Path):
    readme = (KNOWLEDGE_DIR / "README.md").read_text("utf8")
    example = readme.partition("```toml\n")[2].partition("```")[0]
    write(tmp_path / "providers" / "gmail.toml", example)
    assert [entry.id for entry in load(tmp_path)] == ["gmail/dmarc-policy"]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf8")
