"""Creating, changing, trashing and deleting products and variations."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.woocommerce.sandbox import meta, names, shapes
from connectors.woocommerce.sandbox.errors import Problem, Refusal, already_trashed, invalid, not_of_type, not_one_of
from connectors.woocommerce.sandbox.hooks import Announce
from connectors.woocommerce.sandbox.state import Row, Store
from connectors.woocommerce.sandbox.wire import HOME, Data

TYPES = ("simple", "grouped", "external", "variable")
STATUSES = ("draft", "pending", "private", "publish", "future", "auto-draft", "trash")
_TEXT = (
    *("name", "slug", "description", "short_description", "sku", "regular_price", "sale_price", "weight", "tax_class"),
    *("external_url", "button_text", "purchase_note", "global_unique_id", "catalog_visibility", "stock_status"),
)
_OTHER = (
    *("featured", "virtual", "downloadable", "downloads", "download_limit", "download_expiry", "tax_status"),
    *("manage_stock", "stock_quantity", "backorders", "low_stock_amount", "sold_individually", "reviews_allowed"),
    *("upsell_ids", "cross_sell_ids", "categories", "brands", "tags", "attributes", "default_attributes"),
    *("grouped_products", "menu_order", "type", "status", "post_password"),
)
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif")


def check(body: Data) -> None:
    """Refuse wrong types and words. Raises Refusal (400) that names each bad field."""
    bad: dict[str, Problem] = {}
    if body.get("type", "simple") not in TYPES:
        bad["type"] = not_one_of("type", TYPES)
    if body.get("status", "publish") not in STATUSES:
        bad["status"] = not_one_of("status", STATUSES)
    for name in _TEXT:
        if name in body and not isinstance(body[name], str):
            bad[name] = not_of_type(name, "string")
    if bad:
        raise invalid(bad)


def edit_view(data: Data) -> Data:
    """What POST, PUT and DELETE answer: two keys more than GET, and the rating as stored."""
    shown: Data = {}
    for key, value in data.items():
        if key == "cost_of_goods_sold":
            shown["permalink_template"] = f"{HOME}/product/%pagename%/"
            shown["generated_slug"] = "-".join(data["name"].lower().split())
        shown[key] = "0" if key == "average_rating" else value
    return shown


class ProductWriter:
    """Writes products (`parent` None) and variations of a parent."""

    def __init__(self, store: Store, announce: Announce) -> None:
        self.store, self.announce = store, announce

    def create(self, body: Data, parent: Row | None = None) -> Row:
        """A new product or variation. Raises Refusal (400)."""
        store = self.store
        check({key: value for key, value in body.items() if parent is None or key != "type"})
        self._check_codes(0, body)
        now = store.clock.now()
        row = Row(id=store.next("post"), parent=parent.id if parent else 0)
        dates = store.clock.dates(now)
        if parent is None:
            name = body.get("name") or "Product"
            data = shapes.product(row.id, name, shapes.slug_of(name), dates)
        else:
            data = shapes.variation(row.id, parent.data(), dates)
        self._apply(row, data, body)
        store.stamp(row, data, created=now, modified=now)
        store.save("variations" if parent else "products", row, data)
        if parent:
            store.children.setdefault(parent.id, []).append(row.id)
            self._sync_parent(parent)
        self.announce("product", "created", row.id)
        return row

    def update(self, row: Row, body: Data) -> Row:
        """Change what is given; any save bumps the date, that of a variation its parent's too. Raises Refusal (400)."""
        variation = row.type == "variation"
        check({key: value for key, value in body.items() if not variation or key != "type"})
        self._check_codes(row.id, body)
        data = row.data()
        self._apply(row, data, body)
        if not variation and data["status"] != "trash":
            data["slug"] = data["slug"].removesuffix("__trashed")
        self.store.save("variations" if variation else "products", row, data)
        if variation:
            self._sync_parent(self.store.products.rows[row.parent])
        self.announce("product", "updated", row.id)
        return row

    def trash(self, row: Row) -> None:
        """Into the bin, with its variations. Only a product's own trashing is announced. Raises Refusal (410)."""
        if row.status == "trash":
            raise already_trashed("variations" if row.type == "variation" else "products")
        data = row.data()
        data["status"] = "trash"
        if row.type == "variation":
            self.store.save("variations", row, data)
            return
        data["slug"] += "__trashed"
        self.store.save("products", row, data)
        for child in self._children(row.id):
            inner = child.data() | {"status": "trash"}
            self.store.save("variations", child, inner)
        self.announce("product", "deleted", row.id)

    def delete(self, row: Row) -> None:
        """Gone at once, variations too. No webhook is sent for it."""
        store = self.store
        with store.lock:
            for child in self._children(row.id):
                self.delete(child)
            store.collection("variations" if row.type == "variation" else "products").drop(row.id)
            store.children.pop(row.id, None)
            for index in (store.skus, store.gtins):
                for code in [code for code in _codes(row) if index.get(code) == row.id]:
                    del index[code]
            if row.parent in store.children:
                store.children[row.parent].remove(row.id)
                parent = store.products.rows[row.parent]
                store.save("products", parent, parent.data() | {"variations": store.children[row.parent]}, touch=False)

    def _children(self, identifier: int) -> list[Row]:
        rows = self.store.variations.rows
        return [rows[one] for one in self.store.children.get(identifier, []) if one in rows]

    def _check_codes(self, own: int, body: Data) -> None:
        sku, gtin = body.get("sku"), body.get("global_unique_id")
        other = self.store.skus.get(sku or "", own)
        if other != own:
            held = self.store.products.get(other)
            if held is not None and held.status == "trash":
                text = f"The product with SKU ({sku}) you are trying to insert is already present in the lookup table"
                raise Refusal(400, "woocommerce_rest_product_not_created", text)
            data = {"resource_id": other, "unique_sku": f"{sku}-1"}
            raise Refusal(400, "product_invalid_sku", "Invalid or duplicated SKU.", **data)
        other = self.store.gtins.get(gtin or "", own)
        if other != own:
            text = "Invalid or duplicated GTIN, UPC, EAN or ISBN."
            raise Refusal(400, "product_invalid_global_unique_id", text, resource_id=other)

    def _apply(self, row: Row, data: Data, body: Data) -> None:
        for name in (*_TEXT, *_OTHER):
            if name in body and name in data:
                data[name] = body[name]
        if "dimensions" in body and isinstance(body["dimensions"], dict):
            data["dimensions"] |= {key: str(value) for key, value in body["dimensions"].items()}
        for name in ("categories", "tags", "brands"):
            if name in body and name in data:
                data[name] = _terms(name, body[name])
        meta.write(self.store, data["meta_data"], body.get("meta_data"))
        if "images" in body and "images" in data:
            data["images"] = [self._image(one, full=True) for one in body["images"]]
        if body.get("image") and "image" in data:
            data["image"] = self._image(body["image"], full=False)
        if data["type"] == "variation" and "attributes" in body:
            data["name"] = ", ".join(part["option"] for part in data["attributes"])
        self._price(data)
        for index, name in ((self.store.skus, "sku"), (self.store.gtins, "global_unique_id")):
            if body.get(name):
                for code in [code for code, owner in index.items() if owner == row.id and code != body[name]]:
                    del index[code]
                index[body[name]] = row.id

    def _price(self, data: Data) -> None:
        if data["type"] in {"variable", "grouped"}:
            return
        sale, regular = data["sale_price"], data["regular_price"]
        data["on_sale"] = bool(sale) and _decimal(sale) < _decimal(regular)
        data["price"] = sale if data["on_sale"] else regular
        if "price_html" in data:
            data["price_html"] = shapes.price_html(data["price"])
        if data["manage_stock"] is True and data["stock_quantity"] is not None:
            data["stock_status"] = "instock" if data["stock_quantity"] > 0 else "outofstock"
        elif data["manage_stock"] is False:
            data["stock_quantity"] = None

    def _image(self, given: Data, *, full: bool) -> Data:
        """A picture taken over from its address. Raises Refusal (400) when the address is none of a picture."""
        src = str(given.get("src", ""))
        if src and not src.lower().partition("?")[0].endswith(_PICTURES):
            text = f"Error getting remote image {src}. Error: Sorry, you are not allowed to upload this file type."
            raise Refusal(400, "woocommerce_product_image_upload_error", text)
        number = given.get("id") or self.store.next("post")
        name = src.rpartition("/")[2].rpartition(".")[0] or f"Photo-{number}"
        found = shapes.image(number, name, self.store.clock.now(), self.store.clock, full=full)
        return found | {key: given[key] for key in ("name", "alt") if given.get(key)}

    def _sync_parent(self, parent: Row) -> None:
        """A variable product shows its variations' ids and lowest price; saving a variation saves it too."""
        data = parent.data()
        children = [child for child in self._children(parent.id) if child.status != "trash"]
        data["variations"] = [child.id for child in children]
        prices = sorted((child.data()["price"] for child in children), key=_decimal)
        data["price"] = next((price for price in prices if price), "")
        self.store.save("products", parent, data)


def _terms(kind: str, given: Any) -> list[Data]:
    """Terms by id; unknown ones are dropped, and a product without a category is "Uncategorized"."""
    known = {one["id"]: one for one in (*names.CATEGORIES, names.BRAND, names.TAG)}
    found = [known[one["id"]] for one in given if one.get("id") in known]
    return found or ([shapes.UNCATEGORIZED] if kind == "categories" else [])


def _codes(row: Row) -> list[str]:
    data = row.data()
    return [code for code in (data["sku"], data["global_unique_id"]) if code]


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)
