"""One line of a bulk operation's file: whose it is, and its bytes in one plain form.

A file is split on b"\\n" and on nothing else: U+2028, U+0085 and form feeds stand in texts as they are. Every line is checked
to be one JSON object, which also finds cut ones; the plain form is what `schemas.exact` would write, so that a tree from a file
has the bytes of a tree from an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from schemas.exact import decode, encode_plain

BLOCK: Final = 1 << 18  # bytes read at a time: little enough to stay in a processor's cache
PARENT: Final = b',"__parentId":"'
TAIL: Final = len(PARENT + b'"}')  # what a plain line has besides its own keys and its parent's id
_OTHER: Final = re.compile(rb"\\(?!/)")
_HARD: Final = re.compile(rb"\\[u\\]")
_NEEDLESS: Final = re.compile(rb"\\[u/]")
_OWN: Final = re.compile(rb'\A\s*\{\s*(?:"__typename"\s*:\s*"\w*"\s*,\s*)?"id"\s*:\s*"(gid:[^"]{1,300})"')
_PARENT: Final = re.compile(rb'"__parentId"\s*:\s*"(gid:[^"]{1,300})"\s*(?:\}|,|\Z)')


class Line(msgspec.Struct, gc=False):
    """What of a line decides where it goes."""

    id: str | None = None
    parent: str | None = msgspec.field(name="__parentId", default=None)


read: Final = msgspec.json.Decoder(Line).decode  # raises msgspec.DecodeError
Unreadable: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, whole lines at a time; the newline behind the last of them is left out."""
    with path.open("rb", buffering=0) as file:
        rest = b""
        while data := file.read(BLOCK):
            whole, newline, rest = (rest + data).rpartition(b"\n")
            if newline:
                yield whole
        if rest:
            yield rest


def lines_of(block: bytes) -> list[bytes]:
    """The lines of a block, slashes unescaped: Shopify writes gid:\\/\\/shopify, in every line."""
    if b"\\" not in block:
        return block.split(b"\n")
    lines = block.translate(None, b"\\").split(b"\n")  # most lines escape nothing but slashes
    raw: list[bytes] = []
    at = number = 0
    while other := _OTHER.search(block, at):  # not so this line; the search goes on behind it
        raw = raw or block.split(b"\n")
        number += block.count(b"\n", at, other.start())
        line = raw[number]  # without an escaped backslash every \/ is a slash; with one it stays as it came
        lines[number] = line if _HARD.search(line) else line.replace(b"\\/", b"/")
        at = block.find(b"\n", other.end())
        if at < 0:
            break
    return lines


def kind_of(id: str) -> str:
    """The type in a gid: "Product" of gid://shopify/Product/1. Anything else gives a word that is no type."""
    return id[14 : id.find("/", 14)]


def gid_of(kind: str) -> str:
    """What the gids of a type begin with."""
    return f"gid://shopify/{kind}/"


def plain(line: bytes, parent: str | None) -> bytes:
    """The line compact, its parent last, and without escapes that JSON does not need (\\/ and \\u00e9)."""
    last = b"}" if parent is None else PARENT + parent.encode() + b'"}'
    if line.endswith(last) and _NEEDLESS.search(line) is None:  # control characters need \u: no harm done
        return line
    whole = decode(line)
    whole.pop("__parentId", None)
    return encode_plain(whole)[:-1] + last


def claimed(line: bytes) -> tuple[str | None, str | None]:
    """What an unreadable line still says of its own id and its parent's."""
    own, parent = _OWN.search(line), _PARENT.search(line)
    return own and _text(own[1]), parent and _text(parent[1])


def _text(id: bytes) -> str:
    return id.replace(b"\\/", b"/").decode("utf-8", "replace")
