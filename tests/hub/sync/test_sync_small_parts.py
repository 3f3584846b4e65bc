"""The small parts: the id set, the verdict and its words, the watermark, patience."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import PermanentError, RetryableError
from hub.sync.ids import IdSet
from hub.sync.retry import Asker, GaveUp, Patience
from hub.sync.sweep import braked
from hub.sync.verdict import judge, sentence, trouble_in
from hub.sync.watermark import Watermark, decode

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "reading": "full", "proven": True, "distinct": 12_345, "rows_seen": 12_345, "store_total": 12_345,
    "terminal": "total reached", "inserted": 12_000, "unchanged": 345,
}  # fmt: skip


@given(
    st.lists(
        st.integers(0, 5000).map(str)
        | st.integers(0, 10**14).map("gid://x/{}".format)
        | st.sampled_from(["007", "gid://x/1", "gid://x/01", "gid://x/", "gid://y/1", "/2", "", "٣", "9" * 30, "-1"])
    )
)
def test_the_id_set_is_a_set(ids: list[str]) -> None:
    made = IdSet()
    assert [made.add(id) for id in ids] == [id not in ids[:n] for n, id in enumerate(ids)]
    assert len(made) == len(set(ids)) and set(made) == set(ids)
    assert all(id in made for id in ids) and "5001" not in made
    assert made == IdSet(reversed(ids))


@pytest.mark.parametrize(("prefix", "step"), [("", 1), ("gid://shop/Product/", 32_768)])
def test_two_hundred_thousand_ids_take_next_to_no_memory(prefix: str, step: int) -> None:
    tracemalloc.start()
    made = IdSet(f"{prefix}{id * step}" for id in range(1_000, 201_000))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(made) == 200_000 and used < 200_000


def test_a_proved_run_is_complete_and_says_why_in_both_languages() -> None:
    verdict = judge(GOOD)
    assert verdict.word == "COMPLETE"
    assert verdict.reason == (
        "All 12,345 rows of the shop were read (the total it counts was reached). 12,000 new, 345 as before."
    )
    assert sentence(GOOD, "fr").startswith("Les 12\u202f345 lignes de la boutique ont été lues (le total qu’elle annonce")


@pytest.mark.parametrize(
    ("change", "word", "reason"),
    [
        ({"proven": False, "sweeps": 6}, "PARTIAL", "kept changing through 6 id sweeps"),
        ({"trouble": "gave_up", "tries": 6, "message": "The shop answered 503."}, "PARTIAL", "6 tries: The shop answered 503."),
        ({"trouble": "refused", "message": "The key was revoked"}, "FAILED", "our credentials: The key was revoked."),
        ({"incomplete_children": 3}, "PARTIAL", "3 rows did not all come"),
        ({"quarantined": 101}, "PARTIAL", "101 rows are in quarantine"),
        ({"quarantined": 2, "rows_seen": 199}, "PARTIAL", "2 rows are in quarantine"),
        ({"quarantined": 2, "rows_seen": 200}, "COMPLETE", "2 in quarantine"),
        ({"tombstones_held": 300, "live": 1000}, "PARTIAL", "300 of 1,000 records would be deleted"),
        ({"hidden_by_store": 4}, "COMPLETE", "4 counted by the shop but never shown"),
    ],
)  # fmt: skip
def test_anything_less_than_proof_is_said(change: dict[str, Any], word: str, reason: str) -> None:
    verdict = judge(GOOD | change)
    assert (verdict.word, reason in verdict.reason) == (word, True), verdict.reason
    for language in ("en", "fr"):
        assert "?" not in sentence(GOOD | change, language) and "{" not in sentence(GOOD | change, language)


def test_no_evidence_is_no_proof() -> None:
    assert trouble_in({}) == "restless"


def test_the_watermark_is_the_earlier_of_the_stores_time_and_the_newest_row() -> None:
    two = timedelta(seconds=2)
    assert Watermark().moved(AT, AT - timedelta(days=3), two).modified == AT - timedelta(days=3)
    assert Watermark().moved(AT, AT, two).modified == AT - two
    assert Watermark().moved(AT, None, two).modified == AT - two  # an empty shop
    assert Watermark(AT).moved(AT + timedelta(hours=1), None, two).modified == AT  # nothing changed
    assert Watermark(AT).moved(AT - timedelta(hours=1), None, two).modified == AT  # the store's clock went back
    assert Watermark().moved(None, None, two).modified is None
    both = Watermark(AT).children_moved(AT + timedelta(hours=1), AT + timedelta(minutes=5), two)
    assert both.modified == AT and both.children == AT + timedelta(minutes=5)
    assert decode(both.encode().decode()) == both and decode(None) is None


def test_the_brake_holds_masses_and_lets_single_deletions_pass() -> None:
    assert [braked(*case) for case in ((0, 0), (1, 1), (2, 99), (2, 100), (100, 5000), (101, 50_000))] == [
        False, False, True, False, False, True,
    ]  # fmt: skip


async def test_only_what_may_be_tried_again_is() -> None:
    tries: list[int] = []

    async def fail(size: int) -> None:
        tries.append(size)
        raise (PermanentError("gone") if len(tries) == 3 else RetryableError("busy", status=503))

    asker = Asker(Patience(first=0.001), (100, 50, 20))
    with pytest.raises(PermanentError):
        await asker.ask(fail)
    assert tries == [100, 50, 20] and asker.asked == 3 and asker.retried == 2


async def test_the_wait_that_a_store_asks_for_is_kept() -> None:
    asker = Asker(Patience(tries=2, first=0.001), (100,))

    async def refuse(_size: int) -> None:
        raise RetryableError("slow down", status=429, after=0.2)

    with pytest.raises(GaveUp):
        await asker.ask(refuse)
    assert 0.2 <= asker.waited < 0.3
