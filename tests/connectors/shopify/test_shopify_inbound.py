from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.shopify.inbound import parse, secrets, shop_of, signature
from connectors.shopify.settings import app_settings
from hub.errors import PermanentError, SignatureError
from hub.ports import Change, Delivery, InboundRequest, Notice

SECRET = "hush_hush_hush_hush_hush_hush_hush_1"
SHOP = "example-shop.myshopify.com"
BIG = 820982911946154508  # beyond 2^53: a float would make …500 of it


def message(topic: str, body: Any, *, shop: str = SHOP, id: str = "w-1", secret: str = SECRET, **more: str) -> InboundRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    headers = {
        "x-shopify-topic": topic, "x-shopify-hmac-sha256": signature(raw, secret), "x-shopify-shop-domain": shop,
        "x-shopify-webhook-id": id, "x-shopify-event-id": "e-1", "x-shopify-api-version": "2026-10",
        "x-shopify-triggered-at": "2026-11-20T10:11:12.123456789Z",
    }  # fmt: skip
    return InboundRequest(headers | {f"x-shopify-{name}": value for name, value in more.items()}, raw)


def said(topic: str, body: Any, **more: str) -> Delivery:
    return parse(message(topic, body, **more), SECRET)


def changed(headers: dict[str, str | None], request: InboundRequest) -> InboundRequest:
    kept = {**request.headers, **headers}
    return InboundRequest({name: value for name, value in kept.items() if value is not None}, request.body)


def test_the_published_vector_is_what_we_compute() -> None:
    body = '{"id":820982911946154508,"note":"Pour toujours ♥"}'.encode()
    assert signature(body, SECRET) == "+yDWCXYTV3REUl+IHL16Pj9b8wvjAPYzfVvkIuEpd1U="
    assert said("orders/create", body).changes == (Change("orders", (f"gid://shopify/Order/{BIG}",)),)


def test_a_delivery_carries_its_shop_its_time_and_an_identity_for_ever() -> None:
    delivery = said("products/update", {"id": BIG})
    assert (delivery.topic, delivery.shop, delivery.once, delivery.ping) == ("products/update", SHOP, True, False)
    assert delivery.triggered is not None
    assert delivery.triggered.isoformat() == "2026-11-20T10:11:12.123456+00:00"


@pytest.mark.parametrize("absent", ["hmac-sha256", "topic", "shop-domain", "webhook-id"])
def test_a_message_without_one_of_its_headers_is_refused_by_name(absent: str) -> None:
    with pytest.raises(SignatureError, match=f"x-shopify-{absent}") as refused:
        parse(changed({f"x-shopify-{absent}": None}, message("orders/create", {"id": 1})), SECRET)
    assert refused.value.missing and str(refused.value).count("x-shopify") == 1


def test_a_message_without_any_header_names_all_of_them() -> None:
    with pytest.raises(SignatureError, match=r"hmac-sha256, .*webhook-id") as refused:
        parse(InboundRequest({}, b"{}"), SECRET)
    assert refused.value.missing


@pytest.mark.parametrize("wrong", ["AAAA", "é♥", "+yDWCXYTV3REUl+IHL16Pj9b8wvjAPYzfVvkIuEpd1V=", "\udcff"])
def test_a_wrong_signature_is_a_bad_signature_whatever_its_bytes(wrong: str) -> None:
    with pytest.raises(SignatureError) as refused:
        parse(changed({"x-shopify-hmac-sha256": wrong}, message("orders/create", {"id": 1})), SECRET)
    assert not refused.value.missing


def test_a_body_that_is_no_json_is_looked_at_only_behind_its_signature() -> None:
    garbage = message("orders/create", b"[" * 5000)
    with pytest.raises(PermanentError, match="orders/create"):
        parse(garbage, SECRET)
    with pytest.raises(SignatureError):
        parse(garbage, "another secret")


@pytest.mark.parametrize(
    "shop",
    ["evil.com/foo.myshopify.com", "foo.evil.com", "foo.myshopify.com.evil.com", "foo", "a b.myshopify.com", "-a.myshopify.com"],
)
def test_a_shop_that_is_none_is_refused_though_the_body_is_signed(shop: str) -> None:
    request = message("orders/create", {"id": 1}, shop=shop)
    assert shop_of(request) is None
    with pytest.raises(SignatureError, match="domain"):
        parse(request, SECRET)


