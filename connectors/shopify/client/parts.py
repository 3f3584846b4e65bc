"""The parts of an order that neither a page nor a bulk operation holds: parcels, refunds and shipping lines with their lists.

They are asked for only where there is something in them that the order's own fields do not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.shopify.client.drains import Changed, Drains
from connectors.shopify.client.graph import CostTooHigh
from connectors.shopify.client.nested import FULFILMENT_LINES, REFUND_LINES
from connectors.shopify.client.sizes import allowed, shrunk
from connectors.shopify.client.together import together
from connectors.shopify.documents import load
from hub.ports import Json

DOCUMENT = "order_parts"
FULL = 50  # as many as an order's own lists show of parcels, refunds, transactions
MOST = 250  # as many as can be asked for
LINES = 10
FEW = (5, 20)  # shipping lines, and what of them a refund holds: no document reads more of these lists


def needs_parts(tree: Json) -> bool:
    """Whether there is more to this order than its own fields say."""
    refunds, parcels, transactions = (_list(tree, key) for key in ("refunds", "fulfillments", "transactions"))
    if refunds or len(parcels) > 1 or len(transactions) >= FULL:
        return True
    total, line = _amount(tree.get("totalShippingPriceSet")), tree.get("shippingLine")
    if not isinstance(line, dict):
        return bool(total)
    return _amount(line.get("discountedPriceSet")) != total


async def parts_of(drains: Drains, tree: Json, *, strict: bool) -> tuple[Json, list[str]]:
    """The parts of an order, every list drained, and why some are not whole. Raises Changed as `Drains.whole` does."""
    order, reasons = await _asked(drains, tree["id"])
    if order.get("updatedAt") != tree.get("updatedAt"):
        if strict:
            raise Changed
        reasons.append("It changed while its parts were read.")
    found = await together(
        drains.whole(one, [nested], None, strict=strict)
        for key, nested in (("fulfillments", FULFILMENT_LINES), ("refunds", REFUND_LINES))
        for one in _list(order, key)
    )
    for holder, key in _short_lists(order):
        holder[key] = {"nodes": holder[key]["nodes"]}
    parts = {key: value for key, value in order.items() if key not in ("id", "updatedAt")}
    long = [key for key in ("fulfillments", "refunds", "transactions") if len(_list(order, key)) >= MOST]
    reasons += [f"It has {MOST} {key} or more." for key in long]
    return parts, [*reasons, *(reason for some in found for reason in some)]


async def _asked(drains: Drains, id: str) -> tuple[Json, list[str]]:
    """The answer with all of its short lists whole, which may take a second question with fewer lines."""
    text, lines = load(DOCUMENT), LINES
    order: Any = {}
    limit = allowed(drains.graph.bucket)
    for few in FEW:
        sizes = {"lines": lines, "few": few}
        sizes = shrunk(sizes, lambda now: drains.graph.costs.guess(DOCUMENT, text, {"id": id, **now}), limit)
        while True:
            try:
                data, _denied = await drains.ask(DOCUMENT, {"id": id, **sizes})
                break
            except CostTooHigh:
                if max(sizes.values()) == 1:
                    raise
                sizes = {name: max(1, size // 2) for name, size in sizes.items()}
        order = data.get("order")
        if not isinstance(order, dict):
            raise Changed  # deleted meanwhile
        if not any(holder[key]["pageInfo"]["hasNextPage"] for holder, key in _short_lists(order)):
            return order, []
        lines = 1
    return order, ["It has more shipping lines or adjustments than can be asked for."]


def _short_lists(order: Json) -> Iterator[tuple[Json, str]]:
    """The lists that come whole with the answer or not at all: (object, key)."""
    if isinstance(order.get("shippingLines"), dict):
        yield order, "shippingLines"
    for refund in _list(order, "refunds"):
        for key in ("refundShippingLines", "orderAdjustments", "transactions"):
            if isinstance(refund.get(key), dict):
                yield refund, key


def _list(holder: Json, key: str) -> list[Any]:
    found = holder.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _amount(bag: Any) -> Decimal | None:
    """What a MoneyBag says in the shop's own currency."""
    try:
        return Decimal(bag["shopMoney"]["amount"])
    except (TypeError, KeyError, InvalidOperation):
        return None
