"""Long lists are explained by halves, and say exactly what trying leaf by leaf says."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import connectors.woocommerce
from connectors.woocommerce import alike
from connectors.woocommerce.alike import absences, effects
from connectors.woocommerce.explain import explain
from connectors.woocommerce.objects import objects_in
from connectors.woocommerce.tracing import Trial
from hub.errors import SkippedRecordError
from hub.mapping.paths import leaves, pointer
from hub.ports import ShopSettings
from schemas.exact import decode, encode_plain

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"
SHOP = ShopSettings(currency="EUR", weight_unit="kg")


def order_of(count: int) -> Any:
    """The recorded order with the richest lines, with that many of them."""
    found = map(decode, objects_in("order", (CAPTURES / "19-orders-list.json").read_bytes()))
    orders = [order for order in found if order.get("line_items")]
    order = max(orders, key=lambda each: len(encode_plain(each["line_items"][:1])))
    lines = [{**order["line_items"][0], "id": 5000 + at, "product_id": 700 + at, "name": f"Line {at}"} for at in range(count)]
    return {**order, "line_items": lines}


def product() -> Any:
    keys = ["_yoast_wpseo_title", "_private", "care.engraving", *(f"key_{at}" for at in range(20))]
    meta = [{"id": 10 + at, "key": key, "value": f"value {at}"} for at, key in enumerate(keys)]
    images = [{"id": 90 + at, "src": f"https://shop.example/{at}.jpg", "name": "", "alt": f"{at}"} for at in range(12)]
    return {"id": 1, "name": "x", "type": "simple", "price": "1.50", "meta_data": meta, "images": images, "tags": []}


def told(raw: Any) -> Any:
    found = explain("order" if "line_items" in raw else "product", encode_plain(raw), (), SHOP)
    return found.provenance, found.unmapped


@pytest.mark.parametrize("raw", [order_of(12), product()])
def test_halves_say_what_trying_one_by_one_says(raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    by_halves = told(raw)
    monkeypatch.setattr(alike, "FEW", 10**9)
    assert by_halves == told(raw)


def always(_path: Any) -> bool:
    return True


def one_by_one(raw: Any, build: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patched:
        patched.setattr(alike, "FEW", 10**9)
        return effects(Trial(raw, build), always)


@pytest.mark.parametrize(
    "build",
    [
        lambda raw: {"out": list(raw["a"])},
        lambda raw: {"sum": sum(raw["a"])},
        lambda raw: {"out": raw["a"][1:] + raw["a"][:1]},  # each at another index
        lambda raw: {"third": raw["a"][3], "all": [value * 2 for value in raw["a"]]},
        lambda raw: {"out": [value for value in raw["a"] if value < 1000]},  # entries that go away
    ],
)
def test_dependencies_of_every_kind_are_found(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = {"a": list(range(1, 30))}
    assert effects(Trial(raw, build), always) == one_by_one(raw, build, monkeypatch)


def test_a_refusal_of_one_leaf_is_not_taken_for_one_of_all() -> None:
    def build(raw: Any) -> Any:
        if raw["a"][2] != 2:
            raise SkippedRecordError("", "/a/2")
        return {"out": raw["a"]}

    found = effects(Trial({"a": list(range(20))}, build), always)
    assert found["a", 2] == {}
    assert found["a", 3] == {("out", 3): False}


def test_what_hangs_on_there_being_a_value_is_found_in_long_lists() -> None:
    raw = {"a": [{"b": at} for at in range(20)]}
    trial = Trial(raw, lambda raw: {"said": [each["b"] is not None for each in raw["a"]]})
    found = absences(trial, [path for path, _ in leaves(raw)])
    assert {pointer(path): list(changed or ()) for path, changed in found.items()} == {
        f"/a/{at}/b": [("said", at)] for at in range(20)
    }


def test_an_order_with_two_hundred_lines_is_explained_in_seconds() -> None:
    begun = time.process_time()
    provenance, _ = told(order_of(200))
    assert provenance["/lines/199/title"] == "/line_items/199/name"
    assert time.process_time() - begun < 25