def test_a_shops_domain_is_read_in_small_letters() -> None:
    request = message("orders/create", {"id": 1}, shop="Example-Shop.myshopify.com")
    assert shop_of(request) == SHOP == parse(request, SECRET).shop


@pytest.mark.parametrize(
    ("topic", "body", "change"),
    [
        ("products/create", {"id": BIG}, Change("products", (f"gid://shopify/Product/{BIG}",))),
        ("products/delete", {"id": BIG}, Change("products", (f"gid://shopify/Product/{BIG}",), deleted=True)),
        ("variants/out_of_stock", {"id": 7}, Change("products", ("gid://shopify/ProductVariant/7",))),
        ("inventory_levels/update", {"inventory_item_id": 7}, Change("products", ("gid://shopify/InventoryItem/7",))),
        ("inventory_items/delete", {"id": 7}, Change("products", ("gid://shopify/InventoryItem/7",))),
        ("orders/delete", {"id": 7}, Change("orders", ("gid://shopify/Order/7",), deleted=True)),
        ("orders/edited", {"order_edit": {"id": 1, "order_id": 7}}, Change("orders", ("gid://shopify/Order/7",))),
        ("refunds/create", {"id": 1, "order_id": BIG}, Change("orders", (f"gid://shopify/Order/{BIG}",))),
        ("fulfillments/update", {"id": 1, "order_id": 7}, Change("orders", ("gid://shopify/Order/7",))),
        ("order_transactions/create", {"id": 1, "order_id": 7}, Change("orders", ("gid://shopify/Order/7",))),
        ("customers/update", {"id": 7}, Change("customers", ("gid://shopify/Customer/7",))),
        ("customer.tags_added", {"customerId": "gid://shopify/Customer/7"}, Change("customers", ("gid://shopify/Customer/7",))),
        ("customers_marketing_consent/update", {"customer_id": BIG}, Change("customers", (f"gid://shopify/Customer/{BIG}",))),
    ],
)
def test_topics_name_the_record_that_they_belong_to(topic: str, body: Any, change: Change) -> None:
    assert said(topic, body).changes == (change,)


def test_of_two_merged_customers_one_stays_and_one_goes() -> None:
    body = {
        "admin_graphql_api_customer_kept_id": "gid://shopify/Customer/1",
        "admin_graphql_api_customer_deleted_id": "gid://shopify/Customer/2",
        "status": "completed",
    }
    kept, gone = said("customers/merge", body).changes
    assert (kept.ids, kept.deleted, gone.ids, gone.deleted) == (
        ("gid://shopify/Customer/1",), False, ("gid://shopify/Customer/2",), True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "topic", ["collections/update", "bulk_operations/finish", "app_subscriptions/update", "themes/publish", "x"]
)
def test_topics_that_nothing_of_ours_hangs_on_change_nothing(topic: str) -> None:
    delivery = said(topic, {"id": 1})
    assert delivery.changes == () and delivery.notice is None


@pytest.mark.parametrize("id", [None, "7", 7.5, -7, 0, True, {"id": 7}, "gid://shopify/Order/7", "gid://shopify/Product/0"])
def test_an_id_that_is_no_positive_number_is_named(id: object) -> None:
    with pytest.raises(PermanentError, match="products/update"):
        said("products/update", {"id": id})


def test_repetitions_are_known_by_shop_topic_subscription_and_webhook_id() -> None:
    first = said("products/update", {"id": 1}).dedupe
    assert first == said("products/update", {"id": 1, "title": "later"}).dedupe
    others = [
        said("products/update", {"id": 1}, id="w-2"),
        said("products/update", {"id": 1}, name="catalog"),
        said("products/create", {"id": 1}),
        said("products/update", {"id": 1}, shop="another.myshopify.com"),
    ]
    assert len({first, *(one.dedupe for one in others)}) == 5
    same_event = said("products/update", {"id": 1}, **{"event-id": "another event"})
    assert same_event.dedupe == first


CUSTOMER = {"shop_id": 1, "shop_domain": SHOP, "customer": {"id": 191167, "email": "john@example.com"}}


