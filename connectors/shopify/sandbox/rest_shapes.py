"""The small parts of REST-shaped bodies: numeric ids, moments in the shop's zone, money as text in two places."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.shopify.sandbox.shop import places
from connectors.shopify.sandbox.state import Json, State, number_of

_GRAMS: dict[str, Decimal] = {
    "GRAMS": Decimal(1),
    "KILOGRAMS": Decimal(1000),
    "OUNCES": Decimal("28.349523125"),
    "POUNDS": Decimal("453.59237"),
}


def number(gid: str | None) -> int | None:
    """The numeric id of a gid; None for none."""
    return number_of(gid) if gid else None


def when(state: State, text: str | None) -> str | None:
    """A moment in the shop's own zone: `2026-11-22T08:07:21+01:00`."""
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone(ZoneInfo(state.shop["ianaTimezone"])).isoformat(timespec="seconds")


def amount(value: Any, currency: str) -> str:
    """An amount with the places of its currency, as REST writes it."""
    return f"{Decimal(str(value)):.{places(currency)}f}"


def price(state: State, value: Any) -> str | None:
    """A bare price in the shop's currency."""
    return None if value is None else amount(value, state.shop["currencyCode"])


def money(value: Json) -> Json:
    """A MoneyV2."""
    return {"amount": amount(value["amount"], value["currencyCode"]), "currency_code": value["currencyCode"]}


def money_set(value: Json | None) -> Json | None:
    """A MoneyBag."""
    if value is None:
        return None
    return {"shop_money": money(value["shopMoney"]), "presentment_money": money(value["presentmentMoney"])}


def flat(value: Json | None, state: State) -> str:
    """A MoneyBag as one price in the shop's currency; 0 when there is none."""
    return money(value["shopMoney"])["amount"] if value else amount(0, state.shop["currencyCode"])


def ident(obj: Json) -> Json:
    """Both ids of an object."""
    return {"id": number(obj["id"]), "admin_graphql_api_id": obj["id"]}


def word(value: str | None) -> str | None:
    """An enum value as REST spells it."""
    return None if value is None else value.lower()


def objects(state: State, value: Any) -> list[Json]:
    """The objects of a list or connection: gids are looked up, the gone are left out."""
    found = [state.get(one) if isinstance(one, str) else one for one in value or ()]
    return [one for one in found if one is not None]


def one_of(state: State, value: Any) -> Json:
    """The object behind a reference; an empty one when there is none."""
    found = state.get(value) if isinstance(value, str) else value
    return found or {}


def address(value: Json | None) -> Json | None:
    """A MailingAddress inside an order: without an id."""
    if not value:
        return None
    first, last = value.get("firstName"), value.get("lastName")
    return {
        "first_name": first,
        "address1": value.get("address1"),
        "phone": value.get("phone"),
        "city": value.get("city"),
        "zip": value.get("zip"),
        "province": value.get("province"),
        "country": value.get("country"),
        "last_name": last,
        "address2": value.get("address2"),
        "company": value.get("company"),
        "latitude": value.get("latitude"),
        "longitude": value.get("longitude"),
        "name": " ".join(part for part in (first, last) if part),
        "country_code": value.get("countryCodeV2"),
        "province_code": value.get("provinceCode"),
    }


def customer_address(value: Json, customer: Json) -> Json:
    """A MailingAddress of a customer's book."""
    return {
        "id": number(value["id"]),
        "customer_id": number(customer["id"]),
        **{name: each for name, each in (address(value) or {}).items() if name not in {"latitude", "longitude"}},
        "country_name": value.get("country"),
        "default": value["id"] == _gid(customer.get("defaultAddress")),
    }


def attributes(value: list[Json] | None) -> list[Json]:
    """Custom attributes, as properties and note attributes are written."""
    return [{"name": one["key"], "value": one.get("value")} for one in value or ()]


def _gid(value: Any) -> str | None:
    return value.get("id") if isinstance(value, dict) else value


def weight_of(item: Json) -> Json:
    """The weight of an inventory item, 0 kg when it has none."""
    return (item.get("measurement") or {}).get("weight") or {"value": 0, "unit": "KILOGRAMS"}


def grams(weight: Json) -> int:
    """A weight in whole grams."""
    return round(Decimal(str(weight["value"])) * _GRAMS[str(weight["unit"])])
