"""The merchant's hand: what happens in the shop from outside the API, announced as Shopify announces it."""

from __future__ import annotations

from typing import Any

from connectors.shopify.sandbox.amounts import Till, converted, minor_of, price
from connectors.shopify.sandbox.basket import Line
from connectors.shopify.sandbox.order_lines import line_object
from connectors.shopify.sandbox.seed import Seed
from connectors.shopify.sandbox.seed_orders import REMEMBERED
from connectors.shopify.sandbox.state import Json, State, type_of

PRODUCT, ORDER, CUSTOMER = "products/update", "orders/updated", "customers/update"
TYPES = {
    "products": "Product",
    "orders": "Order",
    "customers": "Customer",
    "variants": "ProductVariant",
    "line_items": "LineItem",
    "collections": "Collection",
    "locations": "Location",
    "inventory_levels": "InventoryLevel",
    "inventory_items": "InventoryItem",
    "metafields": "Metafield",
    "refunds": "Refund",
    "fulfillments": "Fulfillment",
    "media": "MediaImage",
}
MOST_VARIANTS = 2048


class Hand:
    """Adds, edits and takes away single objects. Each edit differs from the one before."""

    def __init__(self, state: State, seed: Seed) -> None:
        self.state, self.seed, self.edits = state, seed, 0

    # -- more ------------------------------------------------------------------------------------------------------

    def add(self, resource: str, count: int) -> list[str]:
        """More of something; variants go to the first product, lines to the first order."""
        now = self.state.clock.now()
        match resource:
            case "products":
                return [self._told(self.seed.stock.product(now), "products/create") for _ in range(count)]
            case "customers":
                return [self._told(self.seed.crowd.customer(now), "customers/create", CUSTOMER) for _ in range(count)]
            case "orders":
                return [self._told(self.seed.register.order(now), "orders/create", ORDER) for _ in range(count)]
            case "variants":
                return self._variants(next(iter(self.state.of("Product").values())), count)
            case "line_items" | "lines":
                return self._lines(next(iter(self.state.of("Order").values())), count)
        raise ValueError(f"the sandbox cannot add {resource}; add products, orders, customers, variants or line_items")

    def room(self, kind: str) -> int:
        """How many more of a nested kind the first object may get: Shopify's limit of variants, 400 lines. Raises ValueError."""
        match kind:
            case "variants":
                return MOST_VARIANTS - len(next(iter(self.state.of("Product").values()))["variants"])
            case "line_items" | "lines":
                return 400
        raise ValueError(f"the sandbox cannot add {kind} to an object")

    def _told(self, obj: Json, *topics: str) -> str:
        for topic in topics:
            self.state.tell(topic, obj)
        return str(obj["id"])

    def _variants(self, product: Json, count: int) -> list[str]:
        """More variants of one product, each with a value of its own of the first option."""
        if len(product["variants"]) + count > MOST_VARIANTS:
            raise ValueError(f"{count} more: a product has at most {MOST_VARIANTS} variants, this one {len(product['variants'])}")
        product["hasOnlyDefaultVariant"] = False
        made, base = [], converted(9900, self.seed.stock.currency)
        others = tuple(option["optionValues"][0]["name"] for option in product["options"][1:])
        for _ in range(count):
            self.edits += 1
            value = {
                "id": self.state.new_id("ProductOptionValue"),
                "name": f"N° {self.edits}",
                "hasVariants": True,
                "swatch": None,
            }
            product["options"][0]["optionValues"].append(value)
            row = self.seed.stock.variant(product, (f"N° {self.edits}", *others), base + self.edits, f"LUN-X-{self.edits:05d}")
            row["createdAt"] = row["updatedAt"] = self.state.now()
            made.append(str(row["id"]))
        self.seed.stock.count(product)
        self.state.touch(product["id"], PRODUCT)
        return made

    def _lines(self, order: Json, count: int) -> list[str]:
        """More lines of one order, given away: its sums stay what they are."""
        till = Till(order["currencyCode"], order["presentmentCurrencyCode"])
        sold = list(self.state.of("ProductVariant").values())[:REMEMBERED]
        made = []
        for place in range(count):
            variant = sold[place % len(sold)] if sold else None
            product = self.state.get(variant["product"]) if variant else None
            row = self.state.put("LineItem", line_object(till, Line(till.of(0), 1), variant, product))
            row["customAttributes"] = [{"key": "Gravure", "value": f"Cadeau n° {place + 1} ♥"}]
            order["lineItems"].append(row["id"])
            made.append(str(row["id"]))
        self.state.touch(order["id"], ORDER)
        return made

    # -- otherwise -------------------------------------------------------------------------------------------------

    def change(self, gid: str) -> None:
        """A new text and price, a note, a telephone number, another stock."""
        self.edits += 1
        obj = self.state.of(type_of(gid))[gid]
        match type_of(gid):
            case "Product":
                obj["descriptionHtml"] = f"<p>Édition {self.edits} ✓</p>"
                for variant in self.state.all(obj["variants"][:1]):
                    self._price(variant)
                self.state.touch(gid, PRODUCT)
            case "ProductVariant":
                self._price(obj)
                self.state.touch(obj["product"], PRODUCT)
            case "Order":
                obj["note"] = f"Note {self.edits} ✎"
                self.state.touch(gid, ORDER)
            case "Customer":
                obj["note"] = f"À rappeler, n° {self.edits} ☎"
                self.state.touch(gid, CUSTOMER)
            case "InventoryLevel":
                self._stock(obj)
            case kind:
                raise ValueError(f"the sandbox cannot change a {kind}; change products, variants, orders, customers or levels")

    def _price(self, variant: Json) -> None:
        currency = self.seed.stock.currency
        variant["price"] = price(minor_of(variant["price"], currency) + self.edits % 90 + 1, currency)
        self.state.touch(variant["id"])

    def _stock(self, level: Json) -> None:
        """One more at one place: the level, its variant and its product change."""
        for one in level["quantities"][:2]:
            one |= {"quantity": one["quantity"] + 1, "updatedAt": self.state.now()}
        self.state.touch(level["id"], "inventory_levels/update")
        item = self.state.of("InventoryItem")[level["item"]]
        for variant in self.state.all(item["variants"]):
            self.seed.stock.room.count(variant, item)
            product = self.state.of("Product")[variant["product"]]
            self.seed.stock.count(product)
            self.state.touch(product["id"], PRODUCT)

    # -- less ------------------------------------------------------------------------------------------------------

    def delete(self, gid: str, *, aloud: bool) -> None:
        """Gone for good, with all that belongs to it; `aloud`: with the webhook that says so."""
        obj = self.state.of(type_of(gid))[gid]
        topic = {"Product": "products/delete", "Order": "orders/delete", "Customer": "customers/delete"}.get(type_of(gid))
        if type_of(gid) == "ProductVariant":
            owner = self.state.of("Product")[obj["product"]]
            owner["variants"].remove(gid)
            self.state.touch(owner["id"], PRODUCT if aloud else None)
        for inner in _belongings(self.state, obj):
            self.state.remove(inner)
        self.state.remove(gid, topic if aloud else None)
        buyer = self.state.get(obj["customer"]) if type_of(gid) == "Order" else None
        if buyer is not None and buyer["lastOrder"] == gid:
            left = [one["id"] for one in self.state.of("Order").values() if one["customer"] == buyer["id"]]
            buyer["lastOrder"] = left[-1] if left else None
            self.state.touch(buyer["id"], CUSTOMER if aloud else None)

    def archive(self, gid: str) -> None:
        """As near to a bin as Shopify comes: a product is archived and stays, an order or customer is deleted aloud."""
        if type_of(gid) != "Product":
            self.delete(gid, aloud=True)
            return
        self.state.of("Product")[gid] |= {"status": "ARCHIVED", "publishedAt": None, "onlineStoreUrl": None}
        self.state.touch(gid, PRODUCT)


def _belongings(state: State, obj: Json) -> list[str]:
    """The gids of everything that goes with an object."""
    found: list[Any] = [*obj.get("metafields", ()), *obj.get("media", ()), *obj.get("lineItems", ()), *obj.get("refunds", ())]
    found += [*obj.get("fulfillments", ()), *obj.get("transactions", ()), *obj.get("addressesV2", ())]
    if isinstance(item := obj.get("inventoryItem"), str):
        found.append(item)
        found += (state.get(item) or {}).get("inventoryLevels", [])
    for variant in obj.get("variants", ()) if obj["__typename"] == "Product" else ():
        found += [variant, *_belongings(state, state.of("ProductVariant")[variant])]
    return [str(one) for one in found]
