"""A filter made into one function: it is called for every event and endpoint, so all that can be decided is decided once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Final

from webhooks.card import Wants

Test = Callable[[Any], bool]

COMBINED: Final = ("all", "any", "not")
ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
TEXTUAL: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "contains": str.__contains__,
}
DECIMAL: Final = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?")


def compiled(filter: Mapping[str, Any]) -> Wants:
    """What a checked filter wants, as a function of the decoded payload data. That function never raises."""
    return _every([_part(key, wanted) for key, wanted in filter.items()])


def _part(key: str, wanted: Any) -> Wants:
    if key == "all":
        return _every([compiled(one) for one in wanted])
    if key == "any":
        branches = [compiled(one) for one in wanted]
        return lambda data: any(branch(data) for branch in branches)
    if key == "not":
        unwanted = compiled(wanted)
        return lambda data: not unwanted(data)
    return _at(tuple(key.split(".")), wanted if isinstance(wanted, dict) else {"eq": wanted})


def _every(tests: list[Wants]) -> Wants:
    if len(tests) == 1:
        return tests[0]
    return lambda data: all(test(data) for test in tests)


def _at(path: tuple[str, ...], operators: Mapping[str, Any]) -> Wants:
    """What the operators of one path say together."""
    fits = fitting(operators)
    refused = [equals(operators["ne"])] if "ne" in operators else []
    refused += [equals(value) for value in operators.get("nin", ())]
    parts: list[Wants] = []
    if "exists" in operators:
        wanted = bool(operators["exists"])
        parts.append(lambda data: any(True for _ in values(data, path)) is wanted)
    if fits is not None:
        parts.append(_one_that(fits, path))
    if refused:
        parts.append(lambda data: not any(test(value) for value in values(data, path) for test in refused))
    return _every(parts)


def _one_that(fits: Test, path: tuple[str, ...]) -> Wants:
    """Whether one value at the path fits. Most paths meet no list: then there is one value at most, and it is simply fetched."""

    def holds(data: Any) -> bool:
        value = data
        for name in path:
            if type(value) is not dict:
                break
            if name not in value:
                return False
            value = value[name]
        else:
            if type(value) is not list:
                return fits(value)
        return type(value) is list and any(fits(one) for one in values(data, path))

    return holds


def fitting(operators: Mapping[str, Any]) -> Test | None:
    """The test that one value must pass: all operators but `ne`, `nin` and `exists`. None when there are none."""
    tests: list[Test] = []
    for name, wanted in operators.items():
        if name == "eq":
            tests.append(equals(wanted))
        elif name == "in":
            tests.append(_one_of([equals(value) for value in wanted]))
        elif name in ORDERED:
            tests.append(_compares(ORDERED[name], wanted))
        elif name in TEXTUAL:
            tests.append(_reads(TEXTUAL[name], wanted))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def equals(wanted: Any) -> Test:
    """JSON's equality: 1 is 1.0 and neither is true."""
    if isinstance(wanted, bool) or wanted is None:
        return lambda value: value is wanted
    if isinstance(wanted, str):
        return lambda value: value == wanted
    return lambda value: value == wanted and not isinstance(value, bool)


def _one_of(tests: list[Test]) -> Test:
    return lambda value: any(test(value) for test in tests)


def _compares(holds: Callable[[Any, Any], bool], wanted: Any) -> Test:
    if isinstance(wanted, str):
        return lambda value: isinstance(value, str) and holds(value, wanted)

    def number(value: Any) -> bool:
        if isinstance(value, int | float):
            return not isinstance(value, bool) and holds(value, wanted)
        return isinstance(value, str) and DECIMAL.fullmatch(value) is not None and holds(Decimal(value), exact(wanted))

    return number


def exact(number: float) -> Decimal:
    """A number as it is written: 19.9 is 19.9 when compared with a decimal, not the binary fraction next to it."""
    return Decimal(repr(number))


def _reads(holds: Callable[[str, str], bool], wanted: str) -> Test:
    return lambda value: isinstance(value, str) and holds(value, wanted)


def values(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """What stands at a path. A list stands for itself and for its elements, however deep."""
    waiting = [(data, 0)]
    end = len(path)
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, list):
            waiting.extend((inner, depth) for inner in value)
        if depth == end:
            yield value
        elif isinstance(value, dict) and path[depth] in value:
            waiting.append((value[path[depth]], depth + 1))
