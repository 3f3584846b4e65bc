"""inventorySetQuantities: with a key that is good for one input, and against the quantity that the caller believes is there."""

from __future__ import annotations

import json
from typing import Any, Final

from connectors.shopify.sandbox.call import Call, GraphError
from connectors.shopify.sandbox.state import Json, State

REASONS: Final = frozenset({
    "correction", "cycle_count_available", "damaged", "movement_created", "movement_updated", "movement_received",
    "movement_canceled", "other", "promotion", "quality_control", "received", "reservation_created", "reservation_deleted",
    "reservation_updated", "restock", "safety_stock", "shrinkage",
})  # fmt: skip
NAMES: Final = ("available", "on_hand")
MOST: Final = 250
LARGEST: Final = 1_000_000_000


def set_quantities(call: Call, _source: Json, args: Json) -> Json:
    """The mutation: all quantities or none, once per key."""
    wanted: Json = args["input"]
    key = (call.directives.get("idempotent") or {}).get("key")
    if not key:
        raise GraphError("The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST")
    if len(wanted["quantities"]) > MOST:
        raise GraphError(
            f"The input array size of {len(wanted['quantities'])} is greater than the maximum allowed of {MOST}.",
            "MAX_INPUT_SIZE_EXCEEDED",
        )
    seen: dict[str, tuple[str, Json]] = call.sandbox.writes.idempotent
    spelled = json.dumps(wanted, sort_keys=True)
    if key in seen:
        if seen[key][0] != spelled:
            return _refused([_error(["input"], "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "The key was used with another input.")])
        return seen[key][1]
    if errors := _wrong(call.state, wanted):
        return _refused(errors)  # an input that was refused may be sent again with the same key
    answer = {"inventoryAdjustmentGroup": _apply(call.state, wanted), "userErrors": []}
    seen[key] = (spelled, answer)
    return answer


def _error(field: list[str], code: str, message: str) -> Json:
    return {"field": field, "code": code, "message": message}


def _refused(errors: list[Json]) -> Json:
    return {"inventoryAdjustmentGroup": None, "userErrors": errors}


def level(state: State, item: str, location: str) -> Json | None:
    """The level of an item at a location."""
    for one in state.all((state.get(item) or {}).get("inventoryLevels") or []):
        if one["location"] == location:
            return one
    return None


def quantity(found: Json, name: str) -> Json:
    """The entry of one name in a level."""
    entry: Json = next(one for one in found["quantities"] if one["name"] == name)
    return entry


def _wrong(state: State, wanted: Json) -> list[Json]:
    if wanted["name"] not in NAMES:
        return [_error(["input", "name"], "INVALID_NAME", "The quantity name must be either 'available' or 'on_hand'.")]
    if wanted["reason"] not in REASONS:
        return [_error(["input", "reason"], "INVALID_REASON", "The specified reason is invalid.")]
    errors: list[Json] = []
    pairs: set[tuple[str, str]] = set()
    for place, one in enumerate(wanted["quantities"]):
        where = ["input", "quantities", str(place)]
        pair = one["inventoryItemId"], one["locationId"]
        found = level(state, *pair)
        if state.get(pair[0]) is None:
            errors.append(_error([*where, "inventoryItemId"], "INVALID_INVENTORY_ITEM", "The inventory item could not be found."))
        elif state.get(pair[1]) is None or found is None:
            errors.append(_error([*where, "locationId"], "INVALID_LOCATION", "The location could not be found."))
        elif pair in pairs:
            errors.append(_error(where, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "The item is named twice."))
        elif not -LARGEST <= one["quantity"] <= LARGEST:
            code = "INVALID_QUANTITY_TOO_HIGH" if one["quantity"] > 0 else "INVALID_QUANTITY_TOO_LOW"
            errors.append(_error([*where, "quantity"], code, "The quantity is beyond what a shop can hold."))
        elif "changeFromQuantity" not in one:
            errors.append(_error(where, "COMPARE_QUANTITY_REQUIRED", "The changeFromQuantity argument is required."))
        elif one["changeFromQuantity"] is not None and one["changeFromQuantity"] != quantity(found, wanted["name"])["quantity"]:
            errors.append(_error([*where, "changeFromQuantity"], "CHANGE_FROM_QUANTITY_STALE", "The quantity has moved."))
        pairs.add(pair)
    return errors


def _apply(state: State, wanted: Json) -> str:
    now, changes = state.now(), []
    for one in wanted["quantities"]:
        found = level(state, one["inventoryItemId"], one["locationId"])
        assert found is not None  # noqa: S101 (checked)
        delta = one["quantity"] - quantity(found, wanted["name"])["quantity"]
        for name in NAMES:  # what is there and what may be sold move together
            entry = quantity(found, name)
            entry["quantity"] += delta
            entry["updatedAt"] = now
            changes.append({
                "name": name, "delta": delta, "quantityAfterChange": entry["quantity"], "item": one["inventoryItemId"],
                "location": one["locationId"],
            })  # fmt: skip
        if delta:
            _moved(state, one["inventoryItemId"], found["id"], delta)
    told = {"createdAt": now, "reason": wanted["reason"], "referenceDocumentUri": wanted.get("referenceDocumentUri")}
    return str(state.put("InventoryAdjustmentGroup", {**told, "changes": changes})["id"])


def _moved(state: State, item: str, found: str, delta: int) -> None:
    """The level's webhook, and the product's: a product counts as saved when its stock moves."""
    state.touch(found, "inventory_levels/update")
    for variant in state.of("ProductVariant").values():
        if variant["inventoryItem"] == item:
            variant["inventoryQuantity"] = (variant.get("inventoryQuantity") or 0) + delta
            product = state.get(variant["product"])
            if product is not None:
                product["totalInventory"] = (product.get("totalInventory") or 0) + delta
                state.touch(product["id"], "products/update")
            return


NEEDS: Final = {"Mutation.inventorySetQuantities": "write_inventory"}
RESOLVERS: Final[dict[str, Any]] = {"Mutation.inventorySetQuantities": set_quantities}
