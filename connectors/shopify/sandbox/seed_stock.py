"""Places, items and how many of one are at the other."""

from __future__ import annotations

from connectors.shopify.sandbox import names
from connectors.shopify.sandbox.amounts import money
from connectors.shopify.sandbox.clock import moment
from connectors.shopify.sandbox.state import Json, State, number_of

QUANTITIES = ("available", "on_hand", "committed", "incoming", "reserved", "damaged", "safety_stock", "quality_control")


class Storeroom:
    """The shop's locations, and the stock of every variant at two or three of them."""

    def __init__(self, state: State, opened: float) -> None:
        self.state, self.currency = state, str(state.shop["currencyCode"])
        stamp = moment(opened)
        body = {"isActive": True, "fulfillsOnlineOrders": True, "createdAt": stamp, "updatedAt": stamp, "metafields": []}
        self.places = [str(state.put("Location", {"name": name, **body})["id"]) for name in names.LOCATIONS]

    def stock(self, variant: Json, minor: int, place: int) -> Json:
        """The item of a variant and its levels; the variant then knows how many there are."""
        rng, stamp = self.state.rng, variant["updatedAt"]
        weight = {"value": 0.012 * place, "unit": "KILOGRAMS"} if place % 2 else {"value": 240.0, "unit": "GRAMS"}
        item = self.state.put(
            "InventoryItem",
            {
                "sku": variant["sku"],
                "tracked": place % 6 != 5,
                "requiresShipping": True,
                "countryCodeOfOrigin": "FR" if place % 2 else None,
                "provinceCodeOfOrigin": None,
                "harmonizedSystemCode": "711319" if place % 3 else None,
                "unitCost": money(minor * 2 // 5, self.currency) if place % 4 else None,
                "measurement": {"id": self.state.new_id("InventoryItemMeasurement"), "weight": weight},
                "createdAt": variant["createdAt"],
                "updatedAt": stamp,
                "variant": variant["id"],
                "variants": [variant["id"]],
                "inventoryLevels": [],
            },
        )
        for at in self.places[: 2 + place % 2]:
            self.level(item, at, rng.randrange(0, 30), stamp, active=at != self.places[2] or place % 3 != 0)
        variant["inventoryItem"] = item["id"]
        self.count(variant, item)
        return item

    def level(self, item: Json, location: str, available: int, stamp: str, *, active: bool = True) -> Json:
        """How many of an item are at a place: on hand is what is available and what is committed."""
        gid = f"gid://shopify/InventoryLevel/{number_of(location)}?inventory_item_id={number_of(item['id'])}"
        committed = available % 3
        held = {"available": available, "on_hand": available + committed, "committed": committed}
        numbers = [
            {"id": f"{gid}&name={name}", "name": name, "quantity": held.get(name, 0), "updatedAt": stamp} for name in QUANTITIES
        ]
        body = {"id": gid, "item": item["id"], "location": location, "isActive": active, "createdAt": stamp, "updatedAt": stamp}
        made = self.state.put("InventoryLevel", {**body, "quantities": numbers})
        item["inventoryLevels"].append(gid)
        return made

    def count(self, variant: Json, item: Json) -> None:
        """What a variant says of its stock: what is available at active places."""
        levels = [one for one in self.state.all(item["inventoryLevels"]) if one["isActive"]]
        variant["inventoryQuantity"] = sum(one["quantities"][0]["quantity"] for one in levels)
        variant["availableForSale"] = variant["inventoryPolicy"] == "CONTINUE" or variant["inventoryQuantity"] > 0
