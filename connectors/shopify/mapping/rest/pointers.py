"""A pointer into the tree of a REST-shaped body, and what is wrong there, as the body itself has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from hub.mapping import WrongValue

N: Final = "#"  # any index
#: Where a tree holds what a body has elsewhere, longest first.
PLACES: Final[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
    (("inventoryItem", "measurement", "weight", "value"), ("weight",)),
    (("inventoryItem", "measurement", "weight", "unit"), ("weight_unit",)),
    (("inventoryItem", "requiresShipping"), ("requires_shipping",)),
    (("inventoryItem", "id"), ("inventory_item_id",)),
    (("defaultEmailAddress", "emailAddress"), ("email",)),
    (("defaultEmailAddress", "marketingState"), ("email_marketing_consent", "state")),
    (("defaultEmailAddress", "marketingOptInLevel"), ("email_marketing_consent", "opt_in_level")),
    (("defaultEmailAddress", "marketingUpdatedAt"), ("email_marketing_consent", "consent_updated_at")),
    (("defaultEmailAddress",), ("email_marketing_consent",)),
    (("defaultPhoneNumber", "phoneNumber"), ("phone",)),
    (("defaultPhoneNumber", "marketingState"), ("sms_marketing_consent", "state")),
    (("defaultPhoneNumber", "marketingOptInLevel"), ("sms_marketing_consent", "opt_in_level")),
    (("defaultPhoneNumber", "marketingUpdatedAt"), ("sms_marketing_consent", "consent_updated_at")),
    (("defaultPhoneNumber", "marketingCollectedFrom"), ("sms_marketing_consent", "consent_collected_from")),
    (("defaultPhoneNumber",), ("sms_marketing_consent",)),
    (("amountSpent", "amount"), ("total_spent",)),
    (("amountSpent", "currencyCode"), ("currency",)),
    (("originalUnitPriceSet",), ("price_set",)),
    (("originalTotalSet",), ("price_set",)),
    (("originalPriceSet",), ("price_set",)),
    (("allocatedAmountSet",), ("amount_set",)),
    (("customAttributes", N, "key"), ("customAttributes", N, "name")),
    (("image", "url"), ("src",)),
    (("fulfillmentLineItems", "nodes", N, "lineItem"), ("line_items", N)),
    (("fulfillmentLineItems",), ("line_items",)),
    (("trackingInfo", N, "number"), ("tracking_numbers", N)),
    (("trackingInfo", N, "url"), ("tracking_urls", N)),
    (("trackingInfo", N, "company"), ("tracking_company",)),
    (("optionValues", N, "name"), ("values", N)),
    (("optionValues",), ("values",)),
    (("duties", N, "price"), ("duties", N)),
    (("staffMember", "id"), ("user_id",)),
    (("parts",), ()),
    (("nodes",), ()),
)
NAMES: Final = {
    "descriptionHtml": "body_html",
    "addressesV2": "addresses",
    "media": "images",
    "currencyCode": "currency_code",
    "countryCodeV2": "country_code",
    "numberOfOrders": "orders_count",
    "displayFinancialStatus": "financial_status",
    "displayFulfillmentStatus": "fulfillment_status",
    "unfulfilledQuantity": "fulfillable_quantity",
    "isGiftCard": "gift_card",
    "statusPageUrl": "order_status_url",
}
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


_SAID: Final = (("shopMoney", "shop_money"), ("currencyCode", "currency_code"), ('{"key"', '{"name"'), ('{"nodes": []}', "[]"))


def in_body(error: WrongValue, raw: Any) -> WrongValue:
    """The same, with the pointer into the body instead of the tree, and the value that stands there."""
    parts = error.pointer.split("/")[1:]
    for tree, body in PLACES:
        at = 0
        while at + len(tree) <= len(parts):
            found = parts[at : at + len(tree)]
            if all(one == part or (one == N and part.isdigit()) for one, part in zip(tree, found, strict=True)):
                index = next((part for one, part in zip(tree, found, strict=True) if one == N), "")
                parts[at : at + len(tree)] = [index if one == N else one for one in body]
            at += 1
    if parts[:1] == ["currencyCode"]:
        parts[0] = "currency"
    if "customAttributes" in parts:
        at = parts.index("customAttributes")
        parts[at] = "properties" if at else "note_attributes"
    path, value = _found(raw, [NAMES.get(part) or _HUMP.sub("_", part).lower() for part in parts])
    error.pointer = "".join(f"/{part}" for part in path)
    if isinstance(error.value, dict | list) and isinstance(value, dict | list):
        error.value = value
    for tree_word, body_word in _SAID:
        error.expected = error.expected.replace(tree_word, body_word)
    return error


def _found(raw: Any, parts: Sequence[str]) -> tuple[list[str], Any]:
    """The way through the body as far as it leads, by the names that the body has there."""
    value = raw
    path: list[str] = []
    for at, part in enumerate(parts):
        after = parts[at + 1 :]
        if type(value) is list and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif type(value) is not dict:
            return [*path, part, *after], None
        elif part == "selected_options" and after:
            said = [key for key in ("option1", "option2", "option3") if value.get(key) is not None]
            return [*path, *said[int(after[0]) : int(after[0]) + 1]], None
        elif part == "discount_application" and type(value.get("discount_application_index")) is int:
            return ["discount_applications", str(value["discount_application_index"]), *after], None
        elif part in value:
            value = value[part]
        elif part.removesuffix("_set") in value:
            return [*path, part.removesuffix("_set")], None
        elif f"{part}_id" in value and after[:1] in ([], ["id"]):
            return [*path, f"{part}_id"], None
        else:
            return [*path, part, *after], None
        path.append(part)
    return path, value
