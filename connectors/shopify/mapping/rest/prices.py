"""Taxes and discounts of REST-shaped bodies."""

from __future__ import annotations

from typing import Any, Final

from connectors.shopify.mapping.rest.body import Body, word
from hub.ports import Json

_TYPES: Final = {
    "discount_code": "DiscountCodeApplication",
    "automatic": "AutomaticDiscountApplication",
    "manual": "ManualDiscountApplication",
    "script": "ScriptDiscountApplication",
}
_WORDS: Final = (
    ("allocation_method", "allocationMethod"),
    ("target_selection", "targetSelection"),
    ("target_type", "targetType"),
)


def tax_tree(raw: Json, currency: Any) -> Json:
    """A tax line."""
    body = Body(raw)
    body.move((("channel_liable", "channelLiable"),))
    body.money("price", "priceSet", currency)
    return body.done()


class Applications:
    """The order's discount applications, to which the allocations point by index."""

    def __init__(self, listed: Any) -> None:
        self._listed = listed if type(listed) is list else []
        self._used: set[int] = set()

    @property
    def all_used(self) -> bool:
        """Whether every application was said with an allocation, so that the list itself says nothing more."""
        return len(self._used) == len(self._listed)

    def allocation_tree(self, raw: Json) -> Json:
        """An allocation with its application beside it."""
        body = Body(raw)
        body.money("amount", "allocatedAmountSet", None)
        index = body.left.pop("discount_application_index", None)
        if index is not None:
            body.tree["discountApplication"] = self._application(index)
        return body.done()

    def _application(self, index: Any) -> Json:
        if type(index) is not int or not 0 <= index < len(self._listed) or type(self._listed[index]) is not dict:
            return {"index": index}
        self._used.add(index)
        body = Body(self._listed[index])
        kind = body.left.get("type")
        if type(kind) is str and kind in _TYPES:
            body.tree["__typename"] = _TYPES[body.left.pop("type")]
        body.tree["index"] = index
        body.move(_WORDS, word)
        return body.done()
