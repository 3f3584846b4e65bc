"""Canonical documents in the words of Shopify's inputs: the writable part, the other half of the round trip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from connectors.shopify.mapping.metafields import native_attributes, native_metafields
from connectors.shopify.mapping.native_parts import carried, native_address, native_consent, put, put_texts
from connectors.shopify.mapping.native_product import native_product, native_variant
from hub.ports import Json

_CUSTOMER: Final = (("firstName", "first_name"), ("lastName", "last_name"), ("email", "email"), ("phone", "phone"))
_CUSTOMER_CARRIED: Final = tuple((key, key) for key in ("note", "taxExempt", "taxExemptions", "multipassIdentifier"))


def native_customer(doc: Json) -> Json:
    """CustomerInput. Consents are written by mutations of their own, in these same words."""
    kept = carried(doc)
    raw: Json = {"id": doc["refs"][0]["gid"]}
    put_texts(raw, doc, (*_CUSTOMER, ("locale", "locale"), ("tags", "tags")))
    put_texts(raw, kept, _CUSTOMER_CARRIED)
    for key, name, channel in (
        ("emailMarketingConsent", "defaultEmailAddress", "email"),
        ("smsMarketingConsent", "defaultPhoneNumber", "sms"),
    ):
        put(raw, key, native_consent(doc, channel, kept.get(name, {})))
    put(raw, "addresses", [native_address(one) for one in doc.get("addresses", ())])
    put(raw, "metafields", native_metafields(doc.get("metafields", ())))
    return raw


def native_order(doc: Json) -> Json:
    """OrderInput: an order that was placed can be annotated, and its address changed."""
    kept, buyer = carried(doc), doc.get("buyer", {})
    raw: Json = {"id": doc["refs"][0]["gid"]}
    put_texts(raw, buyer, (("email", "email"), ("phone", "phone")))
    put_texts(raw, doc, (("note", "note"),))
    put_texts(raw, kept, (("tags", "tags"), ("poNumber", "poNumber")))
    for address in doc.get("addresses", ()):
        if "shipping" in address["roles"]:
            put(raw, "shippingAddress", native_address(address))
    put(raw, "customAttributes", native_attributes(doc.get("metafields", ())))
    put(raw, "metafields", native_metafields(doc.get("metafields", ())))
    return raw


_WRITERS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "product": native_product,
    "variant": native_variant,
    "order": native_order,
    "customer": native_customer,
}


def to_native(raw_kind: str, doc: Json) -> Json:
    """What may be sent to the shop for this document, in GraphQL's input words. `raw_kind`: product, variant, order, customer.

    Law: it is the writable part of the object that the document was mapped from (empties left out).
    """
    if raw_kind not in _WRITERS:
        raise ValueError(f"{raw_kind!r} is nothing that is written to Shopify; known: {', '.join(_WRITERS)}")
    return _WRITERS[raw_kind](doc)
