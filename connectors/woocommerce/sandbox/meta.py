"""Writing `meta_data`: what an entry of a request does to the entries of an object."""

from __future__ import annotations

from typing import Any

from connectors.woocommerce.sandbox.state import Store
from connectors.woocommerce.sandbox.wire import Data


def write(store: Store, kept: list[Data], given: Any) -> None:
    """Apply entries in order.

    `{key, value}` sets the first entry of that key or adds one; `{id, key, value}` sets that one; a null value deletes;
    `{id, value}` without a key changes nothing.
    """
    for entry in given if isinstance(given, list) else []:
        identifier, key, value = entry.get("id"), entry.get("key"), entry.get("value")
        found = next((one for one in kept if one["id"] == identifier), None) if identifier else None
        if found is None and key:
            found = next((one for one in kept if one["key"] == key), None)
        if value is None and found is not None:
            kept.remove(found)
        elif key and found is not None:
            found |= {"key": key, "value": stored(value)}
        elif key and value is not None:
            kept.append({"id": store.next("meta"), "key": key, "value": stored(value)})


def stored(value: Any) -> Any:
    """As the database gives it back: scalars become strings, arrays and objects keep what is in them."""
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value) if isinstance(value, int | float) else value
