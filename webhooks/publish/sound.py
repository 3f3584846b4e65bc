"""Whether JSON means one thing to everybody who will read it; and where it does not.

What is accepted here is sent on byte for byte, so it must hold nothing that one receiver's parser takes otherwise than another's:
no bytes that are not UTF-8, no half characters, no number beyond a double or of endless digits, no name twice, no nesting that a
parser may refuse.
"""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, Final

import msgspec

from hub.errors import ApiError, Unprocessable

MOST_BYTES: Final = 256 << 10  # of an event's data
DEEPEST: Final = 100  # levels
MOST_DIGITS: Final = 300  # of a number: more and it may be beyond a double, and beyond what parsers take
#: A longer number than that covers ten of the places that are _STRIDE bytes apart. Few texts look like one in all of them.
_STRIDE: Final = 30
_TRACE: Final = re.compile(rb"[-+.0-9eE]{10}")
_LONG: Final = re.compile(rb"[-+.0-9eE]{%d}" % (MOST_DIGITS + 1))

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class TooLarge(ApiError):
    """More than is taken at once."""

    status: ClassVar[int] = 413
    code: ClassVar[str] = "too_large"


class _Twice(Exception):
    """A name that stands twice in one object."""


def sound(data: bytes, place: str) -> None:
    """Look at the `data` of an event at `place`. Raises Unprocessable (422) or TooLarge (413) naming the field."""
    if len(data) > MOST_BYTES:
        at = f"{place}/data"
        raise TooLarge(f"{at} has {len(data)} bytes:", hint=f"send at most {MOST_BYTES}, or a link to it.", field=at)
    if len(data) > MOST_DIGITS and _TRACE.search(data[::_STRIDE]) and _LONG.search(data):
        countable(data, f"{place}/data")
    try:
        value = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise explained(data, f"{place}/data", str(error)) from None
    if isinstance(value, dict | list):
        once = _encode(value)
        # Names stand before colons. Written anew a doubled name is gone, and all other colons are still there,
        # save those that were written as \u003a; so the counts agree when nothing is doubled.
        if once.count(b":") != data.count(b":") or b"\\u003" in data:
            twice(data, f"{place}/data")
        if once.count(b"{") + once.count(b"[") > DEEPEST:
            shallow(value, f"{place}/data")


class _Endless:
    """A number of too many digits, in JSON that was read."""

    def __init__(self, digits: int) -> None:
        self.digits = digits


def _number(text: str) -> float | _Endless:
    digits = len(text) if len(text) <= MOST_DIGITS else sum(map(str.isdigit, text))
    return float(text) if digits <= MOST_DIGITS else _Endless(digits)


def countable(data: bytes, where: str) -> None:
    """Raise Unprocessable for a number of more than 300 digits. Slow: for data that seems to hold one."""
    try:
        at, what = _at_fault(json.loads(data, parse_int=_number, parse_float=_number), where)
    except (ValueError, RecursionError):
        return  # it is refused for another reason
    if what:
        raise Unprocessable(f"{at} {what}.", field=at)


def twice(data: bytes, where: str) -> None:
    """Raise Unprocessable for a name that one object has twice."""

    def pairs(found: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in found:
            if name in seen:
                raise _Twice(name)
            seen.add(name)

    try:
        json.loads(data, object_pairs_hook=pairs)
    except _Twice as name:
        raise Unprocessable(
            f"{where or '/'} has the name {str(name)[:80]!r} twice in one object:",
            hint="write each name once.",
            field=where or "/",
        ) from None


def shallow(value: Any, where: str) -> None:
    """Raise Unprocessable for what is nested deeper than 100 levels."""
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        if depth > DEEPEST:
            raise _deep(where)
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]


def explained(data: bytes, where: str, reason: str) -> ApiError:
    """Why JSON was refused, and the field at fault where one can be named. Slow: for refusals only."""
    try:
        value = json.loads(data.decode("utf-8", "surrogateescape"), parse_int=_number, parse_float=_number)
    except RecursionError:
        return _deep(where or "/")
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if b"\n" in data else f"column {error.colno}"
        what = f"{where or 'The body'} is no JSON: {error.msg} at {place}"
        return Unprocessable(f"{what}:", hint="send valid JSON in UTF-8.", field=where or "/")
    at, what = _at_fault(value, where)
    return Unprocessable(f"{at or '/'} {what or f'is no valid JSON: {reason}'}.", field=at or "/")


def _at_fault(value: Any, where: str) -> tuple[str, str]:
    waiting = [(where, value)]
    while waiting:
        at, value = waiting.pop()
        if isinstance(value, str) and (half := [c for c in value if "\ud800" <= c <= "\udfff"]):
            raw = "\udc80" <= half[0] <= "\udcff"
            byte = f"a byte that is not UTF-8: 0x{ord(half[0]) - 0xDC00:02x}"
            return at, f"holds {byte if raw else 'half a character (a lone surrogate)'}"
        if isinstance(value, _Endless):
            return at, f"is a number of {value.digits} digits: use at most {MOST_DIGITS}, or send it as a text"
        if isinstance(value, float) and value - value != 0:
            return at, "is no number that JSON can hold"
        if isinstance(value, dict):
            waiting.extend((at, name) for name in value)
            waiting.extend((f"{at}/{shown(name)}", inner) for name, inner in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{at}/{nth}", inner) for nth, inner in enumerate(value))
    return where, ""


def shown(name: str) -> str:
    """A name as it stands in a JSON pointer, and short."""
    return name.encode("ascii", "backslashreplace").decode()[:80].replace("~", "~0").replace("/", "~1")


def _deep(where: str) -> Unprocessable:
    return Unprocessable(f"{where} is nested too deep:", hint=f"use at most {DEEPEST} levels.", field=where)
