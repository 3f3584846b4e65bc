"""Stock of a variant: the shop's total, and every named quantity at every location."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from connectors.shopify.mapping.reading import beside_nodes, listed, nodes, reference, remaining
from connectors.shopify.mapping.words import POLICY, keys
from hub.mapping import WrongValue, flag, text, wrong
from hub.ports import Json

_LEVEL: Final = keys("location quantities")
#: `updatedAt` of a single quantity is kept in the raw object only: the level has one of its own.
_QUANTITY: Final = keys("name quantity updatedAt")


def inventory(raw: Json, item: Json, rest: Json) -> Json:
    """Stock of a variant with its inventory item; ids and dates of the levels go to `rest`."""
    doc: Json = {}
    try:
        tracked = flag(item, "tracked")
    except WrongValue as error:
        raise error.under("inventoryItem") from None
    policy = text(raw, "inventoryPolicy")
    if tracked is not None:
        doc["tracked"] = tracked
    if policy is not None:
        known = POLICY.get(policy)
        doc["policy" if known else "policy_native"] = known or policy
    total, levels = raw.get("inventoryQuantity"), []
    if type(total) is int:
        levels.append(level("available", total, None))
    elif total is not None:
        raise wrong("inventoryQuantity", total, "a whole number")
    sold = flag(raw, "availableForSale")
    if sold is not None:
        behind = sold and tracked is True and total is not None and total <= 0
        doc["availability"] = "backorder" if behind else "in_stock" if sold else "out_of_stock"
    if item.get("inventoryLevels") is not None:
        _places(item, levels, rest)
    if levels:
        doc["levels"] = levels
    return doc


def _places(item: Json, levels: list[Json], rest: Json) -> None:
    kept = []
    try:
        for index, place in enumerate(nodes(item, "inventoryLevels")):
            try:
                kept.append(_place(place, levels))
            except WrongValue as error:
                raise error.under("inventoryLevels", "nodes", index) from None
        beside_nodes(item, "inventoryLevels", rest)
    except WrongValue as error:
        raise error.under("inventoryItem") from None
    if any(kept):
        rest["inventoryLevels"] = {**rest.get("inventoryLevels", {}), "nodes": kept}


def _place(place: Json, levels: list[Json]) -> Json:
    """The quantities of one location become levels; what else the level says is answered. Without location: all of it."""
    where = place.get("location")
    gid = where.get("id") if type(where) is dict else None
    ref = reference(gid) if type(gid) is str else None
    if ref is None or type(where) is not dict:
        if where is None:
            return place
        raise wrong("location", where, 'an object like {"id": "gid://shopify/Location/1"}')
    strange = []
    for index, entry in enumerate(listed(place, "quantities")):
        name, quantity = entry.get("name"), entry.get("quantity")
        if type(name) is not str or type(quantity) is not int:
            raise WrongValue(f"/quantities/{index}", entry, 'an object like {"name": "available", "quantity": 1}')
        levels.append(level(name, quantity, gid))
        # beside the two that were just read: the date, as the documents ask for it, or nothing
        if len(entry) > 2 and not (len(entry) == 3 and "updatedAt" in entry):
            strange.append({"index": index, **remaining(entry, _QUANTITY)})
    rest = remaining(place, _LEVEL)
    rest["location"] = where if None not in where.values() else {"id": gid, **remaining(where, _ID)}
    if strange:
        rest["quantities"] = strange
    return rest


_ID: Final = frozenset({"id"})


@lru_cache(maxsize=65536)
def level(name: str, quantity: Any, gid: str | None) -> Json:
    """A quantity of one name, at a location or (without gid) in the whole shop. Shared between documents: do not change it."""
    doc: Json = {"name": name, "quantity": str(quantity)}
    if gid is not None:  # eight times a location: without the gid, which ext has once
        doc["location"] = {key: value for key, value in (reference(gid) or {}).items() if key != "gid"}
    return doc
