"""Empty products, variations, images and addresses, key by key as the store prints them."""

from __future__ import annotations

import unicodedata
from typing import Any
from urllib.parse import quote

from connectors.woocommerce.sandbox.clock import Clock
from connectors.woocommerce.sandbox.wire import HOME, Data, links, number

UNCATEGORIZED = {"id": 15, "name": "Uncategorized", "slug": "uncategorized"}

_SALE_DATES = ("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt")
_ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city")
ORDER_ADDRESS = (*_ADDRESS, "state", "postcode", "country")
CUSTOMER_ADDRESS = (*_ADDRESS, "postcode", "country", "state")  # the two controllers differ in order


def slug_of(name: str) -> str:
    """A name as WordPress puts it into an address: accents off, the rest percent-encoded in lower case."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(sign))
    return quote("-".join(plain.split()), safe="").lower()


def cogs(value: float | None = None) -> Data:
    """`cost_of_goods_sold` of a product."""
    effective = 0 if value is None else number(value)
    return {"values": [{"defined_value": value, "effective_value": effective}], "total_value": effective}


def product(identifier: int, name: str, slug: str, dates: tuple[str, str]) -> Data:
    """A simple published product without a price."""
    local, gmt = dates
    return {
        "id": identifier,
        "name": name,
        "slug": slug,
        "permalink": f"{HOME}/product/{slug}/",
        "date_created": local,
        "date_created_gmt": gmt,
        "date_modified": local,
        "date_modified_gmt": gmt,
        "type": "simple",
        "status": "publish",
        "featured": False,
        "catalog_visibility": "visible",
        "description": "",
        "short_description": "",
        "sku": "",
        "price": "",
        "regular_price": "",
        "sale_price": "",
        **dict.fromkeys(_SALE_DATES),
        "on_sale": False,
        "purchasable": True,
        "total_sales": 0,
        "virtual": False,
        "downloadable": False,
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "external_url": "",
        "button_text": "",
        "tax_status": "taxable",
        "tax_class": "",
        "manage_stock": False,
        "stock_quantity": None,
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
        "sold_individually": False,
        "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_required": True,
        "shipping_taxable": True,
        "shipping_class": "",
        "shipping_class_id": 0,
        "reviews_allowed": True,
        "average_rating": "0.00",
        "rating_count": 0,
        "upsell_ids": [],
        "cross_sell_ids": [],
        "parent_id": 0,
        "purchase_note": "",
        "categories": [UNCATEGORIZED],
        "brands": [],
        "tags": [],
        "images": [],
        "attributes": [],
        "default_attributes": [],
        "variations": [],
        "grouped_products": [],
        "menu_order": 0,
        "price_html": "",
        "related_ids": [],
        "meta_data": [],
        "stock_status": "instock",
        "has_options": False,
        "post_password": "",
        "global_unique_id": "",
        "cost_of_goods_sold": cogs(),
        "_links": links("products", identifier),
    }


def variation(identifier: int, parent: Data, dates: tuple[str, str]) -> Data:
    """A variation of that parent, still without attributes and price. Without a sku of its own it shows the parent's."""
    local, gmt = dates
    home = f"products/{parent['id']}"
    return {
        "id": identifier,
        "type": "variation",
        "date_created": local,
        "date_created_gmt": gmt,
        "date_modified": local,
        "date_modified_gmt": gmt,
        "description": "",
        "permalink": parent["permalink"],
        "sku": parent["sku"],
        "global_unique_id": "",
        "price": "",
        "regular_price": "",
        "sale_price": "",
        **dict.fromkeys(_SALE_DATES),
        "on_sale": False,
        "status": "publish",
        "purchasable": True,
        "virtual": False,
        "downloadable": False,
        "downloads": [],
        "download_limit": -1,
        "download_expiry": -1,
        "tax_status": "taxable",
        "tax_class": "",
        "manage_stock": False,
        "stock_quantity": None,
        "stock_status": "instock",
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
        "low_stock_amount": None,
        "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""},
        "shipping_class": "",
        "shipping_class_id": 0,
        "image": None,
        "attributes": [],
        "menu_order": 0,
        "meta_data": [],
        "name": "",
        "parent_id": parent["id"],
        "cost_of_goods_sold": {**cogs(), "defined_value_is_additive": False},
        "_links": links(f"{home}/variations", identifier, up=home),
    }


def variation_as_product(row: Data, parent: Data) -> Data:
    """What /products/{variation id} and the product.updated webhook say of a variation: a product of type `variation`."""
    shown = product(row["id"], f"{parent['name']} - {row['name']}", parent["slug"], ("", ""))
    shown |= {key: value for key, value in row.items() if key in shown and key not in {"name", "_links"}}
    shown["total_sales"] = "0"  # a string here, an integer on products
    shown["images"] = [row["image"]] if row["image"] else []
    shown["reviews_allowed"] = False
    shown["categories"] = []
    shown["cost_of_goods_sold"] = row["cost_of_goods_sold"]
    return shown


def image(identifier: int, name: str, stamp: int, clock: Clock, *, full: bool) -> Data:
    """An attachment: `full` with its sizes as on a product, else as on a variation."""
    local, gmt = clock.image_dates(stamp)
    src = f"{HOME}/wp-content/uploads/2026/11/{name}.png"
    found: Data = {
        "id": identifier,
        "date_created": local,
        "date_created_gmt": gmt,
        "date_modified": local,
        "date_modified_gmt": gmt,
        "src": src,
        "name": name,
        "alt": f"Alt {name}",
    }
    if full:
        stem = src.removesuffix(".png")
        sizes = ", ".join(f"{stem}-{width}x{width}.png {width}w" for width in (300, 150, 600, 100))
        found["srcset"] = f"{src} 640w, {sizes}"
        found["sizes"] = "(max-width: 640px) 100vw, 640px"
        found["thumbnail"] = f"{stem}-300x300.png"
    return found


def address(keys: tuple[str, ...], given: Any = None, *, contact: tuple[str, ...] = ("phone",)) -> Data:
    """A billing or shipping address; what is not given is an empty string."""
    known = given if isinstance(given, dict) else {}
    return {key: str(known.get(key, "")) for key in (*keys, *contact)}


def price_html(price: str, symbol: str = "&euro;") -> str:
    """The price as the theme prints it."""
    if not price:
        return ""
    inner = f'{price}&nbsp;<span class="woocommerce-Price-currencySymbol">{symbol}</span>'
    return f'<span class="woocommerce-Price-amount amount"><bdi>{inner}</bdi></span>'