@pytest.mark.parametrize(
    ("topic", "body", "notice"),
    [
        ("app/uninstalled", {"myshopify_domain": SHOP}, Notice("uninstalled")),
        ("app/scopes_update", {"id": "gid://shopify/Shop/1", "current": []}, Notice("scopes")),
        ("shop/redact", {"shop_id": 1, "shop_domain": SHOP}, Notice("forget_shop")),
        (
            "customers/redact", {**CUSTOMER, "orders_to_redact": [BIG]},
            Notice("forget_customer", {"customers": ("gid://shopify/Customer/191167",), "orders": (f"gid://shopify/Order/{BIG}",)}),
        ),
        (
            "customers/data_request", {**CUSTOMER, "orders_requested": []},
            Notice("customer_data", {"customers": ("gid://shopify/Customer/191167",)}),
        ),
    ],
)  # fmt: skip
def test_messages_about_the_connection_and_people_are_notices(topic: str, body: Any, notice: Notice) -> None:
    delivery = said(topic, body)
    assert (delivery.notice, delivery.changes) == (notice, ())


@pytest.mark.parametrize("topic", ["app/uninstalled", "shop/redact", "customers/redact", "customers/data_request"])
def test_a_body_that_names_another_shop_than_the_header_is_refused(topic: str) -> None:
    body = {**CUSTOMER, "myshopify_domain": SHOP}
    assert said(topic, body).notice is not None
    with pytest.raises(SignatureError, match="another-shop"):
        said(topic, body, shop="another-shop.myshopify.com")


def test_only_an_uninstallation_may_leave_its_shop_unsaid() -> None:
    assert said("app/uninstalled", {"id": 1, "myshopify_domain": None}).notice == Notice("uninstalled")
    with pytest.raises(SignatureError):
        said("shop/redact", {"shop_id": 1})


def event(body: Any, topic: str = "Product") -> InboundRequest:
    raw = json.dumps(body).encode()
    return InboundRequest(
        {
            "shopify-topic": topic, "shopify-action": "update", "shopify-handle": "hub-product-update",
            "shopify-shop-domain": SHOP, "shopify-webhook-id": "w-9", "shopify-hmac-sha256": signature(raw, SECRET),
        },
        raw,
    )  # fmt: skip


EVENT = {
    "topic": "Product", "action": "update", "handle": "hub-product-update",
    "query_variables": {"productId": "gid://shopify/Product/9554194432293"}, "data": {"product": None},
}  # fmt: skip


def test_an_event_names_its_object_in_the_variables_of_its_query() -> None:
    delivery = parse(event(EVENT), SECRET)
    assert shop_of(event(EVENT)) == SHOP
    assert (delivery.topic, delivery.changes) == (
        "Product/update", (Change("products", ("gid://shopify/Product/9554194432293",)),),
    )  # fmt: skip
    (deleted,) = parse(event({**EVENT, "action": "delete"}), SECRET).changes
    assert deleted.deleted


def test_an_event_without_variables_names_it_in_its_data() -> None:
    body = {**EVENT, "query_variables": {}, "data": {"product": {"id": "gid://shopify/Product/5", "title": "gid://x"}}}
    assert parse(event(body), SECRET).changes[0].ids == ("gid://shopify/Product/5",)


def test_an_events_header_cannot_say_another_topic_than_its_signed_body() -> None:
    with pytest.raises(PermanentError, match="header says Order"):
        parse(event(EVENT, "Order"), SECRET)
    with pytest.raises(PermanentError, match="names no topic"):
        parse(event({"id": 1}), SECRET)  # a webhook's body in an event's clothes


def test_secrets_are_tried_newest_first_and_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_SHOPIFY_CLIENT_SECRET", "new")
    monkeypatch.setenv("LUNEO_SHOPIFY_OLD_CLIENT_SECRET", "old")
    app_settings.cache_clear()
    try:
        assert secrets({"client_secret": "new", "app_secret": "theirs", "token": "t"}, "own") == ("new", "old", "theirs", "own")
        assert secrets({}, "") == ("new", "old")
    finally:
        monkeypatch.undo()
        app_settings.cache_clear()
