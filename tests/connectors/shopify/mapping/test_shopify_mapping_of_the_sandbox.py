"""What the sandbox answers and what its webhooks carry: an independent source of objects, in both forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from shopify_cases import canonical, plain

from connectors.shopify.mapping import to_native, writable
from connectors.shopify.sandbox import Sandbox, rest_bodies
from schemas.exact import decode, encode_plain
from schemas.kinds import check
from tests.connectors.shopify.mapping.rest_words import rest_native, rest_writable

TYPES = {"product": "Product", "order": "Order", "customer": "Customer"}


@pytest.fixture(scope="module")
def pairs() -> list[tuple[str, Any, Any]]:
    """(raw kind, tree, webhook body) of every object."""
    sandbox = Sandbox(products=25, orders=40, customers=25)
    return list(_pairs(sandbox))


def _pairs(sandbox: Sandbox) -> Iterator[tuple[str, Any, Any]]:
    for kind, name in TYPES.items():
        for gid in sandbox.ids(f"{kind}s"):
            body = rest_bodies.body(sandbox.state, f"{kind}s/update", sandbox.state.objects[name][gid])
            yield kind, decode(encode_plain(sandbox.record(f"{kind}s", gid))), decode(encode_plain(body))


def test_every_object_maps_in_both_forms_and_goes_back(pairs: list[tuple[str, Any, Any]]) -> None:
    for kind, tree, body in pairs:
        doc, told = canonical(kind, encode_plain(tree)), canonical(kind, encode_plain(body))
        check(kind, doc)
        check(kind, told)
        assert to_native(kind, doc) == writable(kind, tree)
        back, wanted = rest_native(kind, told), rest_writable(kind, body)
        assert plain(back) == plain(wanted)


def test_both_forms_name_the_same_record_alike(pairs: list[tuple[str, Any, Any]]) -> None:
    same = (
        "refs",
        "title",
        "handle",
        "status",
        "brands",
        "tags",
        "buyer",
        "number",
        "financial_status",
        "email",
        "phone",
        "created_at",
    )
    for kind, tree, body in pairs:
        doc, told = canonical(kind, encode_plain(tree)), canonical(kind, encode_plain(body))
        assert {name: doc.get(name) for name in same} == {name: told.get(name) for name in same}
        if kind == "order":
            sums = [(one["title"], one["quantity"], one["total"]["minor"]) for one in doc["lines"]]
            assert sums == [(one["title"], one["quantity"], one["total"]["minor"]) for one in told["lines"]]


def test_every_order_adds_up_in_both_forms(pairs: list[tuple[str, Any, Any]]) -> None:
    orders = [(tree, body) for kind, tree, body in pairs if kind == "order"]
    assert len(orders) == 40
    for forms in orders:
        for raw in forms:
            doc = canonical("order", encode_plain(raw))
            assert doc["arithmetic"] == {"verdict": "ok"}
            assert "incomplete_children" not in doc
