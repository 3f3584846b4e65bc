"""What a request costs, reckoned from its document, against the sandbox, which reckons from the schema."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.shopify.client.costs import Costs, reckon
from connectors.shopify.documents import load
from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.call import Call
from connectors.shopify.sandbox.execute import Execution

ID = "gid://shopify/Product/1"
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("products", {"ids": [ID] * 3, "variants": 10, "levels": 2, "media": 5, "collections": 5, "metafields": 5}),
    ("orders", {"ids": [ID] * 2, "lines": 10, "metafields": 5}),
    ("customers", {"ids": [ID], "addresses": 5, "metafields": 3}),
    ("order_parts", {"id": ID, "lines": 10, "few": 5}),
    ("scan_products", {"first": 250, "sort": "ID"}),
    ("product_variants", {"id": ID, "variants": 50, "levels": 1, "metafields": 3}),
    ("order_lines", {"id": ID, "first": 20}),
    ("metafields", {"id": ID, "first": 250}),
    ("owners", {"ids": [ID] * 9}),
    ("refund_lines", {"id": ID, "first": 50}),
    ("shop", {}),
]


def by_the_schema(name: str, variables: dict[str, Any]) -> float:
    sandbox: Any = Sandbox()
    return Execution(Call(sandbox, None, "http://shop"), load(name), variables).requested  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "variables"), ASKED)
def test_a_guess_is_never_too_low_and_hardly_too_high(name: str, variables: dict[str, Any]) -> None:
    true, reckoned = by_the_schema(name, variables), reckon(load(name), variables)
    assert true <= reckoned <= true * 1.2


def test_what_the_shop_said_of_other_sizes_corrects_the_guess() -> None:
    costs, text = Costs(), load("scan_products")
    costs.learn("scan_products", text, {"first": 250}, 125.5)
    assert costs.guess("scan_products", text, {"first": 250}) == 125.5
    assert costs.guess("scan_products", text, {"first": 100}) == pytest.approx(50.5 * 1.05)


def test_a_guess_learned_at_one_size_is_not_too_low_at_another() -> None:
    costs, text = Costs(), load("products")
    few = {"ids": [ID] * 6, "variants": 12, "levels": 2, "media": 3, "collections": 3, "metafields": 3}
    for sizes in (few, {**few, "levels": 3, "metafields": 5}, {**few, "variants": 3, "media": 5}, {**few, "metafields": 1}):
        true = by_the_schema("products", sizes)
        assert true <= costs.guess("products", text, sizes) <= true * 1.2
        costs.learn("products", text, sizes, true)


def test_an_id_is_no_size() -> None:
    costs, text = Costs(), load("order_lines")
    costs.learn("order_lines", text, {"id": "a", "after": "x", "first": 10}, 400)
    assert costs.guess("order_lines", text, {"id": "b", "after": None, "first": 10}) == 400


def test_a_mutation_costs_ten_and_what_it_shows() -> None:
    text = "mutation M($x: Int!) { do(x: $x) { thing { id } userErrors { field } } }"
    assert reckon(text, {"x": 3}) == 13
