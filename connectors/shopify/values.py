"""Values of metafields: Shopify's types and texts for what the hub writes. Pure.

Every value goes over the wire as text, whatever its type (shopify.dev, Metafields: list of data types).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from hub.errors import PermanentError
from schemas.exact import NotJson, decode, encode_plain

#: The hub's four words. Any other word is Shopify's own and goes through as it is.
WORDS: Final = frozenset({"text", "number", "boolean", "json"})
TEXTS: Final = frozenset({"single_line_text_field", "multi_line_text_field"})
NUMBERS: Final = frozenset({"number_integer", "number_decimal"})
SPELLED: Final = frozenset({"json", "rich_text_field", "money", "rating", "dimension", "volume", "weight", "link"})
LONGEST: Final = {"json": 128 << 10, "id": 2048, "url": 2048}  # bytes; everything else 64 KiB
USUAL: Final = 64 << 10


def type_for(word: str, value: Any, held: str | None) -> str:
    """Shopify's type for a value that the hub calls `word`. What exists keeps its type where the value can have it.

    >>> type_for("text", "Or rose", None), type_for("number", 3, "number_decimal"), type_for("json", [], None)
    ('single_line_text_field', 'number_decimal', 'json')
    """
    if word not in WORDS:
        return word
    if word == "text":
        lines = isinstance(value, str) and "\n" in value
        if held in TEXTS and not (lines and held == "single_line_text_field"):
            return held
        if held is not None and held not in TEXTS | NUMBERS | {"boolean", "json"}:
            return held  # color, url, date…: texts with a form that the shop checks
        return "multi_line_text_field" if lines else "single_line_text_field"
    if word == "number":
        whole = isinstance(value, int) or value == value.to_integral_value()
        if held in NUMBERS and (whole or held == "number_decimal"):
            return held
        return "number_integer" if isinstance(value, int) else "number_decimal"
    return word


def text_of(type: str, value: Any) -> str:
    """The text that goes over the wire. Raises PermanentError for one that is longer than Shopify keeps."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str) and type != "json":
        text = value
    elif isinstance(value, int | Decimal) and type != "json":
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
    else:
        text = encode_plain(value).decode()
    most = LONGEST.get(type, USUAL)
    if len(text.encode()) > most:
        raise PermanentError(
            f"A metafield of type {type} holds {most:,} bytes, and the value has {len(text.encode()):,}.",
            hint="Keep it elsewhere, and write a link to it.",
        )
    return text


def same(type: str, value: Any, held: str) -> bool:
    """Whether the shop's text says what we would write. JSON is compared as JSON, numbers as numbers."""
    text = text_of(type, value)
    if text == held:
        return True
    if type in NUMBERS:
        return _number(text) == _number(held) is not None
    if type in SPELLED or type.startswith("list."):
        try:
            return bool(decode(text.encode()) == decode(held.encode()))
        except NotJson:
            return False
    return False


def merged(base: Any, ours: Any, theirs: Any) -> Any:
    """Ours, where we changed something since `base`; theirs, where we did not. Only objects can be merged.

    >>> merged({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 3, "c": 4})
    {'a': 2, 'b': 3, 'c': 4}
    """
    if not (isinstance(ours, Mapping) and isinstance(theirs, Mapping)):
        return ours
    before: Mapping[str, Any] = base if isinstance(base, Mapping) else {}
    found = dict(theirs)
    for key, value in ours.items():
        if key not in before or before[key] != value:
            found[key] = merged(before.get(key), value, theirs.get(key))
    for key in before:
        if key not in ours:
            found.pop(key, None)
    return found


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None
