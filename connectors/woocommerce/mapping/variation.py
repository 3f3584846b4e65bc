"""One variation → canonical variant. Shapes: WooCommerce REST API v3, /products/{id}/variations and /variations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.woocommerce.mapping.metafields import metafields
from connectors.woocommerce.mapping.options import selected
from connectors.woocommerce.mapping.presentation import picture
from connectors.woocommerce.mapping.reading import VENDOR, keep, moments, nested, opened, own_id, remaining, skipped
from connectors.woocommerce.mapping.sellable import KEYS, sell
from connectors.woocommerce.mapping.words import PRODUCT_STATUS, VOLATILE, keys
from hub.mapping import WrongValue, flag, text
from hub.ports import Json, ShopSettings

_KNOWN: Final = VOLATILE | KEYS | keys("id name description status attributes image date_created_gmt date_modified_gmt meta_data")


def map_variation(body: bytes, settings: ShopSettings) -> Json:
    """One variation alone, as a canonical variant. Raises SkippedRecordError."""
    raw = opened(body, "variation")
    try:
        return variant_doc(raw, settings)
    except WrongValue as error:
        raise skipped("variation", raw, error) from None


def variant_doc(
    raw: Json,
    settings: ShopSettings,
    *,
    parent: Mapping[str, Any] | None = None,
    options: Sequence[Json] = (),
    position: int | None = None,
) -> Json:
    """A decoded variation; with its parent, a SKU that is only the parent's is marked so. Raises WrongValue."""
    doc: Json = {"ref": {"connector": VENDOR, "kind": "variation", "id": own_id(raw)}}
    rest = remaining(raw, _KNOWN)
    title, status, html = text(raw, "name"), text(raw, "status"), text(raw, "description")
    if title is not None:
        doc["title"] = title
    if position is not None:
        doc["position"] = position
    _sku(raw, parent, doc)
    chosen = selected(raw, options)
    if chosen:
        doc["options"] = chosen
    sell(raw, doc, rest, settings)
    virtual = flag(raw, "virtual")
    if virtual is not None:
        doc["requires_shipping"] = not virtual
    if html is not None:
        doc["description"] = {"html": html}
    _image(raw, doc, rest)
    if status is not None:
        doc["status_native"] = status
        if status in PRODUCT_STATUS:
            doc["status"] = PRODUCT_STATUS[status]
    moments(raw, doc, rest)
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
    keep(doc, rest)
    return doc


def _sku(raw: Json, parent: Mapping[str, Any] | None, doc: Json) -> None:
    sku = text(raw, "sku")
    if sku is not None:
        doc["sku"] = sku
        if parent is not None and parent.get("sku") == sku:
            doc["sku_inherited"] = True  # a variation without a SKU of its own reports its parent's


def _image(raw: Json, doc: Json, rest: Json) -> None:
    image = nested(raw, "image")
    if image is None:
        return
    try:
        media = picture(image)
    except WrongValue as error:
        raise error.under("image") from None
    if media is None:
        rest["image"] = image
    else:
        doc["media"] = [media]
