"""The objects on which the mapping's laws are tried: every recorded one, and some of shapes that the recorded shop lacks."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import connectors.woocommerce
from connectors.woocommerce.mapping import map_customer, map_order, map_product, map_refund, map_variation
from connectors.woocommerce.objects import objects_in
from hub.mapping.paths import leaves
from hub.ports import ShopSettings
from schemas.exact import decode, encode_plain

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"
SETTINGS = ShopSettings(currency="EUR", weight_unit="kg", dimension_unit="cm", timezone="Europe/Paris", prices_include_tax=True)
KINDS = ("product", "variation", "order", "refund", "customer")
#: Raw kind → kind of the canonical document.
CANONICAL = {"variation": "variant"}

SHIRT: dict[str, Any] = {
    "id": 900,
    "name": "Affiche",
    "slug": "%d9%82%d9%85%d9%8a%d8%b5__trashed",
    "type": "bundle",
    "status": "wc-plugin",
    "sku": "",
    "price": "14.5",
    "regular_price": "1.2345",
    "sale_price": "0",
    "date_on_sale_from_gmt": "2026-11-01T00:00:00",
    "date_on_sale_to_gmt": None,
    "manage_stock": False,
    "stock_quantity": Decimal("-1.5"),
    "low_stock_amount": 2,
    "backorders": "only-fridays",
    "stock_status": "on_the_way",
    "tax_status": "shipping",
    "tax_class": "reduced-rate",
    "weight": "approx. 2",
    "dimensions": {"length": "2", "width": "", "height": "3 cm"},
    "images": [{"id": "14", "src": "https://x.test/a.png", "name": "a", "alt": ""}, {"id": 0, "src": "", "name": "Placeholder"}],
    "attributes": [
        {
            "id": 0,
            "name": "Format papier",
            "slug": "Format papier",
            "position": 0,
            "visible": True,
            "variation": True,
            "options": ["A4", "A|B"],
        },
        {
            "id": 3,
            "name": "Matière",
            "slug": "pa_matiere",
            "position": 1,
            "visible": False,
            "variation": False,
            "options": ["Lin"],
        },
    ],
    "default_attributes": [{"id": 0, "name": "Format papier", "option": "A4"}, {"id": 9, "name": "Gone", "option": "x"}],
    "variations": [901],
    "upsell_ids": [15],
    "cross_sell_ids": [16],
    "grouped_products": [17],
    "related_ids": [1, 2, 3],
    "meta_data": [
        {"id": 1, "key": "_yoast_wpseo_title", "value": "Titre"},
        {"id": 2, "key": "_luneo_care.guide.text", "value": [1, None]},
    ],
    "date_created_gmt": "2026-11-22T07:07:21",
    "date_modified_gmt": "0000-00-00T00:00:00",
}
SHEET: dict[str, Any] = {
    "id": 901,
    "type": "variation",
    "sku": "AFF",
    "price": "5",
    "regular_price": ".5",
    "manage_stock": "parent",
    "stock_quantity": 3,
    "virtual": True,
    "image": {"id": "", "src": ""},
    "total_sales": "0",
    "attributes": [{"id": 0, "name": "Format papier", "slug": "format-papier", "option": "A|B"}],
    "cost_of_goods_sold": {
        "values": [{"defined_value": Decimal("1.50"), "effective_value": Decimal("1.50")}],
        "total_value": Decimal("1.50"),
    },
}
REFUND: dict[str, Any] = {
    "id": 801,
    "parent_id": 800,
    "date_created": "2026-11-22T09:00:00",
    "date_created_gmt": "2026-11-22T08:00:00",
    "amount": "400",
    "reason": "Casse",
    "refunded_by": 1,
    "refunded_payment": True,
    "meta_data": [],
    "line_items": [
        {
            "id": 60,
            "name": "Mug",
            "product_id": 16,
            "variation_id": 0,
            "quantity": -1,
            "tax_class": "",
            "subtotal": "-400",
            "total": "-400",
            "total_tax": "0",
            "taxes": [{"id": 1, "total": "-0.00", "subtotal": ""}],
            "meta_data": [{"id": 5, "key": "_refunded_item_id", "value": "50"}],
        }
    ],
    "shipping_lines": [
        {"id": 61, "method_title": "Colis", "total": "-10", "meta_data": [{"id": 6, "key": "_refunded_item_id", "value": "52"}]}
    ],
    "tax_lines": [{"id": 62, "label": "TVA", "tax_total": "-1.00", "shipping_tax_total": "0.00", "rate_id": 1}],
    "fee_lines": [],
    "_links": {"self": []},
}
ORDER: dict[str, Any] = {
    "id": 800,
    "number": "RE-800",
    "status": "backorder",
    "currency": "JPY",
    "prices_include_tax": False,
    "customer_id": 0,
    "discount_total": "101.00",
    "shipping_total": "10",
    "shipping_tax": "0",
    "cart_tax": "0",
    "total": "1805.88",
    "total_tax": "0",
    "billing": {"first_name": "雪", "country": "JP", "state": "JP13", "address_2": "203", "vat_number": "JP1"},
    "shipping": {"first_name": "Ann", "country": "US", "state": "CA", "address_1": "1 Main St"},
    "payment_method": "stripe",
    "transaction_id": "ch_1",
    "date_paid_gmt": "2026-11-21T08:00:00",
    "line_items": [
        {
            "id": 50,
            "name": "Mug - Bleu",
            "parent_name": "Mug",
            "product_id": 16,
            "variation_id": 77,
            "quantity": 2,
            "subtotal": "1000.00",
            "total": "949.99",
            "price": Decimal("474.995"),
        },
        {
            "id": 51,
            "name": "Disparu",
            "product_id": 0,
            "variation_id": 0,
            "quantity": 3,
            "sku": None,
            "subtotal": "1000.00",
            "total": "949.01",
            "image": {"id": "", "src": ""},
        },
    ],
    "shipping_lines": [{"id": 52, "method_title": "Colis", "method_id": "flat_rate", "instance_id": "", "total": "10"}],
    "fee_lines": [{"id": 53, "name": "Remise", "amount": "-103.12", "total": "-103.12"}],
    "coupon_lines": [
        {"id": 54, "code": "a", "discount": "30.01", "discount_tax": "0", "discount_type": "fixed_cart"},
        {"id": 55, "code": "b", "discount": "70.99", "discount_tax": "0", "discount_type": "smart_coupon"},
    ],
    "tax_lines": [],
    "refunds": [{"id": 801, "reason": "Casse", "total": "-400"}, {"id": 802, "reason": "", "total": "-5"}],
    "meta_data": [],
}
CUSTOMER: dict[str, Any] = {
    "id": 70,
    "email": " Ann@Example.TEST ",
    "role": "wholesale_buyer",
    "is_paying_customer": True,
    "billing": {"phone": "+33 6 12 34 56 78", "country": "France", "state": "75"},
    "shipping": {"first_name": "", "country": ""},
    "meta_data": [{"id": 1, "key": "locale", "value": "fr_FR"}, {"id": 2, "key": "x", "value": True}],
}
OTHERS = (("product", SHIRT), ("variation", SHEET), ("order", ORDER), ("refund", REFUND), ("customer", CUSTOMER))


def recorded() -> Iterator[tuple[str, str, bytes]]:
    """(name, raw kind, bytes) of every object in every capture, and of the others above."""
    for file in sorted(CAPTURES.glob("*.json")):
        text = file.read_bytes()
        for kind in KINDS:
            for index, body in enumerate(objects_in(kind, text)):
                yield f"{file.stem}:{kind}{index}", kind, body
    for kind, raw in OTHERS:
        yield f"other:{kind}", kind, encode_plain(raw)


def shape(raw: Any) -> frozenset[tuple[str, ...]]:
    """Which fields are filled in."""
    return frozenset(
        tuple(part for part in path if isinstance(part, str)) for path, value in leaves(raw) if value not in ("", None, [], {})
    )


ALL = list(recorded())
#: The same, each shape once: for laws that take many tries.
DISTINCT = list({(kind, shape(decode(body))): (name, kind, body) for name, kind, body in ALL}.values())


def canonical(kind: str, body: bytes, settings: ShopSettings = SETTINGS) -> dict[str, Any]:
    """The document that the hot path makes of one object alone."""
    if kind == "variation":
        return map_variation(body, settings)
    if kind == "refund":
        return map_refund(body, settings)
    return {"product": map_product, "order": map_order, "customer": map_customer}[kind](body, (), settings).doc


_IDS = frozenset({"id", "product_id", "variation_id", "customer_id", "refunded_by"})


def normalised(value: Any, key: str | None = None) -> Any:
    """A native value without what says nothing: empties, ids of 0, number against text, the zero that PHP leaves out."""
    if isinstance(value, dict):
        inner = {name: normalised(part, name) for name, part in value.items()}
        return {name: part for name, part in inner.items() if part not in ("", None, [], {})}
    if isinstance(value, list):
        if key == "attributes":
            value = sorted(value, key=lambda a: (a.get("position", 0), not a.get("variation", True)))
        return [normalised(part) for part in value]
    if isinstance(value, bool) or value is None:
        return value
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if key in _IDS and text == "0":
        return ""
    return f"0{text}" if text.startswith(".") else text


def missing(whole: Any, part: Any, path: str = "") -> list[str]:
    """Where `whole` does not contain `part`."""
    if isinstance(part, dict):
        if not isinstance(whole, dict):
            return [path]
        return [at for key, inner in part.items() for at in missing(whole.get(key), inner, f"{path}/{key}")]
    if isinstance(part, list):
        if not isinstance(whole, list) or len(whole) != len(part):
            return [path]
        return [at for index, inner in enumerate(part) for at in missing(whole[index], inner, f"{path}/{index}")]
    return [] if whole == part and type(whole) is type(part) else [f"{path}: {whole!r} is not {part!r}"]
