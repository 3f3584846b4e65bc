"""A Shopify customer → canonical customer. Shapes: documents/customers.graphql, drained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.shopify.mapping.address import address
from connectors.shopify.mapping.metafields import metafields
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
from connectors.shopify.mapping.values import moment, moments, number_text, priced
from connectors.shopify.mapping.words import ACCOUNT, CONSENT, SAVED, keys
from hub.mapping import WrongValue, instant, text, texts, wrong
from hub.ports import Json, Mapped, ShopSettings

_KNOWN: Final = keys(
    "id legacyResourceId firstName lastName locale state tags createdAt updatedAt numberOfOrders amountSpent",
    "defaultEmailAddress defaultPhoneNumber defaultAddress addressesV2 metafields",
)
_TEXTS: Final = (("firstName", "first_name"), ("lastName", "last_name"), ("locale", "locale"), ("state", "role_native"))
_SPENT: Final = keys("amount currencyCode")
#: (native key, key of the address in it, canonical field, channel of the consent)
_CHANNELS: Final = (
    ("defaultEmailAddress", "emailAddress", "email", "email"),
    ("defaultPhoneNumber", "phoneNumber", "phone", "sms"),
)
_CHANNEL: Final = keys("emailAddress phoneNumber marketingState marketingOptInLevel marketingUpdatedAt marketingCollectedFrom")
_ID: Final = frozenset({"id"})


def map_customer(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:  # noqa: ARG001 (the port's form)
    """The customer in `body`: a drained tree, or a REST-shaped webhook body. Raises SkippedRecordError with field and value."""
    raw = opened(body, "customer")
    if rest_shaped(raw):
        from connectors.shopify.mapping.rest import customer_doc as rest_doc

        doc = rest_doc(raw)
    else:
        doc = customer_doc(raw)
    return Mapped("customer", doc["refs"][0]["gid"], doc, instant(doc, "modified_at"))


def customer_doc(raw: Json) -> Json:
    """The canonical document of a decoded tree. Raises SkippedRecordError."""
    try:
        return customer_of(raw)
    except WrongValue as error:
        raise skipped("customer", raw, error) from None


def customer_of(raw: Json) -> Json:
    """The same; raises WrongValue."""
    ref, rest = begun(raw, "Customer", _KNOWN)
    doc: Json = {"refs": [ref]}
    texts(raw, doc, _TEXTS)
    account = ACCOUNT.get(doc.get("role_native", ""))
    if account is not None:
        doc["account"] = account
    _reach(raw, doc, rest)
    tags = words(raw, "tags")
    if tags:
        doc["tags"] = list(tags)
    _addresses(raw, doc, rest)
    found = identity_keys(doc)
    if found:
        doc["identity_keys"] = found
    _spend(raw, doc, rest)
    moments(raw, doc, SAVED)
    if raw.get("metafields") is not None:
        fields = metafields(raw, rest)
        if fields:
            doc["metafields"] = fields
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _reach(raw: Json, doc: Json, rest: Json) -> None:
    """Email and phone, each with what the customer agreed to."""
    consents = []
    for key, inner, name, channel in _CHANNELS:
        said = nested(raw, key)
        if said is None:
            continue
        try:
            value = text(said, inner)
            if value is not None:
                doc[name] = value
            kept = remaining(said, _CHANNEL)
            consent = _consent(said, channel, kept)
        except WrongValue as error:
            raise error.under(key) from None
        if consent is not None:
            consents.append(consent)
        if kept:
            rest[key] = kept
    if consents:
        doc["consent"] = consents


def _consent(said: Json, channel: str, kept: Json) -> Json | None:
    """None when nothing was asked of the shop. A state that is neither yes nor no is kept in the shop's word."""
    state, level, source = text(said, "marketingState"), text(said, "marketingOptInLevel"), text(said, "marketingCollectedFrom")
    at = moment(said, "marketingUpdatedAt")
    if state is None and level is None and source is None and at is None:
        return None
    doc: Json = {"channel": channel, "state": CONSENT.get(state or "", "unknown")}
    if state is not None and state not in CONSENT:
        kept["marketingState"] = state
    for name, value in (("level", level), ("at", at), ("source", source)):
        if value is not None:
            doc[name] = value
    return doc


def _addresses(raw: Json, doc: Json, rest: Json) -> None:
    default = nested(raw, "defaultAddress") or {}
    try:
        chosen = gid_text(default)
    except WrongValue as error:
        raise error.under("defaultAddress") from None
    found, marked = [], False
    for index, entry in enumerate(nodes(raw, "addressesV2")):
        try:
            one = address(entry)
        except WrongValue as error:
            raise error.under("addressesV2", "nodes", index) from None
        if chosen is not None and one.get("id") == chosen and not marked:
            one, marked = {"roles": ["default"], **one}, True
        if one:
            found.append(one)
    if found:
        doc["addresses"] = found
    beside_nodes(raw, "addressesV2", rest)
    more = remaining(default, _ID) if marked else default
    if more:
        rest["defaultAddress"] = more


def _spend(raw: Json, doc: Json, rest: Json) -> None:
    count, spent = number_text(raw, "numberOfOrders"), priced(raw, "amountSpent")
    spend: Json = {}
    if count is not None:
        if not count.isdigit():
            raise wrong("numberOfOrders", raw["numberOfOrders"], "a count")
        if len(count) > 18:
            rest["numberOfOrders"] = raw["numberOfOrders"]
        else:
            spend["orders"] = int(count)
    if spent is not None:
        spend["total"] = spent
        more = remaining(raw["amountSpent"], _SPENT)
        if more:
            rest["amountSpent"] = more
    if spend:
        doc["spend"] = spend


def identity_keys(doc: Json) -> list[Json]:
    """What two records of one person would share. A phone counts only in international form."""
    found = []
    email = doc.get("email", "").strip().lower()
    if email:
        found.append({"scheme": "email_norm", "value": email})
    phone = e164(doc.get("phone", ""))
    if phone:
        found.append({"scheme": "phone_e164", "value": phone})
    return found


def e164(phone: str) -> str | None:
    """A phone number that was written with its country code, in E.164 form.

    >>> e164("+33 6 12 34 56 78"), e164("555-625-1199")
    ('+33612345678', None)
    """
    bare = phone.strip().translate(_BLANKS)
    digits = bare[1:]
    return bare if bare.startswith("+") and digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 15 else None


_BLANKS: Final = {ord(c): None for c in " .-/()\u00a0"}
