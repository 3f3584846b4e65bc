"""The hub's question for a page, in WooCommerce's words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hub.ports import Listing

PER_PAGE = 100  # the API's own limit
PATHS = {"product": "products", "order": "orders", "customer": "customers", "variation": "variations", "refund": "refunds"}
NESTED = {"variation": "products/{parent}/variations", "refund": "orders/{parent}/refunds"}
# what a collection must be asked for to be whole: orders otherwise follow a plugin's default, customers are one role only
WHOLE = {"order": {"status": "any"}, "customer": {"role": "all"}}


def page_params(raw_kind: str, listing: Listing, fields: str = "") -> dict[str, str]:
    """Offset paging over ids, or a keyset over modification times.

    Times go as naive UTC with `dates_are_gmt`: a zone in them (`…Z`) together with it shifts the window by the shop's
    offset, and `modified_after` alone counts in the shop's own time. Both bounds are exclusive; `until` is made inclusive.
    """
    size = min(listing.limit, PER_PAGE)
    params = {"per_page": str(size), "orderby": listing.order, "order": "asc", **WHOLE.get(raw_kind, {})}
    if listing.offset and listing.offset % size == 0:
        params["page"] = str(listing.offset // size + 1)  # the same rows, also where something ignores `offset`
    elif listing.offset:
        params["offset"] = str(listing.offset)
    if listing.since is not None:
        params["modified_after"] = naive(listing.since)
    if listing.until is not None:
        params["modified_before"] = naive(listing.until + timedelta(seconds=1))
    if listing.since is not None or listing.until is not None:
        params["dates_are_gmt"] = "true"
    if listing.ids_only:
        fields = "id,date_modified_gmt"  # the time tells a sweep which rows changed without anybody hearing of it
    if fields:
        params["_fields"] = fields
    return params


def include_params(raw_kind: str, ids: Iterable[str]) -> dict[str, str]:
    """Exactly these ids, as one comma string: a repeated `include[]` breaks signatures and loses all but the last."""
    return {"include": ",".join(ids), "per_page": str(PER_PAGE), "orderby": "id", "order": "asc", **WHOLE.get(raw_kind, {})}


def naive(moment: datetime) -> str:
    """UTC to the second, without a zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
