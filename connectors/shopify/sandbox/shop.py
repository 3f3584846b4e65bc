"""What the shop says of itself."""

from __future__ import annotations

from connectors.shopify.sandbox.state import Json

DECIMALS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}  # places after the point where they are not two
_ZONES = {"JPY": "Asia/Tokyo", "KWD": "Asia/Kuwait", "USD": "America/New_York", "GBP": "Europe/London"}


def shop_object(domain: str, currency: str) -> Json:
    """The Shop object, its references left to those who seed."""
    return {
        "__typename": "Shop",
        "id": "gid://shopify/Shop/9100000000000777",
        "name": "Maison Luneo ✨",
        "myshopifyDomain": domain,
        "primaryDomain": {"host": domain, "url": f"https://{domain}"},
        "currencyCode": currency,
        "enabledPresentmentCurrencies": sorted({currency, "EUR", "USD", "GBP", "JPY"}),
        "ianaTimezone": _ZONES.get(currency, "Europe/Paris"),
        "taxesIncluded": currency in {"EUR", "GBP", "JPY"},
        "weightUnit": "KILOGRAMS",
        "plan": {"publicDisplayName": "Basic", "partnerDevelopment": True, "shopifyPlus": False},
    }


def places(currency: str) -> int:
    """How many decimals a currency has."""
    return DECIMALS.get(currency, 2)
