"""A WooCommerce product with its variations → canonical product. Pure; shapes: WooCommerce REST API v3, /products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.woocommerce.mapping.metafields import metafields
from connectors.woocommerce.mapping.options import attributes, set_defaults
from connectors.woocommerce.mapping.presentation import describe, handle, pictures, search_text, terms
from connectors.woocommerce.mapping.reading import VENDOR, keep, moments, opened, own_id, remaining, skipped
from connectors.woocommerce.mapping.sellable import KEYS, sell
from connectors.woocommerce.mapping.variation import variant_doc
from connectors.woocommerce.mapping.words import PRODUCT_STATUS, PRODUCT_TEXTS, RELATIONS, TERMS, VOLATILE, keys
from hub.errors import SkippedRecordError
from hub.mapping import WrongValue, flag, instant, text, texts, wrong
from hub.ports import Json, Mapped, ShopSettings

_PARENT: Final = VOLATILE | keys(
    "id name slug permalink type status catalog_visibility description short_description attributes",
    "default_attributes variations images categories tags brands upsell_ids cross_sell_ids grouped_products",
    "date_created_gmt date_modified_gmt meta_data",
)
_WHOLE: Final = _PARENT | KEYS | {"shipping_required"}


def map_product(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    """The product in `body` with its variations. Raises SkippedRecordError naming the field and the value."""
    raw = opened(body, "product")
    variations = [opened(child, "variation") for child in children]
    doc = product_doc(raw, variations, settings)
    given = {str(variation["id"]) for variation in variations}
    index = []
    for variant in doc.get("variants", ()):
        ref = variant["ref"]
        if ref["kind"] == "product" or ref["id"] in given:
            codes = variant.get("identifiers")
            index.append((ref["id"], variant.get("sku"), codes[0]["value"] if codes else None))
    return Mapped("product", doc["refs"][0]["id"], doc, instant(doc, "modified_at"), index)


def product_doc(raw: Json, variations: Sequence[Json], settings: ShopSettings) -> Json:
    """The canonical document of decoded objects. Raises SkippedRecordError."""
    try:
        doc, rest = _product(raw, settings)
    except WrongValue as error:
        raise skipped("product", raw, error) from None
    if is_parent(raw) or variations:
        _assemble(doc, raw, variations, settings)
    keep(doc, rest)
    return doc


def is_parent(raw: Mapping[str, Any]) -> bool:
    """Whether the product is sold through variations: by its type, or, for plugins' types, by its list of them."""
    return raw.get("type") == "variable" or bool(raw.get("variations"))


def _product(raw: Json, settings: ShopSettings) -> tuple[Json, Json]:
    own = own_id(raw)
    if raw.get("type") == "variation":
        raise wrong("type", "variation", "a product: a variation is mapped with its parent")
    ref = {"connector": VENDOR, "kind": "product", "id": own}
    doc: Json = {"refs": [ref]}
    parent = is_parent(raw)
    rest = remaining(raw, _PARENT if parent else _WHOLE)
    texts(raw, doc, PRODUCT_TEXTS)
    handle(raw, doc, rest)
    describe(raw, doc)
    _status(raw, doc)
    attributes(raw, doc)
    if not parent:
        doc["variants"] = [_own_variant(raw, ref, rest, settings)]
    pictures(raw, doc, rest)
    for key, name, taxonomy in TERMS:
        found = terms(raw, key, taxonomy) if raw.get(key) else None
        if found:
            doc[name] = found
    _relations(raw, doc)
    set_defaults(raw, doc, rest)
    moments(raw, doc, rest)
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
        search_text(doc)
    return doc, rest


def _status(raw: Json, doc: Json) -> None:
    status = text(raw, "status")
    if status is None:
        return
    doc["status_native"] = status
    known = PRODUCT_STATUS.get(status)
    if known is not None:
        doc["status"] = "unlisted" if known == "active" and raw.get("catalog_visibility") == "hidden" else known


def _own_variant(raw: Json, ref: Json, rest: Json, settings: ShopSettings) -> Json:
    """The one variant of a product that has no variations; it carries the product's own id."""
    variant: Json = {"ref": ref, "default": True}
    sku = text(raw, "sku")
    if sku is not None:
        variant["sku"] = sku
    sell(raw, variant, rest, settings)
    shipped = flag(raw, "shipping_required")
    if shipped is not None:
        variant["requires_shipping"] = shipped
    return variant


def _relations(raw: Json, doc: Json) -> None:
    found: list[Json] = []
    for key, kind in RELATIONS:
        if raw.get(key):
            found += [{"kind": kind, "ref": {"connector": VENDOR, "kind": "product", "id": id}} for id in ids_in(raw, key)]
    if found:
        doc["relations"] = found


def ids_in(raw: Json, key: str) -> list[str]:
    """A list of ids as texts."""
    listed = raw.get(key)
    if listed is None or listed == "":
        return []
    if type(listed) is not list:
        raise wrong(key, listed, "a list of ids")
    found = []
    for index, id in enumerate(listed):
        if type(id) is not int and not (type(id) is str and id):
            raise WrongValue(f"/{key}/{index}", id, "an id")
        found.append(str(id))
    return found


def _assemble(doc: Json, raw: Json, variations: Sequence[Json], settings: ShopSettings) -> None:
    """Variations in the parent's order; one that is listed but was not given stands as a bare reference."""
    try:
        listed = ids_in(raw, "variations")
    except WrongValue as error:
        raise skipped("product", raw, error) from None
    given: dict[str, Json] = {}
    for variation in variations:
        try:
            given[own_id(variation)] = variation
        except WrongValue as error:
            raise skipped("variation", variation, error) from None
    order = [*listed, *(id for id in given if id not in set(listed))]
    found = []
    for position, id in enumerate(order):
        if id in given:
            found.append(_variant(given[id], raw, doc, settings, position))
        else:
            found.append({"ref": {"connector": VENDOR, "kind": "variation", "id": id}, "position": position})
            doc["incomplete_children"] = True
    if found:
        doc["variants"] = found


def _variant(variation: Json, raw: Json, doc: Json, settings: ShopSettings, position: int) -> Json:
    try:
        return variant_doc(variation, settings, parent=raw, options=doc.get("options", ()), position=position)
    except WrongValue as error:
        raise SkippedRecordError(
            f"{VENDOR} product {raw['id']}",
            str(skipped(f"variation {variation['id']}", variation, error)),
            field=f"variations/{variation['id']}#{error.pointer}",
        ) from None
