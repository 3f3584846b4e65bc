"""Filters that no payload can match: they would drop everything in silence, so they are refused when they are set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webhooks.filters.match import equals, exact, fitting

Found = tuple[str, str]  # a JSON pointer and why


@dataclass
class Demands:
    """What must hold together: one value for each of `fits`, none of `refused`, none at all at `absent`."""

    fits: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)  # pointer, path, operators
    refused: list[tuple[str, Any]] = field(default_factory=list)
    present: list[tuple[str, str]] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    choices: list[tuple[str, Sequence[Mapping[str, Any]]]] = field(default_factory=list)


def contradiction(filter: Mapping[str, Any], where: str) -> Found | None:
    """The first thing in a well-formed filter that cannot be, or None. What it finds is certain; it does not find everything."""
    demands = Demands()
    return _gather(filter, where, demands) or _alone(demands) or _together(demands) or _choices(demands)


def _gather(filter: Mapping[str, Any], where: str, into: Demands) -> Found | None:
    for key, wanted in filter.items():
        at = f"{where}/{key.replace('~', '~0').replace('/', '~1')}"
        if key == "all":
            for nth, one in enumerate(wanted):
                if found := _gather(one, f"{at}/{nth}", into):
                    return found
        elif key == "any":
            into.choices.append((at, wanted))
        elif key == "not":
            if not wanted:
                return at, "an empty filter matches everything"
            _denied(wanted, at, into)
        else:
            _demanded(key, wanted if isinstance(wanted, dict) else {"eq": wanted}, at, into)
    return None


def _demanded(path: str, operators: Mapping[str, Any], at: str, into: Demands) -> None:
    positive = {name: value for name, value in operators.items() if name not in ("ne", "nin", "exists")}
    if positive:
        into.fits.append((at, path, positive))
        into.present.append((at, path))
    if "ne" in operators:
        into.refused.append((path, operators["ne"]))
    into.refused.extend((path, value) for value in operators.get("nin", ()))
    if operators.get("exists") is True:
        into.present.append((at, path))
    elif operators.get("exists") is False:
        into.absent.append(path)


def _denied(filter: Mapping[str, Any], at: str, into: Demands) -> None:
    """What `not` demands, where it is plain: one condition of one operator."""
    if len(filter) != 1:
        return
    (path, wanted), *_ = filter.items()
    operators = wanted if isinstance(wanted, dict) else {"eq": wanted}
    if path in ("all", "any", "not") or len(operators) != 1:
        return
    opposite = {"eq": "ne", "in": "nin"}
    for name, value in operators.items():
        if name in opposite:
            _demanded(path, {opposite[name]: value}, at, into)
        elif name == "exists":
            _demanded(path, {"exists": not value}, at, into)


def _alone(demands: Demands) -> Found | None:
    """A path whose operators exclude each other, or only leave values that are refused."""
    for at, path, operators in demands.fits:
        fits = fitting(operators)
        refused = [equals(value) for of, value in demands.refused if of == path]
        candidates = list(_candidates(operators))
        if candidates:
            if fits is not None and not any(fits(one) and not any(test(one) for test in refused) for one in candidates):
                return at, "no value fulfils all that is said of it"
        elif _empty_range(operators):
            return at, "no value lies in that range"
    return None


def _candidates(operators: Mapping[str, Any]) -> Iterator[Any]:
    """The few values that are possible; nothing when they are many."""
    if "eq" in operators:
        yield operators["eq"]
    elif "in" in operators:
        yield from operators["in"]


def _empty_range(operators: Mapping[str, Any]) -> bool:
    low = next(((operators[name], name == "gt") for name in ("gt", "gte") if name in operators), None)
    high = next(((operators[name], name == "lt") for name in ("lt", "lte") if name in operators), None)
    if low is None or high is None:
        return False
    if isinstance(low[0], str) != isinstance(high[0], str):
        # a text that lies beyond a text can also be a decimal that lies below a number
        return False
    a: Any = low[0] if isinstance(low[0], str) else exact(low[0])
    b: Any = high[0] if isinstance(high[0], str) else exact(high[0])
    return bool(a > b or (a == b and (low[1] or high[1])))


def _together(demands: Demands) -> Found | None:
    """A field that must be absent, while it or one inside it must be there."""
    for at, path in demands.present:
        if any(path == gone or path.startswith(f"{gone}.") for gone in demands.absent):
            return at, "the field must exist and must not"
    return None


def _choices(demands: Demands) -> Found | None:
    """An `any` of which no branch can be."""
    for at, branches in demands.choices:
        found = [contradiction(branch, f"{at}/{nth}") for nth, branch in enumerate(branches)]
        if all(found):
            return found[0]
    return None
