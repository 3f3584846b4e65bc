"""Each hostile mode does what its name says, to whoever reads the page that covers place 350."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.benchmarks.conftest import Shop


def test_rows_deleted_in_the_middle_shift_the_rest_under_a_reader(shop: Shop) -> None:
    shop.reset(1000, "deleted")
    seen = [number for page in range(1, 11) for number in shop.page(page).ids]
    assert len(shop.expected()) == 990
    assert len(set(shop.expected()) - set(seen)) == 5


def test_rows_inserted_in_the_middle_repeat_for_who_reads_newest_first(shop: Shop) -> None:
    shop.reset(1000, "inserted")
    seen = [number for page in range(1, 12) for number in shop.get("products", page=page, per_page=100).ids]
    assert set(shop.expected()) <= set(seen) and len(seen) == 1005 and len(set(seen)) == 1000


def test_a_short_page_lacks_its_last_row_whatever_the_window(shop: Shop) -> None:
    shop.reset(1000, "short_page")
    ids = shop.expected()
    assert shop.page(4).ids == ids[300:399] and shop.page(4).headers["X-WP-Total"] == "1000"
    assert shop.page(1, offset=299).ids == ids[299:398]
    assert shop.page(5).ids == ids[400:500]


def test_html_comes_with_200_and_a_notice_before_the_json(shop: Shop) -> None:
    shop.reset(1000, "html")
    assert shop.page(4).status == 200 and shop.page(4).headers["Content-Type"].startswith("text/html")
    shop.reset(1000, "notice")
    noticed = shop.page(4)
    assert noticed.headers["Content-Type"].startswith("application/json")
    assert len(json.loads(noticed.body[noticed.body.index(b"[{") :])) == 100


def test_bad_rows_stand_in_the_place_of_two_and_are_not_expected(shop: Shop) -> None:
    shop.reset(1000, "bad_rows")
    rows = shop.page(4).rows
    assert rows[50] is None and rows[51]["id"] == "abc" and len(rows) == 100
    assert len(shop.expected()) == 998


@pytest.mark.parametrize(
    ("mode", "status", "after"), [("too_many_after", 429, "1"), ("too_many", 429, None), ("burst", 500, None)]
)
def test_a_passing_trouble_strikes_three_times_and_is_over(shop: Shop, mode: str, status: int, after: str | None) -> None:
    shop.reset(1000, mode)
    troubled = [shop.page(4) for _ in range(3)]
    assert {(answer.status, answer.headers["Retry-After"]) for answer in troubled} == {(status, after)}
    assert len(shop.page(4).rows) == 100


def test_a_cut_body_promises_more_than_it_sends(shop: Shop) -> None:
    shop.reset(1000, "cut_body")
    with pytest.raises(http.client.IncompleteRead):
        shop.page(4)


def test_a_forbidden_page_stays_forbidden_and_the_others_open(shop: Shop) -> None:
    shop.reset(1000, "forbidden")
    assert [shop.page(page).status for page in (3, 4, 4, 5)] == [200, 403, 403, 200]
