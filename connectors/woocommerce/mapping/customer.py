"""A WooCommerce customer → canonical customer. Shapes: WooCommerce REST API v3, /customers. Guests never appear there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.woocommerce.mapping.address import address
from connectors.woocommerce.mapping.metafields import metafields
from connectors.woocommerce.mapping.reading import VENDOR, keep, moments, opened, own_id, remaining, skipped
from connectors.woocommerce.mapping.words import CUSTOMER_TEXTS, VOLATILE, keys
from hub.mapping import WrongValue, flag, instant, texts
from hub.ports import Json, Mapped, ShopSettings

_KNOWN: Final = VOLATILE | keys(
    "id email first_name last_name username role avatar_url is_paying_customer billing shipping",
    "date_created_gmt date_modified_gmt meta_data",
)


def map_customer(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:  # noqa: ARG001 (the port's form)
    """The customer in `body`; customers have no children. Raises SkippedRecordError naming the field and the value."""
    doc = customer_doc(opened(body, "customer"))
    return Mapped("customer", doc["refs"][0]["id"], doc, instant(doc, "modified_at"))


def customer_doc(raw: Json) -> Json:
    """The canonical document of a decoded object. Raises SkippedRecordError."""
    try:
        return _customer(raw)
    except WrongValue as error:
        raise skipped("customer", raw, error) from None


def _customer(raw: Json) -> Json:
    doc: Json = {"refs": [{"connector": VENDOR, "kind": "customer", "id": own_id(raw)}]}
    rest = remaining(raw, _KNOWN)
    texts(raw, doc, CUSTOMER_TEXTS)
    paying = flag(raw, "is_paying_customer")
    if paying is not None:
        doc["paying"] = paying
    found = [entry for role in ("billing", "shipping") if (entry := address(raw, role))]
    if found:
        doc["addresses"] = found
        if found[0]["roles"] == ["billing"] and "phone" in found[0]:
            doc["phone"] = found[0]["phone"]
    keys = identity_keys(doc)
    if keys:
        doc["identity_keys"] = keys
    moments(raw, doc, rest)
    if raw.get("meta_data"):
        doc["metafields"] = metafields(raw)
        _locale(doc)
    keep(doc, rest)
    return doc


def identity_keys(doc: Json) -> list[Json]:
    """What two records of one person would share. A phone counts only in international form: a local one needs a guess."""
    keys = []
    email = doc.get("email", "").strip().lower()
    if email:
        keys.append({"scheme": "email_norm", "value": email})
    phone = e164(doc.get("phone", ""))
    if phone:
        keys.append({"scheme": "phone_e164", "value": phone})
    return keys


def e164(phone: str) -> str | None:
    """A phone number that was written with its country code, in E.164 form.

    >>> e164("+33 6 12 34 56 78"), e164("0612345678")
    ('+33612345678', None)
    """
    bare = phone.strip().translate({ord(c): None for c in " .-/()\u00a0"})
    digits = bare[1:]
    if bare.startswith("+") and digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15 and digits[0] != "0":
        return bare
    return None


def _locale(doc: Json) -> None:
    """WordPress keeps a user's language in the meta "locale" ("fr_FR"), BCP 47 writes it with a hyphen."""
    for field in doc["metafields"]:
        if field["key"] == "locale" and field["namespace"] == VENDOR and field["type"] == "text" and field["value"]:
            doc["locale"] = field["value"].replace("_", "-")
            return
