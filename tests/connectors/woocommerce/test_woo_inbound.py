"""Recorded deliveries as test vectors, and forged ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import connectors.woocommerce
from connectors.woocommerce.inbound import parse, signature
from hub.errors import PermanentError, SignatureError
from hub.ports import InboundRequest

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"
SECRET = 's3cr&t"x'


def recorded(name: str) -> list[InboundRequest]:
    [path] = CAPTURES.glob(f"{name}-*.json")
    found = json.loads(path.read_text())
    assert found["secret"] == SECRET
    return [
        InboundRequest({name.lower(): value for name, value in one["headers"].items()}, one["raw_body"].encode())
        for one in found["deliveries"]
    ]


def made(topic: str, value: object, secret: str = SECRET, hook: str = "7") -> InboundRequest:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return InboundRequest(
        {"x-wc-webhook-topic": topic, "x-wc-webhook-id": hook, "x-wc-webhook-signature": signature(body, secret)}, body
    )


ALL = [request for name in ("41", "43", "44", "45") for request in recorded(name)]


def test_the_ping_has_neither_headers_nor_signature() -> None:
    [request] = recorded("40")
    delivery = parse(request, SECRET)
    assert (delivery.ping, delivery.changes, delivery.topic) == (True, (), "ping")
    assert parse(replace(request, body=b"webhook_id=2"), SECRET).dedupe != delivery.dedupe


@pytest.mark.parametrize("request_", ALL, ids=lambda request: request.headers["x-wc-webhook-topic"])
def test_a_recorded_delivery_is_verified_and_named(request_: InboundRequest) -> None:
    delivery = parse(request_, SECRET)
    resource, event = delivery.topic.split(".")
    [change] = delivery.changes
    body = json.loads(request_.body)
    assert (change.resource, change.ids) == (f"{resource}s", (str(body["id"]),))
    assert change.deleted == (event == "deleted")
    assert (change.row is None) == change.deleted
    if change.row:
        assert change.row.body == request_.body
        assert change.row.modified is not None


@pytest.mark.parametrize("request_", ALL[:3], ids=lambda request: request.headers["x-wc-webhook-topic"])
@pytest.mark.parametrize("forge", ["body", "signature", "secret", "absent", "empty"])
def test_a_forged_delivery_is_refused(request_: InboundRequest, forge: str) -> None:
    headers, body, secret = dict(request_.headers), request_.body, SECRET
    if forge == "body":
        body += b" "
    elif forge == "signature":
        headers["x-wc-webhook-signature"] = signature(body, "another")
    elif forge == "secret":
        secret = "another"
    elif forge == "absent":
        del headers["x-wc-webhook-signature"]
    else:
        secret = ""
    with pytest.raises(SignatureError):
        parse(InboundRequest(headers, body), secret)


def test_five_products_that_came_with_one_delivery_id_are_five_deliveries() -> None:
    requests = recorded("45")
    assert len({request.headers["x-wc-webhook-delivery-id"] for request in requests}) == 1
    assert len({parse(request, SECRET).dedupe for request in requests}) == len(requests) == 5


def test_the_very_same_message_is_known_again_whatever_its_delivery_id() -> None:
    request = ALL[0]
    again = InboundRequest({**request.headers, "x-wc-webhook-delivery-id": "another"}, request.body)
    assert parse(again, SECRET).dedupe == parse(request, SECRET).dedupe
    other_hook = InboundRequest({**request.headers, "x-wc-webhook-id": "99"}, request.body)
    assert parse(other_hook, SECRET).dedupe != parse(request, SECRET).dedupe


@pytest.mark.parametrize("event", ["created", "updated", "restored"])
def test_a_variation_speaks_for_its_parent(event: str) -> None:
    delivery = parse(made(f"product.{event}", {"id": 55, "type": "variation", "parent_id": 51}), SECRET)
    [change] = delivery.changes
    assert (change.resource, change.ids, change.deleted, change.row) == ("products", ("51",), False, None)


def test_a_time_ahead_of_our_clock_is_kept() -> None:
    [change] = parse(made("product.updated", {"id": 1, "date_modified_gmt": "2099-01-15T09:00:00"}), SECRET).changes
    assert change.row
    assert change.row.modified
    assert change.row.modified.year == 2099


@pytest.mark.parametrize("topic", ["coupon.updated", "action.woocommerce_add_to_cart", "product.exploded", ""])
def test_a_topic_that_is_not_ours_is_verified_and_changes_nothing(topic: str) -> None:
    assert parse(made(topic, {"action": "x", "arg": 1}), SECRET).changes == ()
    with pytest.raises(SignatureError):
        parse(made(topic, {"id": 1}, secret="another"), SECRET)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 403}}, "owns the webhook"),
        ({"name": "no id"}, "has the id None"),
        ({"id": "12"}, "has the id '12'"),
        ({"id": 0}, "has the id 0"),
        ([1], "is list, not an object"),
        (b"<html>", "is not JSON"),
        (b"webhook_id=1&x=2", "is not JSON"),
        (b'{"id":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "is not JSON"),
    ],
)
def test_a_body_that_is_not_what_its_topic_says_is_refused(body: Any, words: str) -> None:
    with pytest.raises(PermanentError, match=words):
        parse(made("product.updated", body), SECRET)
