"""A Shopify product with its variants → canonical product. Pure; shapes: documents/products.graphql, drained."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from connectors.shopify.mapping.media import media
from connectors.shopify.mapping.metafields import metafields
from connectors.shopify.mapping.options import options
from connectors.shopify.mapping.reading import (
    VENDOR,
    begun,
    beside_nodes,
    gid_text,
    nested,
    nodes,
    opened,
    remaining,
    rest_shaped,
    skipped,
    words,
)
from connectors.shopify.mapping.values import moment, moments
from connectors.shopify.mapping.variant import variant_doc
from connectors.shopify.mapping.words import PRODUCT_STATUS, PRODUCT_TEXTS, SAVED, keys
from hub.mapping import WrongValue, flag, instant, text, texts
from hub.ports import Json, Mapped, ShopSettings

_KNOWN: Final = keys(
    "id legacyResourceId handle title status vendor productType tags descriptionHtml createdAt updatedAt publishedAt",
    "hasOnlyDefaultVariant onlineStoreUrl category seo options media collections metafields variants",
)
_SEO: Final = (("title", "title"), ("description", "description"))
_SEO_KEYS: Final = keys("title description")
_CATEGORY: Final = keys("id name fullName")
_COLLECTION: Final = keys("id legacyResourceId title handle")


def map_product(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:  # noqa: ARG001 (the port's form)
    """The product in `body`: a drained tree, or a REST-shaped webhook body. Raises SkippedRecordError with field and value."""
    raw = opened(body, "product")
    if rest_shaped(raw):
        from connectors.shopify.mapping.rest import product_doc as rest_doc

        doc = rest_doc(raw, settings)
    else:
        doc = product_doc(raw, settings)
    index = []
    for variant in doc.get("variants", ()):
        codes = variant.get("identifiers")
        gtin = codes[0]["value"] if codes and codes[0]["scheme"] == "gtin" else None
        index.append((variant["ref"]["gid"], variant.get("sku"), gtin))
    return Mapped("product", doc["refs"][0]["gid"], doc, instant(doc, "modified_at"), index)


def product_doc(raw: Json, settings: ShopSettings) -> Json:
    """The canonical document of a decoded tree. Raises SkippedRecordError."""
    try:
        return product_of(raw, settings)
    except WrongValue as error:
        raise skipped("product", raw, error) from None


def product_of(raw: Json, settings: ShopSettings) -> Json:
    """The same; raises WrongValue."""
    ref, rest = begun(raw, "Product", _KNOWN)
    doc: Json = {"refs": [ref]}
    texts(raw, doc, PRODUCT_TEXTS)
    html = text(raw, "descriptionHtml")
    if html is not None:
        doc["description"] = {"html": html}
    status = PRODUCT_STATUS.get(doc.get("status_native", ""))
    if status is not None:
        doc["status"] = status
    _terms(raw, doc, rest)
    default = _variants(raw, doc, rest, settings)
    found = options(raw)
    if found and default:  # "Title" with its one value tells no variants apart
        rest["options"] = raw["options"]
    elif found:
        doc["options"] = found
    pictures = media(raw, rest)
    if pictures:
        doc["media"] = pictures
    _seo(raw, doc, rest)
    moments(raw, doc, SAVED)
    published = moment(raw, "publishedAt")
    if published is not None:
        doc["published_at"] = published
    if raw.get("metafields") is not None:
        fields = metafields(raw, rest)
        if fields:
            doc["metafields"] = fields
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _variants(raw: Json, doc: Json, rest: Json, settings: ShopSettings) -> bool:
    """The variants in their order. Answers whether the one there is stands for a product without options."""
    given, alone = nodes(raw, "variants"), flag(raw, "hasOnlyDefaultVariant")
    default = alone is True and len(given) == 1
    if alone is not None and alone != default:
        rest["hasOnlyDefaultVariant"] = alone
    found = []
    for index, variant in enumerate(given):
        try:
            found.append(variant_doc(variant, settings, default=default))
        except WrongValue as error:
            raise error.under("variants", "nodes", index) from None
    if found:
        doc["variants"] = found
    beside_nodes(raw, "variants", rest)
    return default


def _terms(raw: Json, doc: Json, rest: Json) -> None:
    """Category and type, vendor, tags, collections."""
    categories = []
    category = nested(raw, "category")
    if category:
        categories.append(_category(category, rest))
    kind, vendor = text(raw, "productType"), text(raw, "vendor")
    if kind is not None:
        categories.append(_term("product_type", kind))
    if categories:
        doc["categories"] = categories
    if vendor is not None:
        doc["brands"] = [_term("vendor", vendor)]
    tags = words(raw, "tags")
    if tags:
        doc["tags"] = [_term("tag", tag) for tag in tags]
    collections = [_collection(node, index) for index, node in enumerate(nodes(raw, "collections"))]
    if collections:
        doc["collections"] = collections
    beside_nodes(raw, "collections", rest)


@lru_cache(maxsize=16384)
def _term(taxonomy: str, name: str) -> Json:
    return {"taxonomy": taxonomy, "name": name}


def _category(raw: Json, rest: Json) -> Json:
    doc: Json = {"taxonomy": "shopify"}
    try:
        own = gid_text(raw)
        if own is not None:
            doc["id"] = own
        texts(raw, doc, (("name", "name"), ("fullName", "path")))
    except WrongValue as error:
        raise error.under("category") from None
    more = remaining(raw, _CATEGORY)
    if more:
        rest["category"] = more
    return doc


def _collection(raw: Json, index: int) -> Json:
    doc: Json = {"taxonomy": "collection"}
    try:
        own = gid_text(raw)
        if own is not None:
            doc["id"] = own
        texts(raw, doc, (("title", "name"), ("handle", "path")))
    except WrongValue as error:
        raise error.under("collections", "nodes", index) from None
    more = remaining(raw, _COLLECTION)
    legacy = raw.get("legacyResourceId")
    if legacy is not None and (own is None or not own.endswith(f"/{legacy}")):
        more["legacyResourceId"] = legacy
    if more:
        doc["ext"] = {VENDOR: more}
    return doc


def _seo(raw: Json, doc: Json, rest: Json) -> None:
    said = nested(raw, "seo")
    if not said:
        return
    found: Json = {}
    try:
        texts(said, found, _SEO)
    except WrongValue as error:
        raise error.under("seo") from None
    if found:
        doc["seo"] = found
    more = remaining(said, _SEO_KEYS)
    if more:
        rest["seo"] = more
