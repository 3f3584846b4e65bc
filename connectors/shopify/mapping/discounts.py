"""Discounts of an order, gathered from where they fell: Shopify writes the application beside each of its allocations."""

from __future__ import annotations

from typing import Any, Final

from connectors.shopify.mapping.bags import added, bag
from connectors.shopify.mapping.reading import VENDOR, listed, nested, remaining, whole
from connectors.shopify.mapping.words import DISCOUNT, keys
from hub.mapping import WrongValue, text, texts, wrong
from hub.ports import Json

_KNOWN: Final = keys("__typename index code title")
_TEXTS: Final = (("code", "code"), ("title", "title"), ("__typename", "type_native"))
_ALLOCATION: Final = keys("allocatedAmountSet discountApplication")


class Discounts:
    """The applications seen so far, each once, in the order of the vendor's index where it says one."""

    def __init__(self) -> None:
        self._seen: list[tuple[int | None, Json, list[Json]]] = []  # (vendor's index, application, its amounts)
        self._waiting: list[tuple[Json, int]] = []  # (allocation, place in _seen)

    def allocations(self, raw: Json, doc: Json, rest: Json) -> None:
        """Fill `allocations` of a line; their `application` is set by `settle`."""
        found: list[Json] = []
        odd: list[Json] = []
        for index, entry in enumerate(listed(raw, "discountAllocations")):
            try:
                one = self._allocation(entry, odd, index)
            except WrongValue as error:
                raise error.under("discountAllocations", index) from None
            if one is not None:
                found.append(one)
        if found:
            doc["allocations"] = found
        if odd:
            rest["discountAllocations"] = odd

    def _allocation(self, entry: Json, odd: list[Json], index: int) -> Json | None:
        rest = remaining(entry, _ALLOCATION)
        amount = bag(entry, "allocatedAmountSet", rest)
        application = nested(entry, "discountApplication")
        if amount is None:
            odd.append({"index": index, **entry})  # an allocation of nothing
            return None
        if rest:
            odd.append({"index": index, **rest})
        doc: Json = {"amount": amount}
        if application is not None:
            self._waiting.append((doc, self._place(application, amount)))
        return doc

    def _place(self, application: Json, amount: Json) -> int:
        try:
            own = whole(application, "index")
            for name in ("__typename", "code", "title", "description"):
                text(application, name)  # judged here, where it is known on which line it stands
        except WrongValue as error:
            raise error.under("discountApplication") from None
        for place, (index, seen, amounts) in enumerate(self._seen):
            if index == own and seen == application:
                amounts.append(amount)
                return place
        self._seen.append((own, application, [amount]))
        return len(self._seen) - 1

    def settle(self) -> list[Json]:
        """The discounts of the order; every allocation now knows the index of its own."""
        order = sorted(range(len(self._seen)), key=lambda place: _rank(self._seen[place][0], place))
        index_of = {place: index for index, place in enumerate(order)}
        for doc, place in self._waiting:
            doc["application"] = index_of[place]
        return [self._discount(place, index) for index, place in enumerate(order)]

    def _discount(self, place: int, position: int) -> Json:
        own, application, amounts = self._seen[place]
        doc: Json = {"kind": "other"}
        rest = remaining(application, _KNOWN)
        texts(application, doc, _TEXTS)
        doc["kind"] = DISCOUNT.get(doc.get("type_native", ""), "other")
        total = added(amounts)
        if total is not None:
            doc["amount"] = total
        if own is not None and own != position:
            rest["index"] = own
        if rest:
            doc["ext"] = {VENDOR: rest}
        return doc


def _rank(index: Any, place: int) -> tuple[int, int]:
    return (index if index is not None else 1 << 62, place)


def quantity_text(raw: Json, key: str) -> str | None:
    """A count as text."""
    value = whole(raw, key)
    if value is not None and value < 0:
        raise wrong(key, value, "a count")
    return None if value is None else str(value)
