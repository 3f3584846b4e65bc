"""The writable part in REST's words, from a document and from a body: what a REST-shaped body would be sent back as.

The hub writes in GraphQL's words alone. This shows that nothing of a webhook's body is lost on the way to the canonical form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from connectors.shopify.mapping.metafields import native_attributes
from connectors.shopify.mapping.native import to_native
from connectors.shopify.mapping.native_parts import carried, native_address, put, put_texts, said
from connectors.shopify.mapping.native_product import in_order
from connectors.shopify.mapping.rest.body import split
from connectors.shopify.mapping.values import utc
from connectors.shopify.mapping.words import CONSENT_NATIVE
from connectors.shopify.mapping.writable import some
from hub.ports import Json

_PRODUCT: Final = ("title", "handle", "body_html", "vendor", "product_type", "template_suffix", "published_scope")
_VARIANT: Final = ("sku", "barcode", "price", "compare_at_price", "position", "inventory_policy", "taxable", "requires_shipping")
_VARIANT_KEPT: Final = ("fulfillment_service", "image_id")
_CHOICES: Final = ("option1", "option2", "option3")
_PERSON: Final = ("first_name", "last_name", "email", "phone", "note", "tax_exempt", "tax_exemptions")
_ADDRESS: Final = {
    "firstName": "first_name",
    "lastName": "last_name",
    "countryCode": "country_code",
    "provinceCode": "province_code",
}
_CONSENTS: Final = (
    ("email_marketing_consent", "defaultEmailAddress", "email"),
    ("sms_marketing_consent", "defaultPhoneNumber", "sms"),
)


def rest_native(raw_kind: str, doc: Json) -> Json:
    """The writable part of a document that was mapped from a REST-shaped body. Law: equal to `rest_writable` of that body."""
    return _WRITERS[raw_kind](doc)


def rest_writable(raw_kind: str, raw: Json) -> Json:
    """The part of a REST-shaped body that REST takes back, empties left out; dates in UTC, tags parted by ", "."""
    return _READERS[raw_kind](raw)


def _product(doc: Json) -> Json:
    native, kept = to_native("product", doc), carried(doc)
    raw: Json = {"id": int(doc["refs"][0]["id"])}
    put_texts(raw, {**native, **kept}, (("title", "title"), ("handle", "handle"), ("body_html", "descriptionHtml")))
    put_texts(
        raw, {**native, **kept}, (("vendor", "vendor"), ("product_type", "productType"), ("template_suffix", "templateSuffix"))
    )
    put(raw, "published_scope", kept.get("published_scope"))
    put(raw, "status", _lower(doc.get("status_native")))
    put(raw, "tags", ", ".join(native.get("tags", ())))
    put(raw, "options", [_option(one) for one in doc.get("options") or kept.get("options") or ()])
    put(raw, "variants", [_variant(one) for one in doc.get("variants", ())])
    put(raw, "images", [_image(one) for one in in_order(doc)])
    return raw


def _lower(word: str | None) -> str | None:
    return word.lower() if word is not None and word.lower().upper() == word else word


def _option(one: Json) -> Json:
    raw: Json = {}
    put_texts(raw, one, (("name", "name"), ("position", "position")))
    put(raw, "values", [value.get("label", value.get("name")) for value in one.get("values") or one.get("optionValues") or ()])
    return raw


def _variant(doc: Json) -> Json:
    native, kept = to_native("variant", doc), carried(doc)
    item = native.get("inventoryItem", {})
    raw: Json = {"id": int(doc["ref"]["id"])}
    put_texts(raw, native, (("sku", "sku"), ("barcode", "barcode"), ("price", "price"), ("position", "position")))
    put_texts(raw, native, (("compare_at_price", "compareAtPrice"), ("taxable", "taxable")))
    put(raw, "inventory_policy", _lower(native.get("inventoryPolicy")))
    put(raw, "requires_shipping", item.get("requiresShipping"))
    manager = kept.get("inventory_management", "shopify" if item.get("tracked") else None)
    put(raw, "inventory_management", manager)
    put_texts(raw, kept, tuple((key, key) for key in _VARIANT_KEPT))
    weight = doc.get("weight")
    if weight is not None:
        raw["weight"] = weight["value"]
        put(raw, "weight_unit", weight["unit"])
    for one in doc.get("options") or kept.get("selectedOptions") or ():
        put(raw, one["key"], one["value"])
    return raw


def _image(medium: Json) -> Json:
    raw: Json = {}
    put(raw, "src", medium.get("url"))
    put_texts(raw, medium, (("alt", "alt"),))
    return raw


def _customer(doc: Json) -> Json:
    kept = carried(doc)
    raw: Json = {"id": int(doc["refs"][0]["id"])}
    put_texts(raw, doc, tuple((key, key) for key in ("first_name", "last_name", "email", "phone")))
    put_texts(raw, kept, (("note", "note"), ("tax_exempt", "taxExempt"), ("tax_exemptions", "taxExemptions")))
    put(raw, "tags", ", ".join(doc.get("tags", ())))
    for key, name, channel in _CONSENTS:
        held = kept.get(name, {})
        if "accepts_marketing" not in held:  # else the body had the older words for it, which are not written
            put(raw, key, _consent(doc, channel, held))
    put(raw, "addresses", [_address(one) for one in doc.get("addresses", ())])
    return raw


def _consent(doc: Json, channel: str, held: Json) -> Json:
    raw: Json = {}
    for consent in doc.get("consent", ()):
        if consent["channel"] == channel:
            put(raw, "state", _lower(held.get("marketingState", CONSENT_NATIVE.get(consent["state"]))))
            put(raw, "opt_in_level", _lower(consent.get("level")))
            put(raw, "consent_updated_at", consent.get("at"))
    return raw


def _address(doc: Json) -> Json:
    return {_ADDRESS.get(key, key): value for key, value in native_address(doc).items()}


def _order(doc: Json) -> Json:
    kept, buyer = carried(doc), doc.get("buyer", {})
    raw: Json = {"id": int(doc["refs"][0]["id"])}
    put_texts(raw, buyer, (("email", "email"), ("phone", "phone")))
    put(raw, "note", doc.get("note"))
    put(raw, "po_number", kept.get("poNumber"))
    put(raw, "tags", ", ".join(kept.get("tags", ())))
    for address in doc.get("addresses", ()):
        if "shipping" in address["roles"]:
            put(raw, "shipping_address", _address(address))
    pairs = [
        {"name": one["key"], **{k: v for k, v in one.items() if k != "key"}}
        for one in native_attributes(doc.get("metafields", ()))
    ]
    put(raw, "note_attributes", pairs)
    return raw


def _tags(raw: Json) -> str:
    return ", ".join(split(raw.get("tags") or ""))


def _filled(**values: Any) -> Json:
    return {key: value for key, value in values.items() if said(value)}


def _product_body(raw: Json) -> Json:
    return {
        **some(raw, "id", *_PRODUCT, "status"),
        **_filled(
            tags=_tags(raw),
            options=[some(one, "name", "position", "values") for one in raw.get("options") or ()],
            variants=[_variant_body(one) for one in raw.get("variants") or ()],
            images=[some(one, "src", "alt") for one in raw.get("images") or ()],
        ),
    }


def _variant_body(raw: Json) -> Json:
    weighed = raw.get("weight") is not None
    return {
        **some(raw, "id", *_VARIANT, *_VARIANT_KEPT, "inventory_management", *_CHOICES),
        **({"weight": str(raw["weight"]), **some(raw, "weight_unit")} if weighed else {}),
    }


def _customer_body(raw: Json) -> Json:
    consents = {}
    for key, _, _ in _CONSENTS:
        told = raw.get(key) or {}
        at = told.get("consent_updated_at")
        consents[key] = {**some(told, "state", "opt_in_level"), **_filled(consent_updated_at=utc(at) if at else None)}
    addresses = raw.get("addresses") or ([raw["default_address"]] if raw.get("default_address") else [])
    return {
        **some(raw, "id", *_PERSON),
        **_filled(tags=_tags(raw), addresses=[_address_body(one) for one in addresses], **consents),
    }


def _address_body(raw: Json) -> Json:
    return some(
        raw, "first_name", "last_name", "company", "city", "zip", "phone", "address1", "address2", "province_code", "country_code"
    )


def _order_body(raw: Json) -> Json:
    return {
        **some(raw, "id", "email", "phone", "note", "po_number"),
        **_filled(
            tags=_tags(raw),
            shipping_address=_address_body(raw.get("shipping_address") or {}),
            note_attributes=[
                {"name": one["name"], **({} if one.get("value") is None else {"value": one["value"]})}
                for one in raw.get("note_attributes") or ()
            ],
        ),
    }


_WRITERS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "product": _product,
    "variant": _variant,
    "order": _order,
    "customer": _customer,
}
_READERS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "product": _product_body,
    "variant": _variant_body,
    "order": _order_body,
    "customer": _customer_body,
}
