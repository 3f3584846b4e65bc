"""Shopify's search syntax, as far as listings of products, orders and customers are filtered by it.

`a b`, `a AND b`, `a OR b`, `NOT a`, `-a`, parentheses, `field:value`, `field:>=value`, quotes of both kinds, `field:*` (has any),
`prefix*`, and bare words. A field that a resource does not have is ignored: the whole listing comes back, and only a search
debug header makes the shop say so (`extensions.search[].warnings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.shopify.sandbox.state import Json

Test = Callable[[Json], bool]
Value = Callable[[Json], Any]
_TOKEN = re.compile(
    r"""\s*(?: (?P<open>\() | (?P<close>\)) | (?P<field>-?[A-Za-z_][\w.]*):(?P<op>>=|<=|>|<)?
    (?P<value>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s()]+)? | (?P<word>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s()]+) )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Field:
    """What a filter looks at. kind: id, text, moment, day (moments compared by their day), number or flag."""

    value: Value
    kind: str = "text"


@dataclass(slots=True)
class Search:
    """A parsed query: `test` says whether an object matches; `warnings` what was ignored, {"field", "message", "code"}."""

    test: Test | None = None
    warnings: list[Json] = field(default_factory=list)


def parse(query: str | None, fields: dict[str, Field], text: Iterable[str]) -> Search:
    """The test of a query. `text`: names of the object's fields that bare words are looked for in."""
    search = Search()
    if query and query.strip():
        tokens = [found for found in _TOKEN.finditer(query) if found.group().strip()]
        search.test = _Parser(tokens, fields, tuple(text), search).any()
    return search


class _Parser:
    """Recursive descent: any := all (OR all)*; all := one ([AND] one)*; one := NOT one | ( any ) | filter."""

    def __init__(self, tokens: list[re.Match[str]], fields: dict[str, Field], text: tuple[str, ...], search: Search) -> None:
        self.tokens, self.fields, self.text, self.search = tokens, fields, text, search

    def _word(self) -> str | None:
        return self.tokens[0]["word"] if self.tokens else None

    def any(self) -> Test:
        tests = [self.all()]
        while self._word() == "OR":
            self.tokens.pop(0)
            tests.append(self.all())
        return tests[0] if len(tests) == 1 else lambda obj: any(test(obj) for test in tests)

    def all(self) -> Test:
        tests = []
        while self.tokens and not self.tokens[0]["close"] and self._word() != "OR":
            if self._word() == "AND":
                self.tokens.pop(0)
                continue
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda obj: all(test(obj) for test in tests)

    def one(self) -> Test:
        token = self.tokens.pop(0)
        if token["word"] == "NOT" and self.tokens:
            inner = self.one()
            return lambda obj: not inner(obj)
        if token["open"]:
            found = self.any()
            if self.tokens:
                self.tokens.pop(0)
            return found
        if token["field"] is None:
            return self._words(_unquoted(token["word"] or token.group().strip()))
        name = token["field"]
        test = self._filter(name.lstrip("-"), token["op"] or "", _unquoted(token["value"] or ""))
        return (lambda obj: not test(obj)) if name.startswith("-") else test

    def _filter(self, name: str, op: str, value: str) -> Test:
        known = self.fields.get(name)
        if known is None:
            self._warn(name, "Invalid search field for this query.", "invalid_field")
            return lambda _obj: True
        try:
            return _comparison(known, op, value)
        except ValueError:
            self._warn(name, f"Input `{value}` is not a valid value for this field.", "invalid_value")
            return lambda _obj: True

    def _warn(self, name: str, message: str, code: str) -> None:
        self.search.warnings.append({"field": name, "message": message, "code": code})

    def _words(self, word: str) -> Test:
        sought, names = word.strip("*").casefold(), self.text
        return lambda obj: any(sought in str(obj.get(name) or "").casefold() for name in names)


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    return re.sub(r"\\(.)", r"\1", text)


def _comparison(known: Field, op: str, value: str) -> Test:
    get = known.value
    if value == "*" and not op:
        return lambda obj: bool(get(obj))
    if known.kind == "flag":
        wanted = value.lower() == "true"
        return lambda obj: bool(get(obj)) is wanted
    if known.kind in {"moment", "day"}:
        return _moments(get, op, moment(value), by_day=known.kind == "day" or len(value) == 10)
    if known.kind in {"id", "number"}:
        number = int(value.rpartition("/")[2]) if known.kind == "id" else float(value)
        return _ordered(get, op, number)
    return _texts(get, value.casefold())


def _texts(get: Value, wanted: str) -> Test:
    prefix, choices = wanted.removesuffix("*"), set(wanted.split(","))

    def test(obj: Json) -> bool:
        held = get(obj)
        values = [str(one).casefold() for one in held] if isinstance(held, list) else [str(held or "").casefold()]
        if wanted.endswith("*"):
            return any(one.startswith(prefix) for one in values)
        return any(one in choices or one == wanted for one in values)

    return test


def _moments(get: Value, op: str, bound: str, *, by_day: bool) -> Test:
    size = 10 if by_day else 20
    edge = bound[:size]
    if by_day and op in {">", "<"}:
        op += "="
    compare = _ordered(lambda obj: (get(obj) or "")[:size], op, edge)
    return lambda obj: bool(get(obj)) and compare(obj)


def _ordered(get: Value, op: str, bound: Any) -> Test:
    match op:
        case ">=":
            return lambda obj: bool(get(obj) >= bound)
        case ">":
            return lambda obj: bool(get(obj) > bound)
        case "<=":
            return lambda obj: bool(get(obj) <= bound)
        case "<":
            return lambda obj: bool(get(obj) < bound)
        case _:
            return lambda obj: bool(get(obj) == bound)


def moment(text: str) -> str:
    """A date or moment as the shop keeps it (`2026-11-22T07:07:21Z`). Raises ValueError.

    >>> moment("2026-11-22T08:07:21+01:00")
    '2026-11-22T07:07:21Z'
    """
    found = datetime.fromisoformat(text)
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
