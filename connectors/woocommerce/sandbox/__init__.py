"""A small honest WooCommerce 10.5 that speaks real HTTP: seeded, changeable, for the demo, the tests and authors."""

from connectors.woocommerce.sandbox.auth import Key
from connectors.woocommerce.sandbox.sandbox import Sandbox

__all__ = ["Key", "Sandbox"]
