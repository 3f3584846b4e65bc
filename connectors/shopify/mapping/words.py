"""The vendor's words in tables. Every table is read in both directions; a word that is not here survives as the native word."""

from __future__ import annotations

from typing import Final


def keys(*lines: str) -> frozenset[str]:
    """The native keys named in these lines, parted by spaces."""
    return frozenset(" ".join(lines).split())


#: Keys that only tell that something was saved, at any depth of a canonical document.
_SAVED: Final = frozenset({b"updatedAt", b"updated_at", b"compareDigest"})
STAMPS: Final = {"product": _SAVED, "order": _SAVED, "customer": _SAVED}

#: ProductStatus → canonical product status.
PRODUCT_STATUS: Final = {"ACTIVE": "active", "DRAFT": "draft", "ARCHIVED": "archived", "UNLISTED": "unlisted"}

#: ProductVariantInventoryPolicy → whether more may be sold than there is.
POLICY: Final = {"DENY": "deny", "CONTINUE": "continue"}
POLICY_NATIVE: Final = {word: native for native, word in POLICY.items()}

#: WeightUnit → unit.
WEIGHT_UNIT: Final = {"GRAMS": "g", "KILOGRAMS": "kg", "OUNCES": "oz", "POUNDS": "lb"}
WEIGHT_UNIT_NATIVE: Final = {word: native for native, word in WEIGHT_UNIT.items()}

#: MediaContentType → kind of media.
MEDIA: Final = {"IMAGE": "image", "VIDEO": "video", "EXTERNAL_VIDEO": "external_video", "MODEL_3D": "model_3d"}

#: Metafield types whose value is JSON in a text. Source: "Metafield data types", shopify.dev.
JSON_TYPES: Final = keys("json number_integer boolean rich_text_field rating money dimension volume weight link")

#: Native text → canonical field, read both ways.
PRODUCT_TEXTS: Final = (("title", "title"), ("handle", "handle"), ("onlineStoreUrl", "url"), ("status", "status_native"))
VARIANT_TEXTS: Final = (("title", "title"), ("sku", "sku"))
SAVED: Final = (("createdAt", "created_at"), ("updatedAt", "modified_at"))

#: CustomerEmailAddressMarketingState, CustomerSmsMarketingState → state of a consent; the others say neither yes nor no.
CONSENT: Final = {"SUBSCRIBED": "granted", "UNSUBSCRIBED": "denied", "PENDING": "pending"}
CONSENT_NATIVE: Final = {word: native for native, word in CONSENT.items()}

#: CustomerState → whether the customer can log in.
ACCOUNT: Final = {"ENABLED": "registered", "DISABLED": "guest", "INVITED": "guest", "DECLINED": "guest"}

#: OrderDisplayFinancialStatus → financial status.
FINANCIAL_STATUS: Final = {
    "PENDING": "pending",
    "AUTHORIZED": "authorized",
    "PARTIALLY_PAID": "partially_paid",
    "PAID": "paid",
    "PARTIALLY_REFUNDED": "partially_refunded",
    "REFUNDED": "refunded",
    "VOIDED": "voided",
    "EXPIRED": "failed",  # the authorisation ran out before anything was captured
}

#: OrderDisplayFulfillmentStatus → fulfilment status.
FULFILMENT_STATUS: Final = {
    "UNFULFILLED": "unfulfilled",
    "OPEN": "unfulfilled",
    "PENDING_FULFILLMENT": "unfulfilled",
    "IN_PROGRESS": "unfulfilled",
    "ON_HOLD": "unfulfilled",
    "SCHEDULED": "unfulfilled",
    "REQUEST_DECLINED": "unfulfilled",
    "PARTIALLY_FULFILLED": "partially_fulfilled",
    "FULFILLED": "fulfilled",
    "RESTOCKED": "cancelled",
    "FULFILLMENT_NOT_REQUIRED": "not_required",
}

#: OrderReturnStatus → return status; whether all came back is seen from the lines.
RETURN_STATUS: Final = {
    "NO_RETURN": "none",
    "RETURN_FAILED": "none",
    "RETURN_REQUESTED": "requested",
    "IN_PROGRESS": "requested",
    "INSPECTION_COMPLETE": "returned",
    "RETURNED": "returned",
}

#: FulfillmentStatus of one parcel: those that carry nothing.
CALLED_OFF: Final = frozenset({"CANCELLED", "ERROR", "FAILURE"})

#: __typename of a discount application → kind.
DISCOUNT: Final = {
    "DiscountCodeApplication": "code",
    "AutomaticDiscountApplication": "automatic",
    "ManualDiscountApplication": "manual",
    "ScriptDiscountApplication": "other",
}

#: Address keys → canonical names, where the value is carried as it is.
ADDRESS: Final = (
    ("firstName", "first_name"),
    ("lastName", "last_name"),
    ("company", "company"),
    ("city", "city"),
    ("zip", "postcode"),
    ("phone", "phone"),
    ("country", "country_native"),
)

#: Countries whose provinces Shopify names by the second half of ISO 3166-2 (US-CA); others come as they are (JP-13, and Mexico's
#: own short forms).
ISO_PROVINCES: Final = keys("AE AR AU BR CA CO ES GB IT NZ RO RU US")
NOT_ISO_PROVINCES: Final = frozenset({("US", "AA"), ("US", "AE"), ("US", "AP")})
