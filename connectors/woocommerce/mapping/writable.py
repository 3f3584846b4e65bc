"""Which parts of a vendor object its API takes back. Source: WooCommerce REST API v3, the fields not marked read-only."""

from __future__ import annotations

from typing import Any, Final

from connectors.woocommerce.mapping.words import keys

_META: Final = keys("id key value")
_GOODS: Final = keys("values defined_value_is_additive")
_SELLABLE: Final = keys(
    "sku global_unique_id regular_price sale_price date_on_sale_from date_on_sale_from_gmt date_on_sale_to date_on_sale_to_gmt",
    "virtual downloadable downloads download_limit download_expiry tax_status tax_class manage_stock stock_quantity stock_status",
    "backorders low_stock_amount weight dimensions shipping_class menu_order description status",
)
_PICTURE: Final = keys("id src name alt")

#: Raw kind → keys taken whole.
WHOLE: Final = {
    "product": _SELLABLE
    | keys(
        "name slug date_created date_created_gmt type featured catalog_visibility short_description external_url button_text",
        "sold_individually reviews_allowed post_password upsell_ids cross_sell_ids parent_id purchase_note grouped_products",
    ),
    "variation": _SELLABLE,
    "order": keys(
        "parent_id status currency customer_id customer_note billing shipping payment_method payment_method_title transaction_id"
    ),
    "refund": keys("amount reason refunded_by"),
    "customer": keys("email first_name last_name username billing shipping"),
}

#: Raw kind → keys that hold objects of which only some keys are taken.
PARTS: Final[dict[str, dict[str, frozenset[str]]]] = {
    "product": {
        "categories": keys("id"),
        "tags": keys("id"),
        "brands": keys("id"),
        "images": _PICTURE,
        "attributes": keys("id name position visible variation options"),
        "default_attributes": keys("id name option"),
        "meta_data": _META,
        "cost_of_goods_sold": _GOODS,
    },
    "variation": {
        "image": _PICTURE,
        "attributes": keys("id name option"),
        "meta_data": _META,
        "cost_of_goods_sold": _GOODS,
    },
    "order": {
        "line_items": keys("id name product_id variation_id quantity tax_class subtotal total meta_data"),
        "shipping_lines": keys("id method_title method_id instance_id total meta_data"),
        "fee_lines": keys("id name tax_class tax_status total meta_data"),
        "coupon_lines": keys("id code meta_data"),
        "meta_data": _META,
    },
    "refund": {"meta_data": _META},
    "customer": {"meta_data": _META},
}


def writable(raw_kind: str, raw: dict[str, Any]) -> dict[str, Any]:
    """The part of a vendor object that may be sent back, in the order of its keys."""
    whole, parts = WHOLE[raw_kind], PARTS[raw_kind]
    found = {}
    for key, value in raw.items():
        if key in whole:
            found[key] = value
        elif key in parts:
            found[key] = _some(value, parts[key])
    return found


def _some(value: Any, wanted: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_some(item, wanted) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _inner(key, part) for key, part in value.items() if key in wanted}


def _inner(key: str, part: Any) -> Any:
    """Lines hold meta entries of their own, the cost of goods its defined values."""
    if key == "meta_data":
        return _some(part, _META)
    return _some(part, keys("defined_value")) if key == "values" else part
