"""Customers in the REST shape: on their own, and inside orders."""

from __future__ import annotations

from connectors.shopify.sandbox.rest_shapes import customer_address, number, objects, one_of, price, when, word
from connectors.shopify.sandbox.state import Json, State

_ALONE = {"orders_count", "total_spent", "last_order_id", "last_order_name", "addresses"}  # not inside orders


def customer(state: State, obj: Json) -> Json:
    """`customers/…`, with the address book."""
    email, phone = one_of(state, obj.get("defaultEmailAddress")), one_of(state, obj.get("defaultPhoneNumber"))
    book = [customer_address(one, obj) for one in objects(state, obj.get("addressesV2"))]
    shown = {
        "id": number(obj["id"]),
        "email": email.get("emailAddress"),
        "created_at": when(state, obj.get("createdAt")),
        "updated_at": when(state, obj.get("updatedAt")),
        "first_name": obj.get("firstName"),
        "last_name": obj.get("lastName"),
        "orders_count": int(obj.get("numberOfOrders") or 0),
        "state": word(obj.get("state")),
        "total_spent": price(state, (obj.get("amountSpent") or {"amount": 0})["amount"]),
        "last_order_id": number(one_of(state, obj.get("lastOrder")).get("id")),
        "note": obj.get("note"),
        "verified_email": obj.get("verifiedEmail"),
        "multipass_identifier": obj.get("multipassIdentifier"),
        "tax_exempt": obj.get("taxExempt"),
        "tags": ", ".join(obj.get("tags") or ()),
        "last_order_name": one_of(state, obj.get("lastOrder")).get("name"),
        "currency": state.shop["currencyCode"],
        "phone": phone.get("phoneNumber"),
        "addresses": book,
        "accepts_marketing": email.get("marketingState") == "SUBSCRIBED",
        "accepts_marketing_updated_at": when(state, email.get("marketingUpdatedAt")),
        "marketing_opt_in_level": word(email.get("marketingOptInLevel")),
        "tax_exemptions": [one.lower() for one in obj.get("taxExemptions") or ()],
        "email_marketing_consent": _consent(state, email),
        "sms_marketing_consent": _consent(state, phone),
        "admin_graphql_api_id": obj["id"],
    }
    default = [one for one in book if one["default"]]
    return {**shown, "default_address": default[0]} if default else shown


def _consent(state: State, obj: Json) -> Json | None:
    if not obj:
        return None
    return {
        "state": word(obj.get("marketingState")),
        "opt_in_level": word(obj.get("marketingOptInLevel")),
        "consent_updated_at": when(state, obj.get("marketingUpdatedAt")),
    }


def buyer(state: State, obj: Json) -> Json:
    """The customer as an order shows it."""
    return {name: value for name, value in customer(state, obj).items() if name not in _ALONE}
