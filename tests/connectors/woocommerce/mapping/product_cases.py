"""Short ways to map one made-up product and to look into it."""

from __future__ import annotations

from typing import Any

from mapping_cases import SETTINGS

from connectors.woocommerce.mapping.product import product_doc
from hub.ports import ShopSettings


def mapped(*variations: dict[str, Any], settings: ShopSettings = SETTINGS, **fields: Any) -> dict[str, Any]:
    return product_doc({"id": 1, "type": "simple", **fields}, variations, settings)


def variant(**fields: Any) -> dict[str, Any]:
    return mapped(**fields)["variants"][0]


def price(kind: str, doc: dict[str, Any]) -> dict[str, Any] | None:
    return next((found["money"] for found in doc.get("prices", ()) if found["kind"] == kind), None)
