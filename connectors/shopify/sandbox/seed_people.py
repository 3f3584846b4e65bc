"""Customers with their addresses and what they agreed to."""

from __future__ import annotations

from typing import Any

from connectors.shopify.sandbox import names
from connectors.shopify.sandbox.clock import DAY, moment
from connectors.shopify.sandbox.seed_metafields import for_customer, keep
from connectors.shopify.sandbox.state import Json, State

_EMAIL = ("SUBSCRIBED", "NOT_SUBSCRIBED", "PENDING", "UNSUBSCRIBED")
_SMS = ("NOT_SUBSCRIBED", "SUBSCRIBED")


class Crowd:
    """Adds customers to a shop."""

    def __init__(self, state: State, opened: float) -> None:
        self.state, self.opened = state, opened
        self.made = 0

    def customer(self, now: float | None = None) -> Json:
        """One more: made at this moment, or in the shop's past."""
        index, self.made = self.made, self.made + 1
        person = names.PEOPLE[index % len(names.PEOPLE)]
        created = now if now is not None else self.opened + index * 97 % (250 * DAY)
        past = min(created + index % 41 * DAY, self.state.clock.now() - 60)
        stamps = {"createdAt": moment(created), "updatedAt": moment(created if now is not None else past)}
        made = self.state.put("Customer", {**self._plain(index, person), **stamps})
        for place in range(index % 4 and 1 + index % 3):
            made["addressesV2"].append(self.state.put("MailingAddress", address(person, index, place))["id"])
        made["defaultAddress"] = made["addressesV2"][0] if made["addressesV2"] else None
        keep(self.state, made, for_customer(index), stamps["updatedAt"])
        return made

    def _plain(self, index: int, person: tuple[Any, ...]) -> Json:
        first, last, locale = person[0], person[1], person[7]
        email = f"client.{index}@exemple.fr" if index % 9 != 8 else None
        return {
            "firstName": first,
            "lastName": last,
            "displayName": " ".join(part for part in (first, last) if part),
            "locale": locale,
            "state": ("DISABLED", "ENABLED", "INVITED")[index % 3],
            "note": "Préfère l’or rose ✍️" if index % 6 == 2 else None,
            "tags": ["VIP", "atelier"] if index % 5 == 0 else [],
            "verifiedEmail": index % 3 != 2,
            "taxExempt": index % 17 == 16,
            "taxExemptions": ["EU_REVERSE_CHARGE_EXEMPTION_RULE"] if index % 17 == 16 else [],
            "dataSaleOptOut": index % 13 == 12,
            "numberOfOrders": "0",
            "multipassIdentifier": None,
            "productSubscriberStatus": "NEVER_SUBSCRIBED",
            "amountSpent": {"amount": "0.0", "currencyCode": self.state.shop["currencyCode"]},
            "lastOrder": None,
            "defaultEmailAddress": self._email(index, email),
            "defaultPhoneNumber": self._phone(index),
            "defaultAddress": None,
            "addressesV2": [],
            "metafields": [],
        }

    def _email(self, index: int, email: str | None) -> Json | None:
        if email is None:
            return None
        consent = _EMAIL[index % 4]
        return {
            "emailAddress": email,
            "marketingState": consent,
            "marketingOptInLevel": "CONFIRMED_OPT_IN" if consent == "PENDING" else "SINGLE_OPT_IN" if index % 4 != 1 else None,
            "marketingUpdatedAt": moment(self.opened + index * 97) if index % 4 != 1 else None,
            "validFormat": True,
        }

    def _phone(self, index: int) -> Json | None:
        if index % 3:
            return None
        return {
            "phoneNumber": f"+3361234{index % 10_000:04d}",
            "marketingState": _SMS[index % 2],
            "marketingOptInLevel": "SINGLE_OPT_IN" if index % 2 else "UNKNOWN",
            "marketingUpdatedAt": moment(self.opened + index * 97) if index % 2 else None,
            "marketingCollectedFrom": "SHOPIFY" if index % 2 else None,
        }


def address(person: tuple[Any, ...], index: int, place: int = 0) -> Json:
    """A MailingAddress of one of the known people."""
    first, last, street, city, zip_code, (province, province_code), (country, country_code), _ = person
    return {
        "firstName": first,
        "lastName": last,
        "company": "Atelier Lumière & Fils" if index % 7 == 3 else None,
        "address1": street,
        "address2": f"Bâtiment {'ABC'[place % 3]}" if place else None,
        "city": city,
        "province": province,
        "provinceCode": province_code,
        "zip": zip_code,
        "country": country,
        "countryCodeV2": country_code,
        "phone": f"+3361234{index % 10_000:04d}" if index % 2 else None,
    }
