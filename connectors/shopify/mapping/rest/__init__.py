"""REST-shaped bodies, as webhooks send them → the same canonical form. Field names in errors are the body's own."""

from __future__ import annotations

from collections.abc import Callable

from connectors.shopify.mapping.customer import customer_of
from connectors.shopify.mapping.order import order_of
from connectors.shopify.mapping.product import product_of
from connectors.shopify.mapping.reading import skipped
from connectors.shopify.mapping.rest.customer import customer_tree
from connectors.shopify.mapping.rest.order import order_tree
from connectors.shopify.mapping.rest.pointers import in_body
from connectors.shopify.mapping.rest.product import product_tree
from hub.mapping import WrongValue
from hub.ports import Json, ShopSettings


def product_doc(raw: Json, settings: ShopSettings) -> Json:
    """The canonical product of a body. Raises SkippedRecordError."""
    return _mapped("product", raw, lambda: product_of(product_tree(raw), settings))


def order_doc(raw: Json) -> Json:
    """The canonical order of a body. Raises SkippedRecordError."""
    return _mapped("order", raw, lambda: order_of(order_tree(raw)))


def customer_doc(raw: Json) -> Json:
    """The canonical customer of a body. Raises SkippedRecordError."""
    return _mapped("customer", raw, lambda: customer_of(customer_tree(raw)))


def _mapped(what: str, raw: Json, build: Callable[[], Json]) -> Json:
    try:
        return build()
    except WrongValue as error:
        raise skipped(what, raw, in_body(error, raw)) from None
