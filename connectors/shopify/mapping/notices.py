"""Webhook bodies that are no record: what they mean, in canonical words. Validated by no schema; nothing of them is lost.

Each is {"notice": …} with what it is about. The words for those that concern the connection are those of `hub.ports.Notice`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from connectors.shopify.mapping.parts import bare
from connectors.shopify.mapping.reading import VENDOR, nested, remaining
from connectors.shopify.mapping.values import moments
from connectors.shopify.mapping.words import keys
from hub.mapping import WrongValue, text, wrong
from hub.ports import Json
from schemas.money import is_decimal, money

_DATES: Final = (("created_at", "created_at"), ("updated_at", "modified_at"), ("completed_at", "completed_at"))
_SHOP: Final = keys("id name email myshopify_domain created_at updated_at")
_ABOUT: Final = keys("shop_id shop_domain customer orders_requested orders_to_redact data_request")
_OPERATION: Final = keys("admin_graphql_api_id created_at completed_at error_code status type")
_SUBSCRIPTION: Final = keys(
    "admin_graphql_api_id admin_graphql_api_shop_id name status created_at updated_at currency capped_amount",
)
_EVENT: Final = keys("topic action handle fields_changed query_variables")


def _ended(doc: Json, rest: Json) -> Json:
    if rest:
        doc["ext"] = {VENDOR: rest}
    return doc


def _given(doc: Json, **values: Any) -> Json:
    doc.update({name: value for name, value in values.items() if value is not None})
    return doc


def _at(raw: Mapping[str, Any], key: str, kind: str) -> Json | None:
    """A reference from an id under a key."""
    try:
        return bare(raw.get(key), kind)
    except WrongValue as error:
        raise error.under(key) from None


def uninstalled(raw: Json) -> Json:
    """app/uninstalled: the credentials are dead. The body is the shop."""
    shop = _given({}, ref=_at(raw, "id", "Shop"), name=text(raw, "name"), email=text(raw, "email"))
    _given(shop, domain=text(raw, "myshopify_domain"))
    moments(raw, shop, _DATES)
    return _ended({"notice": "uninstalled", "shop": shop}, remaining(raw, _SHOP))


def _privacy(raw: Json, notice: str, orders: str | None) -> Json:
    shop = _given({}, ref=_at(raw, "shop_id", "Shop"), domain=text(raw, "shop_domain"))
    doc: Json = {"notice": notice, "shop": shop}
    rest = remaining(raw, _ABOUT)
    person = nested(raw, "customer")
    if person is not None:
        try:
            doc["customer"] = _given(
                {}, ref=_at(person, "id", "Customer"), email=text(person, "email"), phone=text(person, "phone")
            )
        except WrongValue as error:
            raise error.under("customer") from None
        more = remaining(person, frozenset({"id", "email", "phone"}))
        if more:
            rest["customer"] = more
    if orders is not None and raw.get(orders) is not None:
        doc["orders"] = _orders(raw[orders], orders)
    for key in ("orders_requested", "orders_to_redact"):
        if key != orders and raw.get(key) is not None:
            rest[key] = raw[key]
    asked = nested(raw, "data_request")
    if asked is not None:
        doc["request"] = asked
    return _ended(doc, rest)


def _orders(listed: Any, key: str) -> list[Json]:
    if type(listed) is not list:
        raise wrong(key, listed, "a list of ids")
    found = []
    for index, id in enumerate(listed):
        try:
            ref = bare(id, "Order")
        except WrongValue as error:
            raise error.under(key, index) from None
        if ref is not None:
            found.append(ref)
    return found


def export_finished(raw: Json) -> Json:
    """bulk_operations/finish: the result of an export can be fetched, or it failed."""
    doc: Json = {"notice": "export_finished"}
    _given(doc, operation=_at(raw, "admin_graphql_api_id", "BulkOperation"), status=text(raw, "status"), type=text(raw, "type"))
    _given(doc, error=text(raw, "error_code"))
    moments(raw, doc, _DATES)
    return _ended(doc, remaining(raw, _OPERATION))


def subscription(raw: Json) -> Json:
    """app_subscriptions/update: what the merchant pays us changed. The body wraps the one object."""
    inner = nested(raw, "app_subscription")
    if inner is None:
        raise wrong("app_subscription", None, "an object")
    doc: Json = {"notice": "subscription"}
    try:
        _given(doc, subscription=_at(inner, "admin_graphql_api_id", "AppSubscription"), name=text(inner, "name"))
        _given(doc, shop=_at(inner, "admin_graphql_api_shop_id", "Shop"), status=text(inner, "status"))
        moments(inner, doc, _DATES)
        cap, currency = text(inner, "capped_amount"), text(inner, "currency")
        if cap is not None and not is_decimal(cap):
            raise wrong("capped_amount", cap, "a decimal amount")
    except WrongValue as error:
        raise error.under("app_subscription") from None
    if cap is not None or currency is not None:
        doc["capped"] = {"amount": None, "currency": currency, "minor": None} if cap is None else money(cap, currency)
    rest = remaining(raw, frozenset({"app_subscription"}))
    more = remaining(inner, _SUBSCRIPTION)
    return _ended(doc, {**rest, **({"app_subscription": more} if more else {})})


def deleted(raw: Json) -> Json:
    """products/delete: nothing but the id is left."""
    ref = _at(raw, "id", "Product")
    if ref is None:
        raise wrong("id", None, "an id")
    return _ended({"notice": "deleted", "kind": "product", "record": ref}, remaining(raw, frozenset({"id"})))


def changed(raw: Json) -> Json:
    """An Events delivery: which fields of which product changed; `data` is the answer to our own query, kept as it is."""
    asked = nested(raw, "query_variables") or {}
    doc: Json = {"notice": "changed", "kind": "product"}
    try:
        _given(doc, record=_at(asked, "productId", "Product"))
    except WrongValue as error:
        raise error.under("query_variables") from None
    _given(doc, topic=text(raw, "topic"), action=text(raw, "action"), subscription=text(raw, "handle"))
    _given(doc, fields=nested(raw, "fields_changed"))
    rest = remaining(raw, _EVENT)
    more = remaining(asked, frozenset({"productId"}))
    return _ended(doc, {**rest, **({"query_variables": more} if more else {})})


#: Name of the capture → what its body means.
NOTICES: Final[Mapping[str, Callable[[Json], Json]]] = {
    "app_uninstalled": uninstalled,
    "shop_redact": lambda raw: _privacy(raw, "forget_shop", None),
    "customers_redact": lambda raw: _privacy(raw, "forget_customer", "orders_to_redact"),
    "customers_data_request": lambda raw: _privacy(raw, "customer_data", "orders_requested"),
    "bulk_operations_finish": export_finished,
    "app_subscriptions_update": subscription,
    "products_delete": deleted,
    "events_product_update": changed,
}
