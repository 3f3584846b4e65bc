"""Which vendor objects a file holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import connectors.woocommerce
from connectors.woocommerce.objects import objects_in
from hub.errors import PermanentError

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"


def exchange(url: str, body: Any, status: int = 200, method: str = "GET") -> dict[str, Any]:
    return {"request": {"method": method, "url": url}, "response": {"status": status, "headers": {}, "body": body}}


def found(kind: str, *exchanges: dict[str, Any]) -> list[Any]:
    return [json.loads(body) for body in objects_in(kind, json.dumps({"exchanges": exchanges}).encode())]


def test_one_object_and_the_rows_of_an_array_keep_their_bytes() -> None:
    assert objects_in("product", b'\xef\xbb\xbf {"id" : 1, "price": 1.50}\n') == [b'{"id" : 1, "price": 1.50}']
    assert objects_in("product", b'[{"id" : 1}, null, {"id":2}]') == [b'{"id" : 1}', b"null", b'{"id":2}']


def test_one_object_a_line_is_as_good_as_an_array() -> None:
    assert objects_in("product", b'{"id" : 1}\r\n\n{"id":2}\n') == [b'{"id" : 1}', b'{"id":2}']
    for text in (b'{"id":1}\nnull', b'{"id":1}\n{"id":', b"hello\nworld"):
        with pytest.raises(PermanentError, match="not JSON"):
            objects_in("product", text)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("products/15", "product"),
        ("products?per_page=3", "product"),
        ("products/51/variations?page=2", "variation"),
        ("products/51/variations/52", "variation"),
        ("variations?_fields=id", "variation"),
        ("orders/273", "order"),
        ("orders/273/refunds", "refund"),
        ("refunds?per_page=1", "refund"),
        ("customers/", "customer"),
        ("orders/273/notes", None),
        ("products/categories", None),
        ("products/attributes/1/terms", None),
        ("coupons", None),
    ],
)
def test_the_url_says_what_an_answer_holds(path: str, kind: str | None) -> None:
    for url in (f"https://x.test/wp-json/wc/v3/{path}", f"https://x.test/?rest_route=%2Fwc%2Fv3%2F{path.replace('?', '&')}"):
        for wanted in ("product", "variation", "order", "refund", "customer"):
            assert found(wanted, exchange(url, [{"id": 1}])) == ([{"id": 1}] if wanted == kind else []), (url, wanted)


def test_the_store_api_is_another_api() -> None:
    assert found("product", exchange("https://x.test/wp-json/wc/store/v1/products/15", {"id": 15})) == []


def test_errors_and_answers_without_success_are_left_out() -> None:
    url = "https://x.test/wp-json/wc/v3/products"
    error = {"code": "rest_no_route", "message": "No route", "data": {"status": 404}}
    assert (
        found("product", exchange(url, error), exchange(url, {"id": 1}, status=401), exchange(url, {"_text": ""}, method="HEAD"))
        == []
    )
    assert objects_in("product", json.dumps(error).encode()) == []


def test_a_batch_answers_with_three_lists_and_failures_in_place() -> None:
    body = {"create": [{"id": 1}, {"id": 0, "error": {"code": "x", "message": "y"}}], "update": [{"id": 2}], "delete": [None]}
    assert found("product", exchange("https://x.test/wp-json/wc/v3/products/batch", body, method="POST")) == [
        {"id": 1},
        {"id": 2},
        None,
    ]


def test_a_delivery_is_named_by_its_topic_in_any_case() -> None:
    deliveries = [
        {"headers": {"x-wc-webhook-topic": "order.updated"}, "raw_body": '{"id": 5, "total": 1.50}'},
        {"headers": {"X-WC-Webhook-Topic": "order.deleted"}, "raw_body": '{"id":6}'},
        {"headers": {}, "raw_body": "webhook_id=1"},
        {"headers": {"X-WC-Webhook-Topic": "product.updated"}, "raw_body": '{"id":7,"type":"variation"}'},
    ]
    text = json.dumps({"deliveries": deliveries}).encode()
    assert objects_in("order", text) == [b'{"id": 5, "total": 1.50}', b'{"id":6}']
    assert objects_in("variation", text) == objects_in("product", text) == [b'{"id":7,"type":"variation"}']


def test_a_bare_object_of_another_kind_is_not_taken() -> None:
    order = b'{"id":1,"order_key":"wc_1","billing":{},"line_items":[]}'
    assert objects_in("order", order) == [order]
    assert objects_in("product", order) == objects_in("customer", order) == objects_in("variation", order) == []


def test_a_capture_of_something_else_holds_nothing() -> None:
    text = (CAPTURES / "31-wc-auth-flow.json").read_bytes()
    assert all(objects_in(kind, text) == [] for kind in ("product", "variation", "order", "refund", "customer"))
    assert objects_in("product", b"42") == []


@pytest.mark.parametrize("text", [b"", b"<html>", b'{"id":1', b"a,b\n1,2"])
def test_a_file_that_is_no_json_is_said_so_in_one_line(text: bytes) -> None:
    with pytest.raises(PermanentError, match="The file is not JSON") as caught:
        objects_in("product", text)
    assert "\n" not in str(caught.value)


def test_a_capture_of_an_unknown_form_is_said_so() -> None:
    with pytest.raises(PermanentError, match="unknown form"):
        objects_in("product", b'{"exchanges": [5]}')
