"""The objects on which the mapping's laws are tried: every captured one, and some of shapes that no capture has."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import connectors.shopify
from connectors.shopify.explain import build
from connectors.shopify.mapping import map_customer, map_order, map_product
from hub.ports import ShopSettings
from schemas.exact import decode, encode_plain

CAPTURES = Path(connectors.shopify.__file__).parent / "captures"
SETTINGS = ShopSettings(currency="EUR", weight_unit="kg", timezone="Europe/Paris", prices_include_tax=True)
WEBHOOKS = (
    ("products_update", "product"),
    ("orders_create", "order"),
    ("customers_update", "customer"),
    ("refunds_create", "refund"),
)


def payload(topic: str) -> dict[str, Any]:
    """The body of a captured webhook."""
    return decode((CAPTURES / "webhooks" / f"{topic}.json").read_bytes())["payload"]


def tree(name: str) -> dict[str, Any]:
    """The object in a captured answer."""
    return decode((CAPTURES / "graphql" / f"{name}.json").read_bytes())["data"]["nodes"][0]


def _bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for file in sorted((CAPTURES / "graphql").glob("*.json")):
        yield file.stem, file.stem.partition("-")[0], tree(file.stem)
    for topic, kind in WEBHOOKS:
        yield f"webhook:{topic}", kind, payload(topic)
    yield "variant", "variant", tree("product-options")["variants"]["nodes"][0]
    yield "webhook:variant", "variant", payload("products_update")["variants"][0]
    yield "refund", "refund", tree("order-parts")["parts"]["refunds"][0]
    yield "rest:order", "order", REST_ORDER
    yield "rest:product", "product", REST_PRODUCT
    yield "rest:customer", "customer", REST_CUSTOMER


def both(shop: str, shown: str) -> dict[str, Any]:
    """A money set as webhooks write it."""
    return {
        "shop_money": {"amount": shop, "currency_code": "EUR"},
        "presentment_money": {"amount": shown, "currency_code": "USD"},
    }


REST_ORDER: dict[str, Any] = {
    "id": 450789469000000001,
    "admin_graphql_api_id": "gid://shopify/Order/450789469000000001",
    "name": "#1001",
    "currency": "EUR",
    "presentment_currency": "USD",
    "taxes_included": True,
    "email": "",
    "phone": None,
    "customer": None,
    "financial_status": "partially_refunded",
    "fulfillment_status": "partial",
    "tags": "vip,gift ,",
    "note": "Vite",
    "note_attributes": [{"name": "cadeau", "value": "oui"}],
    "created_at": "2026-11-20T11:11:11+01:00",
    "total_price": "28.00",
    "total_price_set": both("28.00", "30.80"),
    "total_tax": "4.67",
    "shipping_address": {"first_name": "Léa", "address1": "1 rue", "country_code": "FR", "country": "France", "zip": "75001"},
    "discount_applications": [
        {
            "type": "discount_code",
            "code": "ETE",
            "value": "10.0",
            "value_type": "percentage",
            "allocation_method": "across",
            "target_selection": "all",
            "target_type": "line_item",
        },
        {"type": "manual", "title": "Geste", "description": "client fidèle", "target_type": "shipping_line"},
    ],
    "line_items": [
        {
            "id": 466157049,
            "title": "Bague",
            "name": "Bague - S",
            "variant_title": "S",
            "quantity": 3,
            "current_quantity": 2,
            "price": "10.00",
            "price_set": both("10.00", "11.00"),
            "product_id": None,
            "variant_id": None,
            "properties": [{"name": "_luneo_design_id", "value": "d1"}, {"name": "taille", "value": None}],
            "tax_lines": [{"title": "TVA", "rate": Decimal("0.2"), "price": "4.67", "price_set": both("4.67", "5.13")}],
            "discount_allocations": [{"amount": "3.00", "amount_set": both("3.00", "3.30"), "discount_application_index": 0}],
            "duties": [
                {
                    "id": 2,
                    "harmonized_system_code": "711319",
                    "shop_money": {"amount": "1.00", "currency_code": "EUR"},
                    "tax_lines": [],
                }
            ],
        }
    ],
    "shipping_lines": [{"id": 1, "title": "Colissimo", "price": 0, "discounted_price": "0.00", "tax_lines": []}],
    "fulfillments": [
        {
            "id": 255858046,
            "status": "success",
            "tracking_company": "UPS",
            "tracking_numbers": ["1Z", "2Z"],
            "tracking_number": "1Z",
            "tracking_urls": ["https://t.test/1Z"],
            "tracking_url": "https://t.test/1Z",
            "line_items": [{"id": 466157049, "quantity": 2, "title": "Bague"}],
        }
    ],
    "refunds": [
        {
            "id": 509562969,
            "note": "",
            "refund_line_items": [
                {
                    "id": 1,
                    "line_item_id": 466157049,
                    "quantity": 1,
                    "restock_type": "return",
                    "subtotal": Decimal("9.0"),
                    "subtotal_set": both("9.00", "9.90"),
                }
            ],
            "transactions": [{"id": 7, "kind": "refund", "status": "success", "amount": "9.00", "currency": "EUR"}],
            "order_adjustments": [
                {"id": 3, "amount": "-1.00", "amount_set": both("-1.00", "-1.10"), "reason": "Refund discrepancy"}
            ],
        }
    ],
}
REST_PRODUCT: dict[str, Any] = {
    "id": 632910392000000007,
    "title": "Mug",
    "status": "archived",
    "tags": "",
    "options": [{"id": 1, "product_id": 632910392000000007, "name": "Title", "position": 1, "values": ["Default Title"]}],
    "variants": [
        {
            "id": 5,
            "title": "Default Title",
            "option1": "Default Title",
            "price": 12,
            "inventory_management": None,
            "weight": Decimal("0.5"),
            "weight_unit": "kg",
            "inventory_item_id": 99,
        }
    ],
    "images": [
        {
            "id": 850703190,
            "src": "https://cdn.test/mug.png",
            "width": 10,
            "height": 20,
            "alt": "Mug",
            "position": 1,
            "variant_ids": [],
        }
    ],
    "image": {
        "id": 850703190,
        "src": "https://cdn.test/mug.png",
        "width": 10,
        "height": 20,
        "alt": "Mug",
        "position": 1,
        "variant_ids": [],
    },
}
REST_CUSTOMER: dict[str, Any] = {
    "id": 207119551,
    "email": "Lea@test.fr",
    "phone": "+33 6 12 34 56 78",
    "state": "enabled",
    "tags": "vip, été",
    "orders_count": 2,
    "total_spent": "199.65",
    "currency": "EUR",
    "email_marketing_consent": {
        "state": "not_subscribed",
        "opt_in_level": None,
        "consent_updated_at": "2026-11-20T11:11:11+01:00",
    },
    "sms_marketing_consent": {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_collected_from": "OTHER"},
    "addresses": [
        {
            "id": 1,
            "customer_id": 207119551,
            "address1": "1 Main St",
            "country": "United States",
            "country_name": "United States",
            "country_code": "US",
            "province": "California",
            "province_code": "CA",
            "default": True,
        }
    ],
    "default_address": {
        "id": 1,
        "customer_id": 207119551,
        "address1": "1 Main St",
        "country": "United States",
        "country_name": "United States",
        "country_code": "US",
        "province": "California",
        "province_code": "CA",
        "default": True,
    },
}
ALL = [(name, kind, encode_plain(raw)) for name, kind, raw in _bodies()]


def canonical(kind: str, body: bytes, settings: ShopSettings = SETTINGS) -> dict[str, Any]:
    """The document that the hot path makes of one object; of a part alone, the one that `luneo map` shows."""
    if kind in ("variant", "refund"):
        return build(kind, decode(body), settings)
    return {"product": map_product, "order": map_order, "customer": map_customer}[kind](body, (), settings).doc


def plain(value: Any) -> Any:
    """A native value with its numbers as texts: REST writes a price as "12" and as 12."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return format(value, "f") if isinstance(value, Decimal) else str(value) if type(value) is int else value
