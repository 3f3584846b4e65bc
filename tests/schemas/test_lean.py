"""The check without instances takes and refuses exactly what the models do."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import ValidationError

from schemas.kinds import MODELS, InvalidDocument, check, validate
from schemas.lean import lean

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "canonical"
WRONG: tuple[Any, ...] = (None, 1, -1, "1", "", "12\n", True, [], {}, ["x"], {"x": 1}, Decimal("1.5"), "eur", b"x", ("a",))


def examples() -> Iterator[tuple[str, Any]]:
    for path in sorted(EXAMPLES.rglob("*.json")):
        found = json.loads(path.read_text(), parse_float=Decimal)
        kind = next((kind for kind in MODELS if path.name.startswith(kind)), None)
        if kind is not None and isinstance(found, dict) and _takes(kind, found):
            yield kind, found


def _takes(kind: str, doc: Any) -> bool:
    try:
        validate(kind, doc)
    except InvalidDocument:
        return False
    return True


def _lean_takes(kind: str, doc: Any) -> bool:
    try:
        lean_of[kind].validate_python(doc)
    except ValidationError:
        return False
    return True


lean_of = {kind: lean(model) for kind, model in MODELS.items()}


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*at, key))


def changed(doc: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy that differs at one place; everything beside it is shared."""
    found = holder = copy.copy(doc)
    for key in place[:-1]:
        holder[key] = copy.copy(holder[key])
        holder = holder[key]
    if value is KeyError:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return found


def test_the_lean_check_and_the_model_agree_on_every_example_with_anything_wrong_anywhere() -> None:
    tried = refused = 0
    seen = set()
    for kind, doc in examples():
        assert _lean_takes(kind, doc)
        for place in places(doc):
            shape = (kind, tuple(part if isinstance(part, str) else None for part in place))
            if shape in seen:
                continue  # the second entry of a list is checked as the first
            seen.add(shape)
            for value in (*WRONG, KeyError) if place else ():
                other = changed(doc, place, value)
                takes = _takes(kind, other)
                assert _lean_takes(kind, other) == takes, (kind, place, value)
                tried, refused = tried + 1, refused + (not takes)
            holder = doc
            for key in place:
                holder = holder[key]
            if isinstance(holder, dict):
                other = changed(doc, (*place, "unknown"), 1)
                assert _lean_takes(kind, other) == _takes(kind, other), (kind, place)
    assert tried > 3000
    assert refused > 1000


def test_what_is_refused_is_told_in_the_models_words() -> None:
    doc = {"refs": [{"connector": "x", "kind": "y", "id": "1"}], "title": 5}
    with pytest.raises(InvalidDocument) as lean_words:
        check("product", doc)
    with pytest.raises(InvalidDocument) as model_words:
        validate("product", doc)
    assert str(lean_words.value) == str(model_words.value)
