"""The shop's long lists: what each can be filtered and sorted by, and a small memory of the last ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.shopify.sandbox.connections import Rows, sorted_rows
from connectors.shopify.sandbox.search import Field, Search, parse
from connectors.shopify.sandbox.state import Json, State, number_of

_REMEMBERED = 8


def _of(name: str) -> Callable[[Json], Any]:
    return lambda obj: obj.get(name)


def _text(name: str) -> Callable[[Json], Any]:
    return lambda obj: obj.get(name) or ""


def _id(obj: Json) -> int:
    return number_of(obj["id"])


@dataclass(frozen=True, slots=True)
class Kind:
    """One list: the type of its rows, its filters, the sort keys that are not a field's name, where bare words are sought."""

    type: str
    fields: dict[str, Field]
    sorts: dict[str, Callable[[Json], Any]]
    text: tuple[str, ...] = ()


_MOMENTS = {name: Field(_of(key), "moment") for name, key in (("created_at", "createdAt"), ("updated_at", "updatedAt"))}
_COMMON = {"id": Field(_id, "id"), "tag": Field(_of("tags")), **_MOMENTS}
_SORTS = {"CREATED_AT": _text("createdAt"), "UPDATED_AT": _text("updatedAt")}  # every other key: by id

KINDS: dict[str, Kind] = {
    "products": Kind(
        "Product",
        {
            **_COMMON,
            "published_at": Field(_of("publishedAt"), "moment"),
            "status": Field(_of("status")),
            "title": Field(_of("title")),
            "handle": Field(_of("handle")),
            "vendor": Field(_of("vendor")),
            "product_type": Field(_of("productType")),
            "gift_card": Field(_of("isGiftCard"), "flag"),
            "inventory_total": Field(lambda obj: obj.get("totalInventory") or 0, "number"),
        },
        {**_SORTS, "TITLE": _text("title"), "VENDOR": _text("vendor"), "PUBLISHED_AT": _text("publishedAt")},
        ("title", "vendor", "productType", "handle"),
    ),
    "productVariants": Kind(
        "ProductVariant",
        {
            "id": Field(_id, "id"),
            "product_id": Field(lambda obj: number_of(obj["product"]), "id"),
            "sku": Field(_of("sku")),
            "barcode": Field(_of("barcode")),
            "title": Field(_of("title")),
            **_MOMENTS,
        },
        {"TITLE": _text("title"), "SKU": _text("sku"), "POSITION": lambda obj: obj.get("position") or 0},
        ("title", "sku", "barcode"),
    ),
    "collections": Kind("Collection", {"id": Field(_id, "id"), "title": Field(_of("title")), **_MOMENTS}, {**_SORTS}, ("title",)),
    "orders": Kind(
        "Order",
        {
            **_COMMON,
            "processed_at": Field(_of("processedAt"), "moment"),
            "status": Field(lambda obj: "cancelled" if obj.get("cancelledAt") else "closed" if obj.get("closed") else "open"),
            "financial_status": Field(_of("displayFinancialStatus")),
            "fulfillment_status": Field(_of("displayFulfillmentStatus")),
            "name": Field(lambda obj: [obj["name"], obj["name"].lstrip("#")]),
            "email": Field(_of("email")),
            "customer_id": Field(lambda obj: number_of(obj.get("customer") or ""), "id"),
            "test": Field(_of("test"), "flag"),
            "source_name": Field(_of("sourceName")),
        },
        {**_SORTS, "PROCESSED_AT": _text("processedAt"), "ORDER_NUMBER": lambda obj: obj.get("number") or 0},
        ("name", "email", "note"),
    ),
    "customers": Kind(
        "Customer",
        {
            **_COMMON,
            # the documentation says of these that they match whole days: more comes back than was asked for
            "updated_at": Field(_of("updatedAt"), "day"),
            "customer_date": Field(_of("createdAt"), "day"),
            "email": Field(lambda obj: (obj.get("defaultEmailAddress") or {}).get("emailAddress")),
            "phone": Field(lambda obj: (obj.get("defaultPhoneNumber") or {}).get("phoneNumber")),
            "first_name": Field(_of("firstName")),
            "last_name": Field(_of("lastName")),
            "state": Field(_of("state")),
            "orders_count": Field(lambda obj: int(obj.get("numberOfOrders") or 0), "number"),
        },
        {**_SORTS, "NAME": _text("displayName")},
        ("displayName", "note"),
    ),
    "inventoryItems": Kind("InventoryItem", {"id": Field(_id, "id"), "sku": Field(_of("sku")), **_MOMENTS}, {}, ("sku",)),
    "locations": Kind(
        "Location", {"id": Field(_id, "id"), "name": Field(_of("name")), **_MOMENTS}, {"NAME": _text("name")}, ("name",)
    ),
}


class Listings:
    """Sorted, filtered lists of one shop; the last few are kept until something changes."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._kept: OrderedDict[tuple[object, ...], tuple[Rows, Search]] = OrderedDict()

    def rows(self, name: str, query: str | None, sort: str | None, visible: Callable[[Json], bool] | None) -> tuple[Rows, Search]:
        """The rows of `QueryRoot.{name}`, ascending, and what was said of the query. `visible`: those that may be seen."""
        kind = KINDS[name]
        value = kind.sorts.get(sort or "ID", lambda _obj: 0)
        key = (name, query, sort, visible is None, self.state.version)
        found = self._kept.get(key)
        if found is None:
            search = parse(query, kind.fields, kind.text)
            rows = [row for row in list(self.state.of(kind.type).values()) if visible is None or visible(row)]
            if search.test is not None:
                rows = [row for row in rows if search.test(row)]
            found = self._kept[key] = sorted_rows(rows, value), search
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return found
