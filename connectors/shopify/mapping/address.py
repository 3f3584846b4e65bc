"""MailingAddress → canonical address, and the two ways of its province."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from connectors.shopify.mapping.reading import VENDOR, gid_text, nested, remaining
from connectors.shopify.mapping.words import ADDRESS, ISO_PROVINCES, NOT_ISO_PROVINCES, keys
from hub.mapping import WrongValue, text, texts
from hub.ports import Json

_KNOWN: Final = keys("id address1 address2 province provinceCode countryCodeV2") | {key for key, _ in ADDRESS}


def address_at(raw: Json, key: str, role: str) -> Json | None:
    """The address under a key; None when nothing is filled in."""
    found = nested(raw, key)
    if not found:
        return None
    try:
        doc = address(found)
    except WrongValue as error:
        raise error.under(key) from None
    return {"roles": [role], **doc} if doc else None


def address(raw: Json) -> Json:
    """One address without its roles; empty when nothing is filled in."""
    doc: Json = {}
    rest = remaining(raw, _KNOWN)
    own = gid_text(raw)
    if own is not None:
        doc["id"] = own
    texts(raw, doc, ADDRESS)
    first, second = text(raw, "address1"), text(raw, "address2")
    if second is not None:
        doc["lines"] = [first or "", second]
    elif first is not None:
        doc["lines"] = [first]
    country, code, name = text(raw, "countryCodeV2"), text(raw, "provinceCode"), text(raw, "province")
    if country is not None:
        plain = len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()
        if plain:
            doc["country"] = country
        else:
            rest["countryCodeV2"] = country
    if code is not None:
        doc["subdivision"] = subdivision(country, code)
        if native_province(country, doc["subdivision"]) != code:
            rest["provinceCode"] = code
    elif name is not None:
        doc["subdivision"] = name
    if name is not None:
        rest["province"] = name
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


@lru_cache(maxsize=4096)
def subdivision(country: str | None, code: str) -> str:
    """ISO 3166-2 where Shopify's code is its second half, else as received.

    >>> subdivision("US", "CA"), subdivision("JP", "JP-13"), subdivision("MX", "CDMX")
    ('US-CA', 'JP-13', 'CDMX')
    """
    short = 1 <= len(code) <= 3 and code.isascii() and code.isalnum() and code.isupper()
    if country in ISO_PROVINCES and short and (country, code) not in NOT_ISO_PROVINCES:
        return f"{country}-{code}"
    return code


def native_province(country: str | None, code: str) -> str:
    """The province as Shopify writes it."""
    return code[3:] if country in ISO_PROVINCES and code.startswith(f"{country}-") else code
