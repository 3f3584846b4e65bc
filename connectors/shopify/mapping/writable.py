"""Which parts of a Shopify object its API takes back, in the words of the inputs. Source: Admin GraphQL 2026-10, ProductSetInput,
ProductVariantSetInput, CustomerInput, OrderInput. It reads the raw object alone: nothing here goes through the canonical form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from connectors.shopify.mapping.native_parts import said
from connectors.shopify.mapping.native_product import UNIT_PRICE
from connectors.shopify.mapping.values import utc
from hub.ports import Json


def writable(raw_kind: str, raw: Json) -> Json:
    """The part of a decoded GraphQL object that may be sent back."""
    return _READERS[raw_kind](raw)


def filled(**values: Any) -> Json:
    """These values without those that say nothing."""
    return {key: value for key, value in values.items() if said(value)}


def some(raw: Json, *names: str) -> Json:
    """These keys as they are."""
    return {name: raw[name] for name in names if said(raw.get(name))}


def _nodes(raw: Json, key: str) -> list[Json]:
    return list((raw.get(key) or {}).get("nodes", ()))


def _id(raw: Json, key: str) -> Any:
    return (raw.get(key) or {}).get("id")


def _metafields(raw: Json) -> list[Json]:
    return [some(field, "namespace", "key", "type", "value") for field in _nodes(raw, "metafields")]


def _product(raw: Json) -> Json:
    return {
        **some(raw, "id", "title", "handle", "status", "templateSuffix", "requiresSellingPlan", "descriptionHtml", "vendor"),
        **some(raw, "productType", "tags"),
        **filled(
            giftCard=raw.get("isGiftCard"),
            category=_id(raw, "category"),
            collections=[one["id"] for one in _nodes(raw, "collections") if said(one.get("id"))],
            seo=some(raw.get("seo") or {}, "title", "description"),
            files=[some(one, "id", "alt") for one in _nodes(raw, "media")],
            productOptions=[_option(one) for one in raw.get("options") or ()],
            variants=[_variant(one) for one in _nodes(raw, "variants")],
            metafields=_metafields(raw),
        ),
    }


def _option(raw: Json) -> Json:
    return {
        **some(raw, "id", "name", "position"),
        **filled(values=[some(one, "id", "name") for one in raw.get("optionValues") or ()]),
    }


def _variant(raw: Json) -> Json:
    item = raw.get("inventoryItem") or {}
    weight = (item.get("measurement") or {}).get("weight") or {}
    return {
        **some(raw, "id", "sku", "position", "barcode", "price", "compareAtPrice", "inventoryPolicy", "taxable", "showUnitPrice"),
        **filled(
            unitPriceMeasurement=some(raw.get("unitPriceMeasurement") or {}, *UNIT_PRICE),
            optionValues=[
                {"optionName": one.get("name") or "", "name": one.get("value") or ""} for one in raw.get("selectedOptions") or ()
            ],
            inventoryItem={
                **filled(cost=(item.get("unitCost") or {}).get("amount")),
                **some(
                    item, "tracked", "requiresShipping", "countryCodeOfOrigin", "provinceCodeOfOrigin", "harmonizedSystemCode"
                ),
                **({"measurement": {"weight": some(weight, "value", "unit")}} if weight.get("unit") else {}),
            },
            metafields=_metafields(raw),
        ),
    }


def _address(raw: Json) -> Json:
    return {
        **some(raw, "firstName", "lastName", "company", "city", "zip", "phone", "address1", "address2", "provinceCode"),
        **filled(countryCode=raw.get("countryCodeV2")),
    }


def _consent(raw: Json) -> Json:
    at = raw.get("marketingUpdatedAt")
    return {**some(raw, "marketingState", "marketingOptInLevel"), **filled(consentUpdatedAt=utc(at) if at else None)}


def _customer(raw: Json) -> Json:
    email, phone = raw.get("defaultEmailAddress") or {}, raw.get("defaultPhoneNumber") or {}
    return {
        **some(raw, "id", "firstName", "lastName", "locale", "tags", "note", "taxExempt", "taxExemptions", "multipassIdentifier"),
        **filled(
            email=email.get("emailAddress"),
            phone=phone.get("phoneNumber"),
            emailMarketingConsent=_consent(email),
            smsMarketingConsent=_consent(phone),
            addresses=[one for address in _nodes(raw, "addressesV2") if (one := _address(address)) or said(address.get("id"))],
            metafields=_metafields(raw),
        ),
    }


def _order(raw: Json) -> Json:
    return {
        **some(raw, "id", "email", "phone", "note", "tags", "poNumber"),
        **filled(
            shippingAddress=_address(raw.get("shippingAddress") or {}),
            customAttributes=[
                {"key": one["key"], **({} if one.get("value") is None else {"value": one["value"]})}
                for one in raw.get("customAttributes") or ()
            ],
            metafields=_metafields(raw),
        ),
    }


_READERS: Final[Mapping[str, Callable[[Json], Json]]] = {
    "product": _product,
    "variant": _variant,
    "order": _order,
    "customer": _customer,
}
