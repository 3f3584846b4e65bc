"""Products in the words of ProductSetInput and ProductUpdateInput.

It is what may be sent, not what should be: `productSet` deletes every entry of a list that is not in its input, so it is never
used to write one field.
"""

from __future__ import annotations

from typing import Final

from connectors.shopify.mapping.metafields import native_metafields
from connectors.shopify.mapping.native_parts import carried, number, put, put_texts
from connectors.shopify.mapping.words import POLICY_NATIVE, WEIGHT_UNIT_NATIVE
from hub.ports import Json

_TEXTS: Final = (("title", "title"), ("handle", "handle"), ("status", "status_native"))
_CARRIED: Final = (
    ("templateSuffix", "templateSuffix"),
    ("requiresSellingPlan", "requiresSellingPlan"),
    ("giftCard", "isGiftCard"),
)
_ORIGIN: Final = tuple((key, key) for key in ("countryCodeOfOrigin", "provinceCodeOfOrigin", "harmonizedSystemCode"))
UNIT_PRICE: Final = ("quantityUnit", "quantityValue", "referenceUnit", "referenceValue")


def native_product(doc: Json) -> Json:
    """A product with its options, variants, files and metafields."""
    kept = carried(doc)
    raw: Json = {"id": doc["refs"][0]["gid"]}
    put_texts(raw, doc, _TEXTS)
    put_texts(raw, kept, _CARRIED)
    put(raw, "descriptionHtml", doc.get("description", {}).get("html"))
    put(raw, "vendor", next((brand["name"] for brand in doc.get("brands", ())), None))
    for category in doc.get("categories", ()):
        if category["taxonomy"] == "shopify":
            put(raw, "category", category.get("id"))
        else:
            put(raw, "productType", category.get("name"))
    put(raw, "tags", [tag["name"] for tag in doc.get("tags", ())])
    put(raw, "collections", [one["id"] for one in doc.get("collections", ()) if "id" in one])
    put(raw, "seo", dict(doc.get("seo", {})))
    put(raw, "files", [_file(medium) for medium in in_order(doc)])
    put(raw, "productOptions", _options(doc, kept))
    put(raw, "variants", [native_variant(variant) for variant in doc.get("variants", ())])
    put(raw, "metafields", native_metafields(doc.get("metafields", ())))
    return raw


def in_order(doc: Json) -> list[Json]:
    """All media in the shop's order: those that have no address yet stand in ext."""
    waiting = list(carried(doc).get("media", {}).get("nodes", ()))
    found: list[Json] = []
    for medium in doc.get("media", ()):
        while waiting and len(found) < medium.get("position", len(found)):
            found.append(waiting.pop(0))
        found.append(medium)
    return found + waiting


def _file(medium: Json) -> Json:
    raw: Json = {}
    put_texts(raw, medium, (("id", "id"), ("alt", "alt")))
    return raw


def _options(doc: Json, kept: Json) -> list[Json]:
    found = []
    for option in doc.get("options") or kept.get("options") or ():
        raw: Json = {}
        for key in ("id", "name", "position"):
            put(raw, key, option.get(key))
        values = []
        for value in option.get("values") or option.get("optionValues") or ():
            one: Json = {}
            put(one, "id", value.get("id"))
            put(one, "name", value.get("label", value.get("name")))
            values.append(one)
        put(raw, "values", values)
        found.append(raw)
    return found


def native_variant(doc: Json) -> Json:
    """ProductVariantSetInput."""
    kept = carried(doc)
    raw: Json = {"id": doc["ref"]["gid"]}
    put_texts(raw, doc, (("sku", "sku"), ("position", "position")))
    put(raw, "barcode", next((code["value"] for code in doc.get("identifiers", ())), None))
    prices = {price["kind"]: price["money"]["amount"] for price in doc.get("prices", ())}
    put_texts(raw, prices, (("price", "current"), ("compareAtPrice", "compare_at")))
    stock = doc.get("inventory", {})
    put(raw, "inventoryPolicy", POLICY_NATIVE.get(stock.get("policy", ""), stock.get("policy_native")))
    put(raw, "taxable", doc.get("tax", {}).get("taxable"))
    put(raw, "showUnitPrice", kept.get("showUnitPrice"))
    measured = kept.get("unitPriceMeasurement") or {}
    put(raw, "unitPriceMeasurement", {key: measured[key] for key in UNIT_PRICE if measured.get(key) is not None})
    chosen = doc.get("options") or kept.get("selectedOptions") or ()
    put(raw, "optionValues", [{"optionName": one.get("name") or "", "name": one.get("value") or ""} for one in chosen])
    put(raw, "inventoryItem", _item(doc, kept.get("inventoryItem", {}), prices))
    put(raw, "metafields", native_metafields(doc.get("metafields", ())))
    return raw


def _item(doc: Json, kept: Json, prices: Json) -> Json:
    """InventoryItemInput."""
    raw: Json = {}
    put(raw, "cost", prices.get("cost"))
    put(raw, "tracked", doc.get("inventory", {}).get("tracked"))
    put(raw, "requiresShipping", doc.get("requires_shipping"))
    put_texts(raw, kept, _ORIGIN)
    weight = doc.get("weight")
    if weight is not None and weight["unit"] is not None:
        unit = WEIGHT_UNIT_NATIVE.get(weight["unit"], weight["unit"])
        raw["measurement"] = {"weight": {"value": number(weight["value"]), "unit": unit}}
    return raw
