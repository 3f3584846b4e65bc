"""What airbyte-source-shopify's documents ask for beyond our sandbox's schema, as plain objects made of the same samples.

Names and shapes are those of Shopify's Admin API 2026-10. A field that is missing here is a KeyError and no null: a document of
another version of the peer must not get emptier answers than it asked for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from connectors.shopify.sandbox.state import Json, State, number_of


def _connection(nodes: Iterable[Json]) -> Json:
    return {"edges": [{"node": node} for node in nodes]}


def product(state: State, one: Json) -> Json:
    """A Product."""
    variants = list(state.all(one["variants"]))
    images = [media["image"] for media in state.all(one["media"]) if media["__typename"] == "MediaImage"]
    prices = sorted((float(each["price"]), each["price"]) for each in variants)
    currency = state.shop["currencyCode"]
    text = html.unescape(re.sub(r"<[^>]*>", "", one["descriptionHtml"])).strip()
    options = [{**option, "values": [value["name"] for value in option["optionValues"]]} for option in one["options"]]
    return {
        **one,
        "legacyResourceId": str(number_of(one["id"])),
        "bodyHtml": one["descriptionHtml"],
        "description": text,
        "hasOutOfStockVariants": any(each["inventoryQuantity"] <= 0 for each in variants),
        "priceRangeV2": {
            "maxVariantPrice": {"amount": prices[-1][1], "currencyCode": currency},
            "minVariantPrice": {"amount": prices[0][1], "currencyCode": currency},
        },
        "featuredImage": images[0] if images else None,
        "featuredMedia": _featured(next(state.all(one["media"]), None)),
        "feedback": None,
        "category": one["category"] and _category(one["category"]),
        "variantsCount": {"count": len(variants)},
        "mediaCount": {"count": len(one["media"])},
        "options": options,
        "images": _connection({"__typename": "Image", "id": image["id"]} for image in images),
        "variants": _connection(variants),
        "metafields": metafields(state, one),
    }


def variant(state: State, one: Json) -> Json:
    """A ProductVariant."""
    owner, item = state.of("Product")[one["product"]], state.of("InventoryItem")[one["inventoryItem"]]
    values = {value["id"]: _shown(value) for option in owner["options"] for value in option["optionValues"]}
    chosen = [{**each, "optionValue": values[each["optionValue"]["id"]]} for each in one["selectedOptions"]]
    money = {"amount": one["price"], "currencyCode": state.shop["currencyCode"]}
    compared = one["compareAtPrice"] and {**money, "amount": one["compareAtPrice"]}
    return {
        **one,
        "displayName": f"{owner['title']} - {one['title']}",
        "taxCode": None,
        "selectedOptions": chosen,
        "image": None,
        "product": owner,
        "inventoryItem": item,
        "presentmentPrices": _connection([{"__typename": "ProductVariantPricePair", "price": money, "compareAtPrice": compared}]),
        "metafields": metafields(state, one),
    }


def _shown(value: Json) -> Json:
    return {**value, "swatch": value["swatch"] and {**value["swatch"], "image": None}}


def metafields(state: State, owner: Json) -> Json:
    """The connection of an owner's metafields."""
    return _connection({**one, "description": None} for one in state.all(owner["metafields"]))


def _featured(media: Json | None) -> Json | None:
    if media is None:
        return None
    image = media.get("image")
    shown = image and {"id": image["id"], "altText": image["altText"]}
    return {**media, "preview": {"status": "READY", "image": shown}, "mediaErrors": [], "mediaWarnings": []}


def _category(one: Json) -> Json:
    level = one["fullName"].count(">") + 1
    more = {"isLeaf": False, "isRoot": level == 1, "isArchived": False, "parentId": None, "ancestorIds": []}
    return {**one, "level": level, **more}
