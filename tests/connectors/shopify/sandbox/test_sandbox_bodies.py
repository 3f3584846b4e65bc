"""Bodies of the sandbox's webhooks beside those that Shopify sent: no key is missing, and what is a number there is one here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import connectors.shopify
from connectors.shopify.sandbox import Sandbox, rest_bodies

CAPTURES = Path(connectors.shopify.__file__).parent / "captures" / "webhooks"
TOPICS = {
    "products/update": "Product",
    "customers/update": "Customer",
    "orders/create": "Order",
    "refunds/create": "Refund",
    "fulfillments/create": "Fulfillment",
    "inventory_levels/update": "InventoryLevel",
    "inventory_items/update": "InventoryItem",
}
ABSENT = {"orders/create.customer.default_address"}  # of customers without an address


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox(products=60, customers=30, orders=120)


def sent(topic: str) -> Any:
    return json.loads((CAPTURES / f"{topic.replace('/', '_')}.json").read_text(encoding="utf-8"))["payload"]


def differences(theirs: Any, ours: Any, at: str) -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key, value in theirs.items():
            if key in ours:
                yield from differences(value, ours[key], f"{at}.{key}")
            elif f"{at}.{key}" not in ABSENT:
                yield f"{at}.{key} is missing"
    elif isinstance(theirs, list) and isinstance(ours, list):
        for one in ours:
            for sample in theirs[:1]:
                yield from differences(sample, one, f"{at}[]")
    elif theirs is not None and ours is not None and kind(theirs) != kind(ours):
        yield f"{at} is {ours!r}, theirs {theirs!r}"


def kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@pytest.mark.parametrize("topic", TOPICS)
def test_a_body_has_every_key_that_shopify_sends(sandbox: Sandbox, topic: str) -> None:
    objects = list(sandbox.state.of(TOPICS[topic]).values())
    assert objects
    found = set()
    for one in objects:
        found |= set(differences(sent(topic), json.loads(json.dumps(rest_bodies.body(sandbox.state, topic, one))), topic))
    assert found == set()


def test_identifiers_are_beyond_what_a_float_holds(sandbox: Sandbox) -> None:
    body = rest_bodies.body(sandbox.state, "products/update", next(iter(sandbox.state.of("Product").values())))
    assert int(float(body["id"])) != body["id"]


def test_discounts_of_an_order_add_up(sandbox: Sandbox) -> None:
    seen = 0
    for order in sandbox.state.of("Order").values():
        body = rest_bodies.body(sandbox.state, "orders/create", order)
        given = [one for line in body["line_items"] + body["shipping_lines"] for one in line["discount_allocations"]]
        assert sum((Decimal(one["amount"]) for one in given), Decimal(0)) == Decimal(body["total_discounts"])
        assert {one["discount_application_index"] for one in given} == set(range(len(body["discount_applications"])))
        assert {one["code"] for one in body["discount_codes"]} == {
            one["code"] for one in body["discount_applications"] if "code" in one
        }
        seen += bool(given)
    assert seen > 10


def test_a_finished_operation_is_told_as_shopify_tells_it(sandbox: Sandbox) -> None:
    operation = {
        "id": "gid://shopify/BulkOperation/1",
        "status": "COMPLETED",
        "type": "QUERY",
        "errorCode": None,
        "createdAt": "2026-11-22T07:00:00Z",
        "completedAt": "2026-11-22T07:01:00Z",
    }
    body = rest_bodies.body(sandbox.state, "bulk_operations/finish", operation)
    assert list(body) == list(sent("bulk_operations/finish"))
    assert (body["status"], body["type"]) == ("completed", "query")


@pytest.mark.parametrize("topic", ["shop/redact", "customers/redact", "customers/data_request"])
def test_a_privacy_topic_has_the_keys_of_the_documentation(sandbox: Sandbox, topic: str) -> None:
    customer = next(iter(sandbox.state.of("Customer").values()))
    body = rest_bodies.compliance_body(sandbox.state, topic, customer, ("gid://shopify/Order/1",))
    theirs = sent(topic)
    assert set(body) == set(theirs)
    if "customer" in theirs:
        assert set(body["customer"]) == set(theirs["customer"])
