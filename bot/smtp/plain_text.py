"""Bytes of a file as text: whether they are text at all, and in which encoding."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

# How files begin that hold no plain text, whatever their names say.
_MAGIC = (
    b"PK\x03\x04",  # zip, docx, xlsx
    b"\x1f\x8b",  # gzip
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a",
    b"\x28\xb5\x2f\xfd",  # zstandard
    b"\xd0\xcf\x11\xe0",  # Outlook's .msg, old Office files
    b"!BDN",  # Outlook's .pst
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",  # JPEG
    b"GIF8",
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HEAD = 4096  # bytes looked at
MOST_CONTROLS = 0.05  # share of control characters; terminal logs have their colours
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r\f\x1b")) + b"\x7f"


def is_text(head: bytes | bytearray) -> bool:
    """Whether a file that begins so holds text."""
    head = head[:HEAD]
    if head.startswith(_UTF_16):
        return True
    if head.startswith(_MAGIC) or b"\0" in head:
        return False
    return len(head) - len(head.translate(None, _CONTROLS)) <= MOST_CONTROLS * len(head)


def decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """The text of chunks: UTF-16 by its mark, else UTF-8, and Latin-1 where it is none."""
    decoder: codecs.IncrementalDecoder | None = None
    for chunk in chunks:
        if decoder is None:
            decoder = _decoder(chunk)
        yield decoder.decode(chunk)
    if decoder is not None:
        yield decoder.decode(b"", final=True)


def _decoder(head: bytes) -> codecs.IncrementalDecoder:
    if head.startswith(_UTF_16):
        return codecs.getincrementaldecoder("utf-16")("replace")
    return codecs.getincrementaldecoder("utf-8-sig")(AS_LATIN_1)


AS_LATIN_1 = "as-latin-1"  # what the handler below is called


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that are no UTF-8 as Latin-1: nothing is lost, and never an exception."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(AS_LATIN_1, _as_latin_1)
