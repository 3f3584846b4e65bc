"""The reckoning finds what it is there to find: else the crash tests would prove nothing."""

from __future__ import annotations

import json

from tests.webhooks.crash.reckoning import Kill, Promise, Reckoning, reckon
from tests.webhooks.sink import Receipt

PROMISED = [Promise(f"{n:032x}", "k", n) for n in range(4)]


def came(n: int, at: float, *, id: int | None = None, status: int | None = 204) -> Receipt:
    body = json.dumps({"data": {"key": "k", "n": n}}).encode()
    answered = None if status is None else at
    return Receipt("/", {"webhook-id": f"msg_{n if id is None else id:032x}"}, body, at, at, 1, answered, status)


def judged(*receipts: Receipt, kills: tuple[float, ...] = ()) -> Reckoning:
    return reckon(PROMISED, receipts, [Kill("up", at, at) for at in kills], ordered=True)


def test_all_in_order_once_is_sound() -> None:
    assert judged(*(came(n, n) for n in range(4))).sound()


def test_what_never_came_or_was_never_answered_is_missing() -> None:
    found = judged(came(0, 0), came(1, 1), came(2, 2, status=None), came(3, 3, status=500))
    assert [promise.n for promise in found.missing] == [2, 3]


def test_first_receipts_out_of_order_are_inverted() -> None:
    assert judged(came(0, 0), came(2, 1), came(1, 2), came(3, 3)).inverted == ["k: 1 after 2"]


def test_a_duplicate_is_explained_by_a_kill_right_after_the_first_receipt_and_by_nothing_else() -> None:
    receipts = [came(0, 0), came(1, 1), came(2, 2), came(3, 30.0), came(1, 45.0)]
    assert not judged(*receipts, kills=(1.5,)).unexplained
    assert judged(*receipts).unexplained
    assert judged(*receipts, kills=(20.0,)).unexplained  # long after
    assert judged(*receipts, kills=(50.0,)).unexplained  # after both


def test_one_number_under_two_ids_was_published_twice() -> None:
    found = judged(came(0, 0), came(1, 1), came(1, 2, id=77), came(2, 3), came(3, 4))
    assert found.twice
    assert found.strangers
