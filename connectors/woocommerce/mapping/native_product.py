"""Products and variations in WooCommerce's words."""

from __future__ import annotations

from typing import Final

from connectors.woocommerce.mapping.native_parts import (
    carried,
    native_date,
    native_id,
    native_number,
    put,
    put_id,
    put_meta,
    put_texts,
)
from connectors.woocommerce.mapping.presentation import PICTURE_TEXTS, encoded_slug
from connectors.woocommerce.mapping.words import BACKORDERS_NATIVE, PRODUCT_TEXTS, RELATIONS, TERMS
from hub.ports import Json

_PRICES: Final = {"list": "regular_price", "sale": "sale_price"}
_NATIVE: Final = (("status", "status_native"),)


def native_product(doc: Json) -> Json:
    """A product; its default variant's fields are its own, other variants are objects of their own."""
    raw = carried(doc)
    put_id(raw, {"ref": doc["refs"][0]})
    put_texts(raw, doc, (*PRODUCT_TEXTS, *_NATIVE))
    if "handle" in doc:
        raw.setdefault("slug", encoded_slug(doc["handle"]))
    for key, name in (("short_description", "summary"), ("description", "description")):
        if name in doc:
            raw[key] = doc[name]["html"]
    if "created_at" in doc:
        raw["date_created_gmt"] = native_date(doc["created_at"])
    for variant in doc.get("variants", ()):
        if variant.get("default"):
            put(raw, "sku", variant.get("sku"))
            _sellable(variant, raw)
    if "media" in doc:
        raw["images"] = [_picture(media) for media in doc["media"]] + raw.get("images", [])
    for key, name, _ in TERMS:
        if name in doc:
            raw[key] = [{"id": native_id(term["id"])} if "id" in term else {} for term in doc[name]]
    for key, kind in RELATIONS:
        related = [native_id(relation["ref"]["id"]) for relation in doc.get("relations", ()) if relation["kind"] == kind]
        put(raw, key, related or None)
    _attributes(doc, raw)
    put_meta(raw, doc)
    return raw


def native_variation(doc: Json) -> Json:
    """A variation. A SKU that is only the parent's is not written: it would become the variation's own."""
    raw = carried(doc)
    put_id(raw, doc)
    put_texts(raw, doc, _NATIVE)
    if not doc.get("sku_inherited"):
        put(raw, "sku", doc.get("sku"))
    if "description" in doc:
        raw["description"] = doc["description"]["html"]
    _sellable(doc, raw)
    if "media" in doc:
        raw["image"] = _picture(doc["media"][0])
    if "options" in doc:
        raw["attributes"] = [_choice(option, "value") for option in doc["options"]]
    put_meta(raw, doc)
    return raw


def _sellable(variant: Json, raw: Json) -> None:
    for identifier in variant.get("identifiers", ()):
        if identifier["scheme"] == "gtin":
            raw["global_unique_id"] = identifier["value"]
    for price in variant.get("prices", ()):
        if price["kind"] in _PRICES:
            raw[_PRICES[price["kind"]]] = price["money"]["amount"]
        for name, key in (("valid_from", "date_on_sale_from_gmt"), ("valid_to", "date_on_sale_to_gmt")):
            if name in price:
                raw[key] = native_date(price[name])
    _stock(variant.get("inventory", {}), raw)
    if "weight" in variant:
        raw["weight"] = variant["weight"]["value"]
    if "dimensions" in variant:
        sides = {side: quantity["value"] for side, quantity in variant["dimensions"].items()}
        raw["dimensions"] = {**raw.get("dimensions", {}), **sides}
    put_texts(raw, variant.get("tax", {}), (("tax_status", "status_native"), ("tax_class", "tax_class")))


def _stock(inventory: Json, raw: Json) -> None:
    put(raw, "manage_stock", inventory.get("tracked", inventory.get("tracked_native")))
    put(raw, "backorders", BACKORDERS_NATIVE.get(inventory.get("policy", ""), inventory.get("policy_native")))
    put(raw, "stock_status", inventory.get("availability_native"))
    for level in inventory.get("levels", ()):
        if level["name"] == "available":
            raw["stock_quantity"] = native_number(level["quantity"])
    if "low_stock_at" in inventory:
        raw["low_stock_amount"] = native_number(inventory["low_stock_at"])


def _picture(media: Json) -> Json:
    raw: Json = {"src": media["url"]}
    put_texts(raw, media, PICTURE_TEXTS)
    if "id" in media:
        raw["id"] = native_id(media["id"])
    return raw


def _attributes(doc: Json, raw: Json) -> None:
    """One list again, in the order of positions."""
    found = [_attribute(option, variation=True) for option in doc.get("options", ())]
    found += [_attribute(fact, variation=False) for fact in doc.get("attributes", ())]
    if found:
        raw["attributes"] = sorted(found, key=lambda attribute: attribute.get("position", 0))
    defaults = [_choice(option, "default") for option in doc.get("options", ()) if "default" in option]
    if defaults:
        raw["default_attributes"] = defaults + raw.get("default_attributes", [])


def _attribute(doc: Json, *, variation: bool) -> Json:
    raw = carried(doc)
    raw.update(_named(doc), variation=variation, options=[v["label"] if variation else v for v in doc.get("values", ())])
    for name in ("position", "visible"):
        put(raw, name, doc.get(name))
    return raw


def _choice(option: Json, value: str) -> Json:
    return {**_named(option), "option": option[value]}


def _named(doc: Json) -> Json:
    return {"id": native_id(doc["id"]) if "id" in doc else 0, "name": doc["name"]}
