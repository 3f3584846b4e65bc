"""The parcels of an order, with what each carries as far as that is certain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.shopify.mapping.lines import fulfilled_of
from connectors.shopify.mapping.reading import VENDOR, beside_nodes, listed, nodes, own_ref, ref_in, remaining, whole
from connectors.shopify.mapping.transactions import lower
from connectors.shopify.mapping.values import moments
from connectors.shopify.mapping.words import CALLED_OFF, keys
from hub.mapping import WrongValue, text, texts, wrong
from hub.ports import Json

_KNOWN: Final = keys("id legacyResourceId status createdAt deliveredAt trackingInfo")
_DATES: Final = (("createdAt", "created_at"), ("deliveredAt", "delivered_at"))
_TRACKING: Final = (("number", "number"), ("url", "url"), ("company", "carrier"))
_TRACKING_KEYS: Final = keys("number url company")
_PARCEL: Final = keys("id fulfillmentLineItems")
_CARRIED: Final = keys("quantity lineItem")


def fulfilments(raw: Json, parts: Json, rest: Json) -> list[Json]:
    """Every parcel. Their lines come from the parts; one parcel alone carries what the lines say is fulfilled."""
    shown = listed(raw, "fulfillments")
    carried = _carried(parts, rest)
    found = []
    for index, entry in enumerate(shown):
        try:
            doc = fulfilment(entry)
        except WrongValue as error:
            raise error.under("fulfillments", index) from None
        lines = carried.get(entry["id"])
        if lines is None and len(shown) == 1 and not carried:
            lines = _all(raw, entry)
        if lines:
            doc["lines"] = lines
        found.append(doc)
    return found


def fulfilment(raw: Json) -> Json:
    """One parcel without its lines."""
    ref = own_ref(raw, "Fulfillment")
    doc: Json = {"ref": ref}
    rest = remaining(raw, _KNOWN)
    legacy = raw.get("legacyResourceId")
    if legacy is not None and legacy != ref["id"]:
        rest["legacyResourceId"] = legacy
    status = lower(text(raw, "status"), "status", rest)
    if status is not None:
        doc["status"] = status
    tracking, kept = [], []
    for index, entry in enumerate(listed(raw, "trackingInfo")):
        one: Json = {}
        try:
            texts(entry, one, _TRACKING)
        except WrongValue as error:
            raise error.under("trackingInfo", index) from None
        if one:
            tracking.append(one)
        more = remaining(entry, _TRACKING_KEYS)
        if more:
            kept.append({"index": index, **more})
    if tracking:
        doc["tracking"] = tracking
    if kept:
        rest["trackingInfo"] = kept
    moments(raw, doc, _DATES)
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def carried_lines(raw: Json) -> tuple[list[Json], Json]:
    """The lines in a parcel, and what else is said of them."""
    lines, kept = [], []
    beside: Json = {}
    beside_nodes(raw, "fulfillmentLineItems", beside)
    said: Json = beside.get("fulfillmentLineItems", {})
    for index, entry in enumerate(nodes(raw, "fulfillmentLineItems")):
        try:
            line, more = ref_in(entry, "lineItem")
            quantity = whole(entry, "quantity")
            if line is None or quantity is None:
                raise wrong("", entry, 'an object like {"quantity": 1, "lineItem": {"id": "gid://shopify/LineItem/1"}}')
        except WrongValue as error:
            raise error.under("fulfillmentLineItems", "nodes", index) from None
        lines.append({"line": line["id"], "quantity": str(quantity)})
        rest = remaining(entry, _CARRIED)
        if more:
            rest["lineItem"] = more
        if rest:
            kept.append({"index": index, **rest})
    return lines, {**said, "nodes": kept} if kept else said


def _carried(parts: Json, rest: Json) -> dict[str, list[Json]]:
    """Fulfilment gid → its lines. The ids of the entries themselves go to `rest`."""
    found: dict[str, list[Json]] = {}
    beside = []
    for index, entry in enumerate(_listed(parts, "fulfillments")):
        try:
            own = own_ref(entry, "Fulfillment")["gid"]
            found[own], kept = carried_lines(entry)
        except WrongValue as error:
            raise error.under("parts", "fulfillments", index) from None
        more = remaining(entry, _PARCEL)
        if kept:
            more["fulfillmentLineItems"] = kept
        if more:
            beside.append({"id": own, **more})
    if beside:
        rest.setdefault("parts", {})["fulfillments"] = beside
    return found


def _listed(parts: Json, key: str) -> Sequence[Json]:
    try:
        return listed(parts, key)
    except WrongValue as error:
        raise error.under("parts") from None


def _all(raw: Json, parcel: Json) -> list[Json] | None:
    """The one parcel carries all that is fulfilled; None unless every line tells and their sum is the parcel's own count."""
    if parcel.get("status") in CALLED_OFF:
        return None
    found, total = [], 0
    for index, line in enumerate(nodes(raw, "lineItems")):
        try:
            count = fulfilled_of(line)
            if count is None:
                return None
            if count:
                found.append({"line": own_ref(line, "LineItem")["id"], "quantity": str(count)})
                total += count
        except WrongValue as error:
            raise error.under("lineItems", "nodes", index) from None
    stated = parcel.get("totalQuantity")
    return found if stated is None or stated == total else None


def fulfilled(found: Sequence[Json], parts: Json) -> dict[str, int] | None:
    """Line id → how many were sent, None when the lines of the parcels are not known."""
    if parts.get("fulfillments") is None:
        return None
    counts: dict[str, int] = {}
    for doc in found:
        if doc.get("status", "").upper() not in CALLED_OFF:
            for line in doc.get("lines", ()):
                counts[line["line"]] = counts.get(line["line"], 0) + int(line["quantity"])
    return counts
