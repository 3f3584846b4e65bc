"""Filters that no event of the chosen types can match, by the schemas of those types: they would drop everything in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from typing import Any, Final

import msgspec

from hub.errors import Unprocessable
from webhooks.filters.check import pointed
from webhooks.filters.match import ORDERED, TEXTUAL, fitting
from webhooks.filters.reach import KINDS, Endless, Reach, Values, kind_of

#: What partners see around `data`: a path that begins with one of these was meant from there.
AROUND: Final = ("data", "type", "timestamp")


@dataclass(frozen=True, slots=True)
class Lost:
    """A condition that cannot hold. at: its JSON pointer; there: what the schema allows at its path."""

    at: str
    path: str
    wanted: Any
    there: Values


def fruitful(filter: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """Look at a sound filter. schemas: of the data of every type that may come. Raises Unprocessable when none can match.

    What is refused is certain; not everything that cannot match is refused.
    """
    found: list[tuple[Lost, Reach]] = []
    for schema in schemas.values():
        reach = Reach(schema)
        try:
            lost = _lost(filter, "/filter", reach)
        except Endless:
            return
        if lost is None:
            return
        found.append((lost, reach))
    if found:
        raise _refused(*found[0], list(schemas))


def _lost(filter: Mapping[str, Any], where: str, reach: Reach) -> Lost | None:
    """The first condition for which the whole filter fails. What `not` says is not looked at."""
    for key, wanted in filter.items():
        at, lost = f"{where}/{pointed(key)}", None
        if key in ("all", "any"):
            each = [_lost(one, f"{at}/{nth}", reach) for nth, one in enumerate(wanted)]
            if key == "all" or all(each):
                lost = next((one for one in each if one), None)
        elif key != "not":
            lost = _condition(key, wanted, at, reach)
        if lost is not None:
            return lost
    return None


def _condition(path: str, wanted: Any, at: str, reach: Reach) -> Lost | None:
    operators = wanted if isinstance(wanted, dict) else {"eq": wanted}
    positive = {name: value for name, value in operators.items() if name not in ("ne", "nin", "exists")}
    if not positive and operators.get("exists") is not True:
        return None
    there = reach.at(tuple(path.split(".")))
    fits = fitting(positive)
    if fits is None:
        possible = bool(there)
    else:
        kinds = reduce(frozenset.__and__, (_kinds(name, value) for name, value in positive.items()))
        possible = bool(there.kinds & kinds) or any(fits(value) for _, value in there.known)
    return None if possible else Lost(at, path, wanted, there)


def _kinds(operator: str, wanted: Any) -> frozenset[str]:
    """Of which kinds a value may be for an operator to hold."""
    if operator in TEXTUAL:
        return frozenset({"string"})
    if operator == "in":
        return frozenset(kind_of(one) for one in wanted)
    if operator in ORDERED and not isinstance(wanted, str):
        return frozenset({"number", "string"})  # decimals are written as texts
    return KINDS & {kind_of(wanted)}


def _refused(lost: Lost, reach: Reach, types: list[str]) -> Unprocessable:
    shown = msgspec.json.encode(lost.wanted).decode()
    what = f"{lost.at} {shown if len(shown) <= 80 else shown[:79] + '…'} can never match"
    of = types[0] if len(types) == 1 else f"{types[0]} and {len(types) - 1} more"
    if lost.there:
        why, hint = f"in {of} it is {_told(lost.there)}", "compare with such a value, choose other types, or leave it out."
    else:
        why, hint = f"the data of {of} has no {lost.path[:80]!r}", _where(lost.path, reach)
    return Unprocessable(f"{what}: {why}:", hint=hint, field=lost.at)


def _told(there: Values) -> str:
    known = sorted(msgspec.json.encode(value).decode()[:40] for _, value in there.known)
    names = [*sorted(there.kinds), *known[:8], *(["…"] if len(known) > 8 else [])]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _where(path: str, reach: Reach) -> str:
    """What may have been meant."""
    paths = reach.paths()
    first, _, rest = path.partition(".")
    if first in AROUND:
        if rest and reach.at(tuple(rest.split("."))):
            return f"paths begin inside data: write {rest!r}."
        return f"paths begin inside data, which holds {_some(paths)}."
    near = get_close_matches(path, paths, 3, 0.7)
    return f"perhaps {' or '.join(near)}." if near else f"data holds {_some(paths)}; GET /v1/event-types shows the schemas."


def _some(paths: list[str]) -> str:
    names = [path for path in paths if "." not in path]
    return ", ".join(names[:10]) + (", …" if len(names) > 10 else "") if names else "nothing that its schema names"
