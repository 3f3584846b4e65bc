"""Options of a product and what a variant chose of them.

A product without options has one called "Title" with the one value "Default Title" in Shopify; in the canonical form it has none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from connectors.shopify.mapping.reading import VENDOR, gid_text, listed, nested, remaining, whole
from connectors.shopify.mapping.words import keys
from hub.mapping import WrongValue, text
from hub.ports import Json

_OPTION: Final = keys("id name position optionValues")
_VALUE: Final = keys("id name")
_SELECTED: Final = keys("name value optionValue key")
_JUST_ID: Final = frozenset({"id"})


def options(raw: Json) -> list[Json]:
    """The options in their order, with all their values."""
    found = []
    for index, option in enumerate(listed(raw, "options")):
        try:
            found.append(_option(option))
        except WrongValue as error:
            raise error.under("options", index) from None
    return found


def _option(option: Json) -> Json:
    doc: Json = {"name": text(option, "name") or ""}
    rest = remaining(option, _OPTION)
    own, position = gid_text(option), whole(option, "position")
    if own is not None:
        doc["id"] = own
    if position is not None:
        doc["position"] = position
    labels, kept = [], []
    for index, value in enumerate(listed(option, "optionValues")):
        try:
            label = {"label": text(value, "name") or ""}
            id = gid_text(value)
        except WrongValue as error:
            raise error.under("optionValues", index) from None
        if id is not None:
            label["id"] = id
        labels.append(label)
        more = remaining(value, _VALUE)
        if more.get("hasVariants") is True:
            del more["hasVariants"]  # told by the variants; said only of a value that none of them has
        if more:
            kept.append({"index": index, **more})
    if labels:
        doc["values"] = labels
    if kept:
        rest["optionValues"] = kept
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def selected(raw: Json) -> list[Json]:
    """What a variant chose, one value of each option."""
    found = []
    for index, choice in enumerate(listed(raw, "selectedOptions")):
        try:
            found.append(_selected(choice))
        except WrongValue as error:
            raise error.under("selectedOptions", index) from None
    return found


def _selected(choice: Json) -> Json:
    name, value = choice.get("name"), choice.get("value")
    inner = choice.get("optionValue")
    if type(name) is str and type(value) is str and len(choice) == 3 and type(inner) is dict and len(inner) == 1:
        id = inner.get("id")
        if type(id) is str and id:
            return _shared(name, value, id)
    doc: Json = {"name": text(choice, "name") or "", "value": text(choice, "value") or ""}
    rest = remaining(choice, _SELECTED)
    key, meant = text(choice, "key"), nested(choice, "optionValue")
    if key is not None:
        doc["key"] = key
    if meant is not None:
        try:
            own = gid_text(meant)
        except WrongValue as error:
            raise error.under("optionValue") from None
        if own is not None:
            doc["id"] = own
        kept = remaining(meant, _JUST_ID)
        if kept:
            rest["optionValue"] = kept
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


@lru_cache(maxsize=8192)
def _shared(name: str, value: str, id: str) -> Json:
    return {"name": name, "value": value, "id": id}
