"""Whether a filter is sound: every word known, every operand of its kind, and a payload possible that it matches."""

from __future__ import annotations

from typing import Any, Final

from hub.errors import Unprocessable
from webhooks.filters.match import COMBINED, ORDERED, TEXTUAL
from webhooks.filters.never import contradiction

OPERATORS: Final = ("eq", "ne", "in", "nin", *ORDERED, "exists", *TEXTUAL)
DEEPEST: Final = 8
MOST_CONDITIONS: Final = 64
MOST_VALUES: Final = 200
LONGEST: Final = 1000  # characters of a text
LONGEST_PATH: Final = 200


def check(filter: Any) -> None:
    """Raises Unprocessable with the JSON pointer of what is malformed, or of what can never match."""
    conditions = _filter(filter, "/filter", 0)
    if conditions > MOST_CONDITIONS:
        raise _wrong("/filter", f"has {conditions} conditions", f"use at most {MOST_CONDITIONS}.")
    if found := contradiction(filter, "/filter"):
        raise _wrong(found[0], f"can never match: {found[1]}", "change it, or leave it out.")


def _filter(filter: Any, where: str, depth: int) -> int:
    """The number of conditions in it."""
    if not isinstance(filter, dict):
        raise _wrong(where, "is no filter", 'write an object such as {"status": "paid"}.')
    if depth > DEEPEST:
        raise _wrong(where, "is nested too deep", f"use at most {DEEPEST} levels.")
    conditions = 0
    for key, wanted in filter.items():
        at = f"{where}/{pointed(key)}"
        if key in ("all", "any"):
            if not isinstance(wanted, list) or not wanted:
                raise _wrong(at, "takes a list of filters", "give it at least one.")
            conditions += sum(_filter(one, f"{at}/{nth}", depth + 1) for nth, one in enumerate(wanted))
        elif key == "not":
            conditions += _filter(wanted, at, depth + 1)
        else:
            _path(key, at)
            conditions += _condition(wanted, at)
    return conditions


def _path(path: str, at: str) -> None:
    if not path or len(path) > LONGEST_PATH or not all(path.split(".")):
        raise _wrong(at, f"{path[:80]!r} is no path", f"write names with dots between, {LONGEST_PATH} characters at most.")


def _condition(wanted: Any, at: str) -> int:
    if isinstance(wanted, list):
        raise _wrong(at, "is a list", 'to match one of several values write {"in": […]}.')
    if not isinstance(wanted, dict):
        _scalar(wanted, at)
        return 1
    if not wanted:
        raise _wrong(at, "holds no operator", f"use {', '.join(OPERATORS)}.")
    for operator, operand in wanted.items():
        _operator(operator, operand, f"{at}/{pointed(operator)}")
    return len(wanted)


def _operator(operator: str, operand: Any, at: str) -> None:
    if operator not in OPERATORS:
        hint = f"use {', '.join(OPERATORS)}; {', '.join(COMBINED)} stand beside paths; inner fields are written with dots."
        raise _wrong(at, f"{operator[:80]!r} is no operator", hint)
    if operator in ("in", "nin"):
        if not isinstance(operand, list) or not 0 < len(operand) <= MOST_VALUES:
            raise _wrong(at, "takes a list", f"give it 1 to {MOST_VALUES} values.")
        for nth, value in enumerate(operand):
            _scalar(value, f"{at}/{nth}")
    elif operator == "exists":
        if not isinstance(operand, bool):
            raise _wrong(at, "takes true or false", "")
    elif operator in TEXTUAL:
        if not isinstance(operand, str) or not 0 < len(operand) <= LONGEST:
            raise _wrong(at, "takes a text", f"of 1 to {LONGEST} characters.")
    else:
        _scalar(operand, at)
        if operator in ORDERED and (operand is None or isinstance(operand, bool)):
            raise _wrong(at, "compares numbers or texts", "give it one of them.")


def _scalar(value: Any, at: str) -> None:
    if isinstance(value, dict | list):
        raise _wrong(at, "takes a text, a number, true, false or null", "inner fields are written with dots.")
    if isinstance(value, str) and len(value) > LONGEST:
        raise _wrong(at, f"is {len(value)} characters long", f"use at most {LONGEST}.")
    if isinstance(value, float) and value - value != 0:
        raise _wrong(at, "is no finite number", "give one that is.")


def pointed(key: str) -> str:
    """A key as it stands in a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")


def _wrong(at: str, what: str, hint: str) -> Unprocessable:
    return Unprocessable(f"{at} {what}{':' if hint else '.'}", hint=hint, field=at)
