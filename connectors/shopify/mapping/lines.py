"""The product lines of an order. Amounts are as the order has them: with tax inside when it says `prices_include_tax`.

`subtotal` is before discounts, `total` after all of them (line, code and order discounts alike), `unit_price` after them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connectors.shopify.mapping.bags import added, bag, is_zero, less, same
from connectors.shopify.mapping.discounts import Discounts, quantity_text
from connectors.shopify.mapping.metafields import attributes
from connectors.shopify.mapping.reading import VENDOR, beside_nodes, nested, nodes, own_ref, ref_in, remaining, whole
from connectors.shopify.mapping.taxes import tax_lines
from connectors.shopify.mapping.words import keys
from hub.mapping import WrongValue, text, texts
from hub.ports import Json

_KNOWN: Final = keys(
    "id title variantTitle sku quantity currentQuantity product variant image customAttributes originalTotalSet",
    "discountedUnitPriceAfterAllDiscountsSet discountedTotalSet totalDiscountSet taxLines discountAllocations duties",
)
_TEXTS: Final = (("title", "title"), ("variantTitle", "variant_title"), ("sku", "sku"))
_URL: Final = frozenset({"url"})


Counts = Mapping[str, int] | None


def order_lines(raw: Json, discounts: Discounts, back: Counts, sent: Counts, rest: Json) -> list[Json]:
    """The lines in their order. `back`, `sent`: line id → how many were refunded and sent; None where that is not known."""
    found = []
    for index, line in enumerate(nodes(raw, "lineItems")):
        try:
            found.append(_line(line, discounts, back, sent))
        except WrongValue as error:
            raise error.under("lineItems", "nodes", index) from None
    beside_nodes(raw, "lineItems", rest)
    return found


def _line(raw: Json, discounts: Discounts, back: Counts, sent: Counts) -> Json:
    ref = own_ref(raw, "LineItem")
    doc: Json = {"ref": ref}
    rest = remaining(raw, _KNOWN)
    texts(raw, doc, _TEXTS)
    if rest.get("name") == doc.get("title") and "variant_title" not in doc:
        rest.pop("name", None)  # else "<title> - <variant>", in the words of the shop's language
    for key in ("product", "variant"):
        found, more = ref_in(raw, key)
        if found is not None:
            doc[key] = found
        if more:
            rest[key] = more
    _quantity(raw, doc, (back or {}).get(ref["id"], 0), fulfilled_of(raw) if sent is None else sent.get(ref["id"], 0))
    _money(raw, doc, discounts, rest)
    tax_lines(raw, doc, "total_tax")
    image = nested(raw, "image")
    if image:
        try:
            url = text(image, "url")
        except WrongValue as error:
            raise error.under("image") from None
        if url is not None:
            doc["image_url"] = url
        more = remaining(image, _URL)
        if more:
            rest["image"] = more
    fields = attributes(raw, "customAttributes")
    if fields:
        doc["metafields"] = fields
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _quantity(raw: Json, doc: Json, refunded: int, fulfilled: int | None) -> None:
    """Ordered and current as the shop says; refunded and fulfilled from the refunds and parcels, where they were read."""
    original, current = quantity_text(raw, "quantity"), quantity_text(raw, "currentQuantity")
    if original is None and current is None:
        return
    quantity: Json = {"original": original or current, "current": current or original}
    if fulfilled is not None:
        quantity["fulfilled"] = str(fulfilled)
    if refunded:
        quantity["refunded"] = str(refunded)
    doc["quantity"] = quantity


def fulfilled_of(raw: Json) -> int | None:
    """How many of a line were fulfilled. Only a line from which nothing was removed tells: one that was refunded does not say
    whether it had been sent before."""
    counts = [whole(raw, key) for key in ("quantity", "currentQuantity", "unfulfilledQuantity", "nonFulfillableQuantity")]
    ordered, current, waiting, never = counts
    if ordered is None or waiting is None or ordered != current:
        return None
    found = ordered - waiting - (never or 0)
    return found if found >= 0 else None


def _money(raw: Json, doc: Json, discounts: Discounts, rest: Json) -> None:
    subtotal, stated = bag(raw, "originalTotalSet", rest), bag(raw, "discountedTotalSet", rest)
    off, unit = bag(raw, "totalDiscountSet", rest), bag(raw, "discountedUnitPriceAfterAllDiscountsSet", rest)
    if unit is not None:
        doc["unit_price"] = unit
    if subtotal is not None:
        doc["subtotal"] = subtotal
    discounts.allocations(raw, doc, rest)
    given = added(one["amount"] for one in doc.get("allocations", ()))
    if given is not None:
        doc["discount"] = given
    if subtotal is not None:
        doc["total"] = subtotal if given is None else less(subtotal, given)
        if given is None and stated is not None and raw.get("discountAllocations") is None:
            doc["total"] = stated
    elif stated is not None:
        doc["total"] = stated
    # what the shop states before codes and order discounts says more only where it is another
    if stated is not None and not same(stated, doc.get("total")):
        rest["discountedTotalSet"] = raw["discountedTotalSet"]
    if off is not None and not same(off, given) and not (given is None and is_zero(off)):
        rest["totalDiscountSet"] = raw["totalDiscountSet"]
