"""The filter of a subscription: terms as `status:active`, `variants.price:>=10.00` or `id:*`, joined by AND or blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

_TERM = re.compile(r"""(?P<minus>-|NOT\s+)?(?P<path>[\w.]+):(?P<op>>=|<=|>|<)?(?P<value>"[^"]*"|'[^']*'|\S+)""")
_COMPARE = {">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, "<": lambda a, b: a < b}


def valid(text: str) -> bool:
    """Whether we can read a filter: brackets and OR we cannot."""
    rest = _TERM.sub("", text)
    return bool(_TERM.search(text)) and not re.sub(r"\bAND\b", "", rest).strip()


def matches(text: str, body: dict[str, Any]) -> bool:
    """Whether every term holds for the body that would be sent. A term holds when one of the values on its path does."""
    return all(_holds(term, body) != bool(term["minus"]) for term in _TERM.finditer(text))


def _holds(term: re.Match[str], body: Any) -> bool:
    wanted = term["value"].strip("\"'")
    found = [value for value in _values(body, term["path"].split(".")) if value is not None]
    if wanted == "*":
        return bool(found)
    return any(_compared(value, term["op"], wanted) for value in found)


def _compared(value: Any, op: str | None, wanted: str) -> bool:
    if op is None:
        return str(value).lower() == wanted.lower()
    try:
        return bool(_COMPARE[op](Decimal(str(value)), Decimal(wanted)))
    except InvalidOperation:
        return bool(_COMPARE[op](str(value), wanted))


def _values(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])
