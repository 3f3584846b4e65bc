"""The vendor's words in tables, then one function each way. Pure: bytes in, canonical documents out."""

from connectors.shopify.mapping.customer import map_customer
from connectors.shopify.mapping.native import to_native
from connectors.shopify.mapping.order import map_order
from connectors.shopify.mapping.product import map_product
from connectors.shopify.mapping.words import STAMPS
from connectors.shopify.mapping.writable import writable

__all__ = ["STAMPS", "map_customer", "map_order", "map_product", "to_native", "writable"]
