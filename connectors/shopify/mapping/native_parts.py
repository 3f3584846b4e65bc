"""Small pieces on the way back to Shopify: what ext carried, numbers, addresses, consents."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from connectors.shopify.mapping.address import native_province
from connectors.shopify.mapping.reading import VENDOR
from connectors.shopify.mapping.words import ADDRESS, CONSENT_NATIVE
from hub.ports import Json

#: MailingAddressInput has no name of a country, only its code.
ADDRESS_TEXTS: Final = tuple((key, name) for key, name in ADDRESS if key != "country")


def carried(doc: Json) -> Json:
    """What no canonical field took."""
    found: Json = doc.get("ext", {}).get(VENDOR, {})
    return found


def said(value: Any) -> bool:
    """Whether a value says anything."""
    return value is not None and value != "" and value != [] and value != {}


def put(raw: Json, key: str, value: Any) -> None:
    """Set a key unless there is nothing to set."""
    if said(value):
        raw[key] = value


def put_texts(raw: Json, doc: Json, table: Iterable[tuple[str, str]]) -> None:
    """The other way of `reading.texts`."""
    for key, name in table:
        put(raw, key, doc.get(name))


def number(text: str) -> int | Decimal:
    """A JSON number with every digit."""
    return Decimal(text) if "." in text else int(text)


def native_address(doc: Json) -> Json:
    """MailingAddressInput."""
    raw: Json = {}
    put_texts(raw, doc, ADDRESS_TEXTS)
    lines, kept = doc.get("lines", ()), carried(doc)
    for index, key in enumerate(("address1", "address2")):
        if len(lines) > index:
            put(raw, key, lines[index])
    country = doc.get("country", kept.get("countryCodeV2"))
    put(raw, "countryCode", country)
    code = kept.get("provinceCode")
    if code is None and "subdivision" in doc and doc["subdivision"] != kept.get("province"):
        code = native_province(doc.get("country"), doc["subdivision"])
    put(raw, "provinceCode", code)
    return raw


def native_consent(doc: Json, channel: str, held: Json) -> Json:
    """Consent of one channel: state, level and date; `held` is what ext keeps of it."""
    for consent in doc.get("consent", ()):
        if consent["channel"] == channel:
            raw: Json = {}
            put(raw, "marketingState", held.get("marketingState", CONSENT_NATIVE.get(consent["state"])))
            put(raw, "marketingOptInLevel", consent.get("level"))
            put(raw, "consentUpdatedAt", consent.get("at"))
            return raw
    return {}
