"""How much is asked for at once."""

from __future__ import annotations

import pytest

from connectors.shopify.client.sizes import Sizes, allowed, shrunk, step
from connectors.shopify.client.troubles import CostTooHigh


def test_a_list_is_asked_for_as_long_as_most_are_here() -> None:
    sizes = Sizes("customers")
    for _ in range(19):
        sizes.saw("addresses", 4)
    sizes.saw("addresses", 90)
    assert sizes.now()["addresses"] == 5


def test_one_long_list_does_not_make_every_object_dear() -> None:
    sizes = Sizes("orders")
    for _ in range(30):
        sizes.saw("lines", 2)
    sizes.saw("lines", 400)
    assert sizes.now()["lines"] == 2


def test_a_few_lists_say_nothing() -> None:
    sizes = Sizes("orders")
    sizes.saw("lines", 400)
    assert sizes.now()["lines"] == 5


def test_as_many_objects_as_the_points_allow() -> None:
    count, sizes = Sizes("customers").plan(lambda now: 10.0 * now["addresses"], None)
    assert (count, sizes["addresses"]) == (45, 2)


def test_an_object_that_is_too_dear_is_asked_for_with_shorter_lists() -> None:
    sizes = shrunk({"variants": 100, "metafields": 8}, lambda now: now["variants"] * (1.0 + now["metafields"]), 100.0)
    assert sizes == {"variants": 6, "metafields": 8}
    assert shrunk({"variants": 1}, lambda _now: 1e9, 100.0) == {"variants": 1}


def test_after_a_refusal_half_as_many_then_shorter_lists_then_the_error() -> None:
    sizes, error = Sizes("orders"), CostTooHigh("too much")
    sizes.too_much(8, error)
    assert sizes.plan(lambda _now: 1.0, None)[0] == 4
    sizes.too_much(1, error)
    assert max(sizes.now().values()) == 2
    sizes.too_much(1, error)
    with pytest.raises(CostTooHigh):
        sizes.too_much(1, error)


def test_it_grows_again() -> None:
    sizes = Sizes("orders")
    sizes.too_much(8, CostTooHigh("too much"))
    for _ in range(6):
        sizes.went_well()
    assert sizes.plan(lambda _now: 1.0, None)[0] == 10


@pytest.mark.parametrize(("bucket", "points"), [(None, 900), (20_000, 900), (1000, 500), (2, 1), (0.5, 1)])
def test_a_request_takes_no_more_than_half_of_a_small_bucket(bucket: float | None, points: float) -> None:
    assert allowed(bucket) == points


@pytest.mark.parametrize(("length", "size"), [(0, 1), (1, 1), (4, 5), (250, 250), (2048, 250)])
def test_sizes_are_steps(length: int, size: int) -> None:
    assert step(length) == size


def test_where_few_objects_wait_their_lists_are_asked_for_longer() -> None:
    def cost(now: object) -> float:
        return 10.0 * dict(now)["addresses"]  # type: ignore[call-overload, no-any-return]

    assert Sizes("customers").plan(cost, None, 3) == (3, {"addresses": 30, "metafields": 20})
    assert Sizes("customers").plan(cost, None)[0] == 45
