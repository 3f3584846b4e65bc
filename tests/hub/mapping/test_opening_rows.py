"""What every connector's mapping says of a row that cannot be read: which row, which field, which value."""

from __future__ import annotations

import pytest

from hub.errors import SkippedRecordError
from hub.mapping import WrongValue, opened, shortened, skipped, text


def test_half_a_character_is_named_with_its_place() -> None:
    with pytest.raises(SkippedRecordError) as caught:
        opened("woocommerce", b'{"id": 7, "meta": [{"value": "ring \\ud83d"}]}', "product")
    assert caught.value.field == "/meta/0/value"
    assert caught.value.ref == "woocommerce product 7"
    assert str(caught.value) == r'/meta/0/value is "ring \\ud83d", expected text of whole characters'


@pytest.mark.parametrize("body", [b'{"id": 7', b"", b'{"id": 7}}', b"\xff"])
def test_what_is_no_json_is_the_whole_rows_fault(body: bytes) -> None:
    with pytest.raises(SkippedRecordError, match="the row is not JSON") as caught:
        opened("shopify", body, "order")
    assert caught.value.field == "/"


@pytest.mark.parametrize("body", [b"[]", b"null", b'"7"', b"7"])
def test_a_row_that_is_no_object_is_shown(body: bytes) -> None:
    with pytest.raises(SkippedRecordError, match="expected an object"):
        opened("shopify", body, "order")


def test_a_wrong_value_is_told_from_the_outermost_object() -> None:
    with pytest.raises(WrongValue) as caught:
        text({"sku": 5}, "sku")
    told = skipped("woocommerce", "product", {"id": 9}, caught.value.under("lines", 2))
    assert told.field == "/lines/2/sku"
    assert (told.ref, str(told)) == ("woocommerce product 9", "/lines/2/sku is 5, expected a text")


def test_a_long_value_is_shown_by_its_beginning() -> None:
    assert shortened("x" * 100) == f'"{"x" * 59}… (102 characters)'
