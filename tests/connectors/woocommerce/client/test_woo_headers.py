"""What is read of a row, and rows that cannot be named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

import connectors.woocommerce
from connectors.woocommerce.client.headers import read_rows
from hub.ports import BadRow, Row

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"


def read(*rows: object) -> tuple[list[Row], list[BadRow]]:
    return read_rows([msgspec.Raw(row if isinstance(row, bytes) else json.dumps(row).encode()) for row in rows], NOW)


def test_a_row_keeps_its_bytes_as_received() -> None:
    body = b'{ "id" : 7,"price":"1.50" , "x":1.10, "date_modified_gmt":"2026-11-22T07:00:01"}'
    [row], _ = read(body)
    assert (row.id, row.body, row.modified) == ("7", body, datetime(2026, 11, 22, 7, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize("capture", sorted(path.name for path in CAPTURES.glob("*.json")))
def test_every_recorded_list_is_read(capture: str) -> None:
    for exchange in json.loads((CAPTURES / capture).read_text()).get("exchanges", []):
        body = exchange["response"]["body"]
        if "/wc/v3/" in exchange["request"]["url"] and isinstance(body, list) and body and type(body[0].get("id")) is int:
            rows, bad = read(*body)
            expected = [str(one["id"]) for one in body if one["id"] > 0]
            assert [row.id for row in rows] == expected
            assert len(bad) == len(body) - len(expected)  # shipping zone 0: a row of a kind that we do not list


def test_children_are_the_ids_that_the_row_lists() -> None:
    rows, _ = read(
        {"id": 1, "variations": [5, 4]}, {"id": 2, "variations": []}, {"id": 3, "refunds": [{"id": 9, "total": "-1"}]}, {"id": 4}
    )
    assert [row.children for row in rows] == [("5", "4"), (), ("9",), None]


def test_a_scheduled_products_time_in_the_future_is_left_out() -> None:
    rows, _ = read(
        {"id": 1, "status": "future", "date_modified_gmt": "2027-01-15T09:00:00"},
        {"id": 2, "date_modified_gmt": "2026-11-22T08:00:00"},
    )
    assert [row.modified for row in rows] == [None, NOW]


@pytest.mark.parametrize(
    "row", [{"id": "15"}, {"id": None}, {"id": 1.5}, {"id": True}, {"id": 0}, {"id": -3}, {"name": "x"}, {"id": []}]
)
def test_a_row_whose_id_is_wrong_is_bad_and_kept(row: dict[str, object]) -> None:
    rows, [bad] = read(row)
    assert rows == []
    assert json.loads(bad.body) == row
    assert bad.field == "/id"


@pytest.mark.parametrize("row", [b"null", b"7", b'"x"', b"[1]"])
def test_what_is_no_object_is_bad_and_kept(row: bytes) -> None:
    rows, [bad] = read(
        row,
    )
    assert (rows, bad.body) == ([], row)
    assert "not an object" in bad.reason


def test_one_bad_row_does_not_cost_its_neighbours() -> None:
    rows, bad = read({"id": 1}, b"null", {"id": "2"}, {"id": 3})
    assert ([row.id for row in rows], len(bad)) == (["1", "3"], 2)


@pytest.mark.parametrize(
    ("row", "children"),
    [
        ({"id": 1, "variations": ["5", 4]}, ("5", "4")),
        ({"id": 1, "variations": {"0": 5, "2": 4}}, ("5", "4")),
        ({"id": 1, "variations": [{"x": 1}]}, None),
        ({"id": 1, "variations": "none"}, None),
        ({"id": 1, "refunds": [{"reason": "no id"}]}, None),
        ({"id": 1, "date_modified_gmt": "soon", "variations": [2]}, ("2",)),
        ({"id": 1, "parent_id": "", "variations": [2]}, ("2",)),
    ],
)
def test_what_plugins_bend_costs_no_row(row: dict[str, object], children: tuple[str, ...] | None) -> None:
    [found], bad = read(row)
    assert (found.id, found.children, bad) == ("1", children, [])
