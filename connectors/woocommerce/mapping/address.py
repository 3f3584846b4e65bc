"""Billing and shipping addresses of orders and customers."""

from __future__ import annotations

from typing import Final

from connectors.woocommerce.mapping.reading import keep, nested, remaining
from connectors.woocommerce.mapping.words import ADDRESS, ISO_STATES, NOT_ISO_STATES
from hub.mapping import WrongValue, text, texts
from hub.ports import Json

_KNOWN: Final = frozenset({key for key, _ in ADDRESS} | {"address_1", "address_2", "state", "country"})


def address(raw: Json, role: str) -> Json | None:
    """The address under "billing" or "shipping"; None when nothing is filled in."""
    found = nested(raw, role)
    if not found:
        return None
    try:
        return _address(found, role)
    except WrongValue as error:
        raise error.under(role) from None


def _address(raw: Json, role: str) -> Json | None:
    doc: Json = {"roles": [role]}
    rest = {} if raw.keys() <= _KNOWN else remaining(raw, _KNOWN)
    texts(raw, doc, ADDRESS)
    first, second = text(raw, "address_1"), text(raw, "address_2")
    if second is not None:
        doc["lines"] = [first or "", second]
    elif first is not None:
        doc["lines"] = [first]
    country, state = text(raw, "country"), text(raw, "state")
    if country is not None:
        plain = len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()
        doc["country" if plain else "country_native"] = country
    if state is not None:
        doc["subdivision"] = subdivision(country, state)
        if native_state(country, doc["subdivision"]) != state:
            rest["state"] = state
    keep(doc, rest)
    return doc if len(doc) > 1 else None


def subdivision(country: str | None, state: str) -> str:
    """ISO 3166-2 where WooCommerce's state codes are its second half, else as received.

    >>> subdivision("US", "CA"), subdivision("JP", "JP13"), subdivision("GB", "Kent")
    ('US-CA', 'JP-13', 'Kent')
    """
    if country in ISO_STATES and 1 <= len(state) <= 3 and state.isascii() and state.isalnum() and state.isupper():
        return state if (country, state) in NOT_ISO_STATES else f"{country}-{state}"
    if country == "JP" and len(state) == 4 and state.startswith("JP") and state[2:].isdigit():
        return f"JP-{state[2:]}"
    return state


def native_state(country: str | None, code: str) -> str:
    """The state as WooCommerce writes it."""
    if country == "JP" and code.startswith("JP-"):
        return f"JP{code[3:]}"
    if country in ISO_STATES and code.startswith(f"{country}-"):
        return code[3:]
    return code
