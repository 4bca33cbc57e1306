"""Cut a text into the words that are compared, and leave out what varies.

An address such as mailboxfull@example.com says nothing about why a message failed. Links, host
names, IP addresses and codes are one word each, so they count only where a phrase has the same.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Every repetition is bounded and gives nothing back, so that no input makes the scan more than
# linear.
_TOKEN = re.compile(
    r"""
      https?://[^\s<>"'()\[\]{}|\\]{1,500}+                              # a link
    | [\w.+=%~*/!$-]{1,64}+@[\w.-]{1,255}+                              # an address
    | [a-z0-9_][a-z0-9_-]{0,62}+(?:\.[a-z0-9_-]{1,63}+){1,12}+          # a host name, IP, code
    | [a-z]{2,10}\d{0,4}_\d{3,4}(?!\w)                                 # a tag
    | [^\W_]{1,64}+                                                     # a word
    """,
    re.VERBOSE,
)
# A server's tag for what it said (OFR_416) is no reply code.
_WORD = re.compile(r"[a-z]{2,10}\d{0,4}_\d{3,4}(?!\w)|[^\W_]{1,64}")
_AROUND = "()[]<>{}\"'`.,:;!?*-"  # stands around words and is no part of them
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # written without spaces
_TOP_LEVELS = frozenset(
    [
        "com",
        "net",
        "org",
        "edu",
        "gov",
        "mil",
        "int",
        "info",
        "biz",
        "name",
        "mobi",
        "app",
        "dev",
        "cloud",
        "online",
        "site",
        "shop",
        "email",
        "mail",
        "example",
        "test",
        "invalid",
        "localhost",
        "local",
        "localdomain",
        "lan",
        "internal",
        "home",
        "arpa",
        "onmicrosoft",
    ]
)


def listed(words: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(words.split())


class Words(NamedTuple):
    """The words of a text in order; apart from them hosts, addresses' domains, and links.

    Codes and IP addresses are words, and no hosts.
    """

    words: list[str]
    hosts: list[str]
    domains: list[str]
    links: list[str]


def _plain_letters() -> dict[int, str]:
    """What people without the key for a lower-case Latin letter or apostrophe type for it."""
    plain = {}
    for code in (*range(0xDF, 0x250), *range(0x1E00, 0x1F00)):  # Latin letters with accents
        first = unicodedata.normalize("NFD", chr(code))[0]
        if first.isascii() and first.islower():
            plain[code] = first
    digraphs = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe"}
    strokes = {"ø": "o", "ł": "l", "đ": "d", "\u0131": "i"}
    return (
        plain
        | {0x2019: "'"}
        | {ord(letter): typed for letter, typed in (digraphs | strokes).items()}
    )


_PLAIN_LETTERS = _plain_letters()


def folded(text: str) -> str:
    """A lower-case text in plain letters and apostrophes, as mail systems and people write it."""
    return text if text.isascii() else text.translate(_PLAIN_LETTERS)


def cut(text: str) -> Words:
    """Cut a lower-case text into words, host names and links; Latin letters lose their accents."""
    text = folded(text)
    if "n't" in text:  # people leave it out: "user doesnt exist"
        text = text.replace("n't", "nt")
    words: list[str] = []
    hosts: list[str] = []
    domains: list[str] = []
    links: list[str] = []
    for chunk in text.split():
        # Most chunks are one word, and then nothing else can be in them.
        if (word := chunk).isalnum() or (word := chunk.strip(_AROUND)).isalnum():
            words.append(word)
            continue
        if "." not in chunk and "@" not in chunk and "://" not in chunk:
            words.extend(_WORD.findall(chunk))
            continue
        for token in _TOKEN.findall(chunk):
            if token.isalnum():
                words.append(token)
            elif "://" in token:
                link = token.split("://", 1)[1].rstrip(".,;:!?")
                links.append(link)
                words.extend(_link_words(link))
            elif "@" in token:
                domains.append(token.rpartition("@")[2].rstrip("."))
            elif token.replace(".", "").isdigit():
                words.append(token)
            elif _is_host(token):
                hosts.append(token)
                words.append(token)
            else:
                words.extend(_WORD.findall(token))
    if not text.isascii():
        words = [piece for word in words for piece in _pieces(word)]
    return Words(words, hosts, domains, links)


def _link_words(link: str) -> list[str]:
    """A link's host, and the link as far as it is the same for everybody.

    Parameters are ids, but for the cause that Gmail names in one (?p=NoSuchUser).
    """
    place, _, query = link.partition("?")
    host = place.partition("/")[0]
    same = _OF_ONE_CASE.sub("", place).rstrip("/")
    topic = _TOPIC.search(query)
    return list(dict.fromkeys([host, f"{same}?{topic[0]}" if topic else same]))


_OF_ONE_CASE = re.compile(
    r"/(?:\d{1,3}\.\d{1,3}\.|[^/]{0,40}@|[^/]{17})[^?]*$"
)  # an IP, address, id
_TOPIC = re.compile(r"\bp=[a-z]+")


def _is_host(token: str) -> bool:
    last = token.rpartition(".")[2]
    return last.isdigit() or len(last) == 2 or last in _TOP_LEVELS


def _pieces(word: str) -> list[str]:
    """A word of a script without spaces becomes its pairs of characters."""
    if word.isascii() or not _WIDE.search(word) or len(word) <= 2:
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]
