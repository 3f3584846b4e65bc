"""What a request will cost before the shop has said it: needed to wait for the points, and to choose how much to ask for.

The vendor's rule (Shopify API limits): an object is 1 point, a scalar nothing, a connection as many times its node as `first`
says, a mutation 10. That is reckoned from the document; the shop's own `requestedQueryCost` then corrects it: exactly for
sizes that were asked for before, by the highest ratio seen, and a little more, for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

TOKENS = re.compile(r'\.\.\.|[A-Za-z_]\w*|\$\w+|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|[{}()\[\]:!=@|]')
COMMENT = re.compile(r"#[^\n]*")
SIZES = ("first", "last", "ids")
MUTATION = 10.0
SPARE = 1.05  # other sizes have another ratio: a guess that is a little low is refused, and a refusal costs a second
KEPT = 512  # sizes remembered, of all documents together


@dataclass(slots=True)
class Part:
    """A field, or (name "") a fragment's selection. `size`: a number, a variable with its $, or None where nothing is listed."""

    name: str
    size: str | None = None
    parts: list[Part] = field(default_factory=list)
    spread: str | None = None


class Costs:
    """What one shop has said of the costs of our requests."""

    def __init__(self) -> None:
        self._exact: dict[tuple[object, ...], float] = {}
        self._ratio: dict[str, float] = {}

    def guess(self, name: str, text: str, variables: Mapping[str, Any]) -> float:
        """Points that a request will set aside. `name` tells documents apart."""
        exact = self._exact.get(_key(name, variables))
        if exact is not None:
            return exact
        reckoned, ratio = reckon(text, variables), self._ratio.get(name, 1.0)
        return max(1.0, reckoned * (min(1.0, ratio * SPARE) if ratio <= 1 else ratio * SPARE))

    def learn(self, name: str, text: str, variables: Mapping[str, Any], requested: float) -> None:
        """The shop's own figure for a request."""
        if len(self._exact) >= KEPT:
            self._exact.clear()
        self._exact[_key(name, variables)] = requested
        reckoned = reckon(text, variables)
        if reckoned and requested:
            self._ratio[name] = max(self._ratio.get(name, 0.0), requested / reckoned)


def _key(name: str, variables: Mapping[str, Any]) -> tuple[object, ...]:
    sizes = ((key, len(value) if isinstance(value, list) else value) for key, value in variables.items())
    return (name, *sorted(pair for pair in sizes if type(pair[1]) is int))


def reckon(text: str, variables: Mapping[str, Any]) -> float:
    """The points of a document by the vendor's rule; an upper bound where a node may be of several types."""
    mutation, root, fragments = _parsed(text)
    return (MUTATION if mutation else 0.0) + _cost(root, fragments, variables)


def _cost(part: Part, fragments: Mapping[str, Part], variables: Mapping[str, Any]) -> float:
    """Points of what stands inside a part; the part's own point is its parent's to count."""
    total = 0.0
    for inner in part.parts:
        if inner.spread is not None:
            total += _cost(fragments[inner.spread], fragments, variables)
        elif not inner.name:
            total += _cost(inner, fragments, variables)
        elif inner.size is not None and (listed := _listed(inner)) is not None:
            total += _times(inner.size, variables) * (1 + _cost(listed, fragments, variables))
        elif inner.parts and inner.name != "pageInfo":
            total += 1 + _cost(inner, fragments, variables)
    return total


def _listed(part: Part) -> Part | None:
    """What stands for one node of a connection. A plain list, even one with `first`, is no connection: it counts as one."""
    return part if part.name == "nodes" else next((one for one in part.parts if one.name in ("nodes", "edges")), None)


def _times(size: str, variables: Mapping[str, Any]) -> float:
    value: Any = variables.get(size[1:]) if size.startswith("$") else int(size)
    return float(len(value) if isinstance(value, list) else value or 0)


@cache
def _parsed(text: str) -> tuple[bool, Part, dict[str, Part]]:
    """Whether it is a mutation, its root, and its fragments by name."""
    tokens = iter(TOKENS.findall(COMMENT.sub("", text)))
    mutation, root, fragments = False, Part(""), {}
    for word in tokens:
        if word == "fragment":
            name = next(tokens)
            next(tokens), next(tokens)  # on Type
            _until(tokens, "{")
            fragments[name] = Part(name, parts=_selection(tokens))
        elif word == "{":
            root = Part("", parts=_selection(tokens))
        elif word == "(":
            _arguments(tokens)
        elif word == "mutation":
            mutation = True
    return mutation, root, fragments


def _selection(tokens: Iterator[str]) -> list[Part]:
    """What stands between an opening brace, which is past, and its closing one."""
    parts: list[Part] = []
    for word in tokens:
        if word == "}":
            break
        if word == "...":
            name = next(tokens)
            if name == "on":
                _until(tokens, "{")
                parts.append(Part("", parts=_selection(tokens)))
            else:
                parts.append(Part("", spread=name))
        elif word == "(":
            parts[-1].size = _arguments(tokens)
        elif word == "{":
            parts[-1].parts = _selection(tokens)
        elif word == ":":  # what came before was an alias
            parts[-1].name = next(tokens)
        elif word == "@":
            next(tokens)
        else:
            parts.append(Part(word))
    return parts


def _arguments(tokens: Iterator[str]) -> str | None:
    """Past the closing parenthesis; the size among the arguments, if there is one."""
    size, before, name = None, "", ""
    depth = 1
    for word in tokens:
        depth += (word == "(") - (word == ")")
        if not depth:
            break
        if word == ":":
            name = before
        elif name in SIZES and (word.startswith("$") or word.isdigit()):
            size, name = word, ""
        elif name in SIZES and word == "[":
            size, name = "1", ""
        before = word
    return size


def _until(tokens: Iterator[str], wanted: str) -> None:
    for word in tokens:
        if word == wanted:
            return
