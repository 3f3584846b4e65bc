"""The vendor's words in tables, then one function each way. Pure: bytes in, canonical documents out."""

from connectors.woocommerce.mapping.customer import map_customer
from connectors.woocommerce.mapping.native import to_native
from connectors.woocommerce.mapping.order import map_order
from connectors.woocommerce.mapping.product import map_product
from connectors.woocommerce.mapping.refund import map_refund
from connectors.woocommerce.mapping.variation import map_variation

__all__ = ["map_customer", "map_order", "map_product", "map_refund", "map_variation", "to_native"]
