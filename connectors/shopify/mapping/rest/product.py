"""products/* bodies and their variants as the tree of documents/products.graphql."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from connectors.shopify.mapping.rest.body import Body, connected, each, gid_of, metafield_trees, split, word
from connectors.shopify.mapping.words import WEIGHT_UNIT_NATIVE
from hub.ports import Json

_SAVED: Final = (("created_at", "createdAt"), ("updated_at", "updatedAt"))
_PRODUCT: Final = (
    *_SAVED,
    ("body_html", "descriptionHtml"),
    ("published_at", "publishedAt"),
    ("product_type", "productType"),
    ("template_suffix", "templateSuffix"),
)
_VARIANT: Final = (*_SAVED, ("compare_at_price", "compareAtPrice"), ("inventory_quantity", "inventoryQuantity"))
_CHOICES: Final = ("option1", "option2", "option3")


def product_tree(raw: Json) -> Json:
    """A product body as a tree."""
    body = Body(raw, "Product")
    body.move(_PRODUCT)
    body.move((("status", "status"),), word)
    body.move((("tags", "tags"),), split)
    names = option_names(raw)
    body.move((("options", "options"),), lambda value: each(value, _option))
    body.move((("variants", "variants"),), lambda value: connected(value, lambda one: variant_tree(one, names)))
    if raw.get("image") is not None and raw["image"] in _list(raw.get("images")):
        del body.left["image"]  # the main picture is one of them
    body.move((("images", "media"),), lambda value: connected(value, _picture))
    body.move((("category", "category"),), _category)
    body.move((("metafields", "metafields"),), metafield_trees)
    if _only_default(raw):
        body.tree["hasOnlyDefaultVariant"] = True
    return body.done()


def option_names(raw: Json) -> list[Any]:
    """The names of the options, in the order of option1 to option3."""
    return [option.get("name") if type(option) is dict else None for option in _list(raw.get("options"))]


def _list(value: Any) -> Sequence[Any]:
    return value if type(value) is list else ()


def _only_default(raw: Json) -> bool:
    """A product without options: one variant, of the one option "Title"."""
    variants, options = _list(raw.get("variants")), _list(raw.get("options"))
    return (
        len(variants) == 1
        and type(variants[0]) is dict
        and variants[0].get("option1") == "Default Title"
        and variants[0].get("option2") is None
        and (not options or (len(options) == 1 and type(options[0]) is dict and options[0].get("name") == "Title"))
    )


def _option(raw: Json) -> Json:
    body = Body(raw, "ProductOption")
    body.move((("values", "optionValues"),), lambda value: [{"name": one} for one in value] if type(value) is list else value)
    return body.done()


def _category(raw: Any) -> Any:
    if type(raw) is not dict:
        return raw
    body = Body(raw, "TaxonomyCategory")
    body.move((("full_name", "fullName"),))
    return body.done()


def _picture(raw: Json) -> Json:
    body = Body(raw, "ProductImage")
    body.move(_SAVED)
    image: Json = {}
    for key, name in (("src", "url"), ("width", "width"), ("height", "height")):
        if key in body.left:
            image[name] = body.left.pop(key)
    body.tree.update(__typename="MediaImage", mediaContentType="IMAGE", image=image)
    return body.done()


def variant_tree(raw: Json, names: Sequence[Any] = ()) -> Json:
    """A variant body as a tree; `names` are those of the product's options."""
    body = Body(raw, "ProductVariant")
    body.move(_VARIANT)
    body.move((("inventory_policy", "inventoryPolicy"),), word)
    chosen = []
    for index, key in enumerate(_CHOICES):
        value = body.left.pop(key, None)
        if value is not None:
            name = names[index] if index < len(names) and type(names[index]) is str else key
            chosen.append({"name": name, "value": value, "key": key})
    if chosen:
        body.tree["selectedOptions"] = chosen
    item: Json = {}
    if "inventory_item_id" in body.left:
        item["id"] = gid_of("InventoryItem", body.left.pop("inventory_item_id"))
    if "requires_shipping" in body.left:
        item["requiresShipping"] = body.left.pop("requires_shipping")
    if "inventory_management" in body.left:
        manager = body.left["inventory_management"]
        item["tracked"] = manager is not None
        if manager is None or manager == "shopify":
            del body.left["inventory_management"]
    if body.left.get("weight") is not None:
        unit = body.left.pop("weight_unit", None)
        known = WEIGHT_UNIT_NATIVE.get(unit, unit) if type(unit) is str else unit
        item["measurement"] = {"weight": {"value": body.left.pop("weight"), "unit": known}}
    if item:
        body.tree["inventoryItem"] = item
    body.move((("metafields", "metafields"),), metafield_trees)
    return body.done()
