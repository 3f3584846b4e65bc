"""A small honest Shopify that speaks real HTTP: seeded, changeable, for the demo, the tests and authors."""

from connectors.shopify.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]
