"""Connecting: does the shop take the token, is it the shop that was meant, may we read what we need. A clear line for each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connectors.shopify.client.graph import Graph
from connectors.shopify.connector import API_VERSION
from connectors.shopify.domain import base_url, is_shop
from connectors.shopify.library import lacking
from hub.errors import PermanentError, ReauthorizationError
from hub.ports import Json, Opening, Probe, ShopSettings

REQUIRED = ("read_products", "read_orders", "read_customers", "read_inventory", "read_locations")
WEIGHT_UNITS = {"KILOGRAMS": "kg", "GRAMS": "g", "POUNDS": "lb", "OUNCES": "oz"}
ALL_ORDERS = "read_all_orders"


async def probe(opening: Opening) -> Probe:
    """Check address, token and scopes, read settings and capabilities. Raises ConnectorError with one clear line."""
    url = base_url(opening.url)
    credentials = {name: value.strip() for name, value in opening.credentials.items()}
    said = await Graph(replace(opening, url=url, credentials=credentials)).ask("shop")
    shop, installed = said.data.get("shop"), said.data.get("currentAppInstallation")
    host = url.partition("://")[2]
    if not isinstance(shop, dict) or not isinstance(installed, dict):
        raise ReauthorizationError(
            f"{host}: the token belongs to no installed app.", hint="Install the app in the shop's admin, then connect again."
        )
    domain = _domain(shop, url)
    scopes = sorted(str(one.get("handle")) for one in installed.get("accessScopes") or () if isinstance(one, dict))
    if missing := lacking(",".join(scopes), REQUIRED):
        raise PermanentError(
            f"{host}: the app may not read all that is needed; it lacks {', '.join(missing)}.",
            hint="Add the scope to the app and let the merchant agree, then connect again.",
        )
    return Probe(
        shop=domain,
        name=_text(shop.get("name")) or domain,
        url=url,
        settings=_settings(shop),
        capabilities=_capabilities(shop, installed, scopes),
        api_version=API_VERSION,
    )


def _domain(shop: Json, url: str) -> str:
    """The shop's own domain, which is its identity. Raises PermanentError when another shop was meant."""
    domain, host = str(shop.get("myshopifyDomain")).lower(), url.partition("://")[2]
    if not is_shop(domain):
        raise PermanentError(f"{host} answers for a shop without a domain: {domain[:80]!r}.")
    if domain != host and url.startswith("https:"):
        raise PermanentError(f"{host} answers for {domain}.", hint=f"Connect with {domain}, if that is the shop that you mean.")
    return domain


def _settings(shop: Json) -> ShopSettings:
    taxes = shop.get("taxesIncluded")
    return ShopSettings(
        currency=_text(shop.get("currencyCode")),
        weight_unit=WEIGHT_UNITS.get(str(shop.get("weightUnit"))),
        timezone=_text(shop.get("ianaTimezone")),
        prices_include_tax=taxes if isinstance(taxes, bool) else None,
    )


def _capabilities(shop: Json, installed: Json, scopes: list[str]) -> Json:
    """What the hub keeps of the shop: `writes` says what we could write, which reading does not need."""
    plan, app = shop.get("plan") or {}, installed.get("app") or {}
    return {
        "scopes": scopes,
        "writes": [scope for scope in scopes if scope.startswith("write_")],
        "all_orders": ALL_ORDERS in scopes,
        "plan": _text(plan.get("publicDisplayName")) or "",
        "development": bool(plan.get("partnerDevelopment")),
        "app": _text(app.get("id")) or "",
    }


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
