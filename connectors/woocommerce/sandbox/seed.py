"""The store's first stock: products of every type with their variations, the same for the same seed.

Every tenth product is variable (the first of them with the most variations), some are grouped, external, virtual,
drafts, private or scheduled. A block of every thousand was imported within one second, as real catalogues are.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

from connectors.woocommerce.sandbox import names, shapes
from connectors.woocommerce.sandbox.orders import Item
from connectors.woocommerce.sandbox.state import Row, Store
from connectors.woocommerce.sandbox.wire import Data

EPOCH = 1_767_225_600  # 2026-01-01T00:00:00Z, when the store opened
SCHEDULED = 54 * 86_400  # a `future` product is dated that many seconds ahead of now
REMEMBERED = 400  # products that seeded orders may sell


class Stocker:
    """Adds products and variations to a store. `catalogue` remembers some of them for orders to sell."""

    def __init__(self, store: Store, most_variations: int) -> None:
        self.store = store
        self.rng = store.rng
        self.most = most_variations
        self.made = 0
        self.catalogue: list[Item] = []

    def product(self, created: int | None = None) -> Row:
        """One more product; `created` None means the store's opening months."""
        store, index = self.store, self.made
        self.made += 1
        row = Row(id=store.next("post"))
        stamp = EPOCH + index * 37 if created is None else created
        data = self._plain(row.id, index, stamp)
        modified = stamp if created is not None else self._modified(index, stamp)
        if index % 97 == 5:
            data["status"] = "future"
            stamp = modified = store.clock.now() + SCHEDULED
        elif index % 61 == 17:
            data["status"] = "draft"
        elif index % 83 == 29:
            data["status"] = "private"
        self._kind(data, index)
        store.stamp(row, data, created=stamp, modified=modified)
        store.save("products", row, data, touch=False)
        self._index(row.id, data)
        if data["type"] == "variable":
            self._variations(row, data, index, modified)
        self._remember(data)
        return row

    def _modified(self, index: int, stamp: int) -> int:
        if 300 <= index % 1000 < 450:
            return EPOCH + 86_400 * 60 + index // 1000
        return stamp + self.rng.randrange(86_400 * 90)

    def _plain(self, identifier: int, index: int, stamp: int) -> Data:
        rng, store = self.rng, self.store
        name = names.PRODUCTS[index % len(names.PRODUCTS)] + (f" {index}" if index >= len(names.PRODUCTS) else "")
        slug = shapes.slug_of(name)
        data = shapes.product(identifier, name, slug, store.clock.dates(stamp))
        data["sku"] = "" if index % 13 == 12 else f"SKU-{index:05d}" if index % 7 else f"品番-{index:05d}"
        self._price(data, rng.choice(names.PRICES.get(store.shop.currency, names.PRICES["EUR"])))
        data["description"] = f"<p>{name}, <strong>gravure</strong> offerte.</p>\n" if index % 3 else ""
        data["short_description"] = "<p>Gravure offerte</p>\n" if index % 4 == 0 else ""
        data["categories"] = [names.CATEGORIES[index % 3]] if index % 5 else list(names.CATEGORIES[:0:-1])
        if index % 2 == 0:
            data |= {"manage_stock": True, "stock_quantity": rng.randrange(-2, 40)}
            data["stock_status"] = "instock" if data["stock_quantity"] > 0 else "outofstock"
        if index % 4 == 0:
            data["weight"], data["dimensions"] = "0.012", {"length": "2", "width": "2", "height": "1.5"}
        if index % 6 == 0:
            data["brands"], data["tags"] = [names.BRAND], [names.TAG]
        if index % 9 == 0:
            data["global_unique_id"] = f"376{index:010d}"
        if index % 8 == 0:
            data["cost_of_goods_sold"] = shapes.cogs(412.5 if index % 16 else 6.0)
        data["images"] = [self._image(stamp, full=True) for _ in range(index % 4)]
        data["meta_data"] = self._meta(index)
        return data

    def _price(self, data: Data, price: str) -> None:
        data["price"] = data["regular_price"] = price
        data["price_html"] = shapes.price_html(price)
        data["purchasable"] = bool(price)

    def _image(self, stamp: int, *, full: bool) -> Data:
        number = self.rng.randrange(1, 9)
        return shapes.image(number + 5, f"Photo-{number}", stamp, self.store.clock, full=full)

    def _meta(self, index: int) -> list[Data]:
        pairs: list[tuple[str, Any]] = []
        if index % 3 == 0:
            pairs.append(("luneo_model_url", f"https://cdn.example.test/{index}.glb"))
        if index % 5 == 0:
            pairs += [("luneo_spec", names.SPEC), ("_luneo_private", "hidden-key")]
        if index % 11 == 0:
            pairs += [("luneo_flag", "1"), ("luneo_num", "3.14"), ("luneo_empty", []), ("luneo_text", "ligne 1\nligne 2")]
        return [{"id": self.store.next("meta"), "key": key, "value": value} for key, value in pairs]

    def _kind(self, data: Data, index: int) -> None:
        if index % 10 == 3:
            data |= {"type": "variable", "has_options": True, "regular_price": "", "global_unique_id": ""}
        elif index % 40 == 11:
            data |= {"type": "grouped", "purchasable": False, "regular_price": "", "sku": ""}
            data["grouped_products"] = [item.product for item in self.catalogue[:2]]
        elif index % 40 == 21:
            data |= {"type": "external", "external_url": f"https://partner.example.test/p/{index}"}
            data |= {"button_text": "Acheter", "purchasable": False, "manage_stock": False, "stock_quantity": None}
        elif index % 25 == 7:
            file = {"id": f"3d6422fe-ef16-48de-9251-{index:012d}", "name": "model.glb", "file": data["permalink"]}
            data |= {"virtual": True, "downloadable": True, "downloads": [file], "download_limit": 3}
            data |= {"download_expiry": 30, "shipping_required": False, "shipping_taxable": False}
        elif index % 14 == 9 and data["price"] not in {"", "0"}:
            data |= {"sale_price": data["price"], "on_sale": True, "regular_price": f"{Decimal(data['price']) * 2}"}
        elif index % 29 == 19:
            self._price(data, "")

    def _variations(self, row: Row, data: Data, index: int, stamp: int) -> None:
        count = self.most if index == 3 else 1 + self.rng.randrange(min(8, self.most))
        big = count > 12
        options = [f"Taille {number}" for number in range(1, count + 1)] if big else list(names.SIZES)
        size = {"id": 0, "name": "Format papier", "slug": "Format papier", "position": 0, "visible": True}
        color = {"id": 1, "name": "Color", "slug": "pa_color", "position": 1, "visible": True}
        shown = [part.strip() for name in names.COLORS for part in name.split("|")]
        data["attributes"] = [{**size, "variation": True, "options": options}]
        if not big:
            data["attributes"].append({**color, "variation": True, "options": shown})
        made = [self._variation(data, index, number, options, big, stamp) for number in range(count)]
        data["variations"] = [one["id"] for one in made]
        prices = sorted(Decimal(one["price"]) for one in made)
        data["price"] = str(prices[0]) if prices else ""
        self.store.children[row.id] = list(data["variations"])
        self.store.save("products", row, data, touch=False)

    def _variation(self, parent: Data, index: int, number: int, options: list[str], big: bool, stamp: int) -> Data:
        row = Row(id=self.store.next("post"), parent=parent["id"])
        data = shapes.variation(row.id, parent, self.store.clock.dates(stamp))
        option, color = options[number % len(options)], names.COLORS[number % len(names.COLORS)]
        data["attributes"] = [{"id": 0, "name": "Format papier", "slug": "format-papier", "option": option}]
        anything = index % 50 == 13 and number == 0
        if not big and not anything:  # an attribute left at "any" is absent
            data["attributes"].append({"id": 1, "name": "Color", "slug": "pa_color", "option": color})
        data["name"] = ", ".join(part["option"] for part in data["attributes"])
        data["permalink"] = f"{parent['permalink']}?attribute_format-papier={quote(option)}"
        if number % 3 != 2 and parent["sku"]:  # the third of each three has none and shows the parent's
            data["sku"] = f"{parent['sku']}-{number + 1}"
        price = Decimal(parent["price"] or "0") + number + 1
        data["price"] = data["regular_price"] = str(price)
        if number % 4 == 1:
            data |= {"manage_stock": True, "stock_quantity": self.rng.randrange(0, 9)}
        elif number % 4 == 3 and parent["manage_stock"]:
            data |= {"manage_stock": "parent", "stock_quantity": parent["stock_quantity"]}
        if number == 0:
            data["global_unique_id"] = f"377{index:010d}"
        data["image"] = self._image(stamp, full=False)
        data["meta_data"] = [{"id": self.store.next("meta"), "key": "luneo_zone", "value": f"front-{number}"}]
        self.store.stamp(row, data, created=stamp, modified=stamp)
        self.store.save("variations", row, data, touch=False)
        self._index(row.id, data, parent["sku"])
        return data

    def _index(self, identifier: int, data: Data, inherited: str = "") -> None:
        if data["sku"] and data["sku"] != inherited:
            self.store.skus.setdefault(data["sku"], identifier)
        if data["global_unique_id"]:
            self.store.gtins.setdefault(data["global_unique_id"], identifier)

    def _remember(self, data: Data) -> None:
        if len(self.catalogue) < REMEMBERED and data["status"] == "publish":
            self.catalogue.extend(items_of(self.store, data)[:3])


def items_of(store: Store, data: Data, variation: Data | None = None) -> list[Item]:
    """What can be ordered of a product: itself, or its variations."""
    if data["type"] == "simple" and data["price"]:
        image = data["images"][0] if data["images"] else None
        shown = {"id": str(image["id"]), "src": image["src"]} if image else {"id": "", "src": ""}
        cost = data["cost_of_goods_sold"]["values"][0]["defined_value"]
        price, sku, gtin = Decimal(data["price"]), data["sku"], data["global_unique_id"]
        return [Item(data["id"], 0, data["name"], sku, gtin, price, shown, None, cost)]
    if data["type"] != "variable":
        return []
    rows = [variation] if variation else [store.variations.rows[one].data() for one in data["variations"][:3]]
    return [
        Item(
            data["id"],
            row["id"],
            f"{data['name']} - {row['name']}",
            row["sku"],
            row["global_unique_id"],
            Decimal(row["price"] or "0"),
            {"id": row["image"]["id"], "src": row["image"]["src"]} if row["image"] else {"id": 0, "src": ""},
            data["name"],
        )
        for row in rows
    ]
