"""Write-back on the sandbox, which keeps meta data as WordPress does."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from connectors.woocommerce.metafields import changes, holds
from hub.errors import PermanentError
from hub.ports import MetafieldWrite, Resource, Row
from tests.connectors.woocommerce.woo_shop import CUSTOMERS, ORDERS, PRODUCTS, WOO, Opened, facing, opened
from tests.hub.http.servers import always, plain


def meta(row: Row) -> dict[str, Any]:
    return {entry["key"]: entry["value"] for entry in json.loads(row.body)["meta_data"]}


async def write(shop: Opened, resource: Resource, id: str, *fields: MetafieldWrite) -> Row:
    return await WOO.writer(shop.store).write_metafields(resource, id, fields)


CARE = MetafieldWrite("care", "guide", "text", 'Laver à 30° ✓ "x" \\ <b>/')


@pytest.mark.parametrize("resource", [PRODUCTS, ORDERS, CUSTOMERS], ids=lambda resource: resource.name)
async def test_a_metafield_is_written_read_back_changed_and_removed(resource: Resource) -> None:
    async with opened() as shop:
        id = shop.sandbox.ids(resource.name)[0]
        row = await write(shop, resource, id, CARE)
        assert (row.id, meta(row)["_luneo_care.guide"]) == (id, CARE.value)
        assert meta((await shop.store.fetch(resource, [id])).rows[0])["_luneo_care.guide"] == CARE.value
        row = await write(shop, resource, id, MetafieldWrite("care", "guide", "text", "changed"))
        entries = [entry for entry in json.loads(row.body)["meta_data"] if entry["key"] == "_luneo_care.guide"]
        assert [entry["value"] for entry in entries] == ["changed"]
        row = await write(shop, resource, id, MetafieldWrite("care", "guide", "text", None))
        assert "_luneo_care.guide" not in meta(row)


async def test_an_unchanged_value_is_not_sent() -> None:
    fields = [
        CARE,
        MetafieldWrite("care", "limits", "json", {"max": 20, "names": ["é", None], "price": Decimal("9.5"), "on": True}),
        MetafieldWrite("care", "count", "number", 3),
        MetafieldWrite("care", "weight", "number", Decimal("3.14")),
        MetafieldWrite("care", "on", "boolean", True),
        MetafieldWrite("care", "off", "boolean", False),
        MetafieldWrite("care", "gone", "text", None),
    ]
    async with opened() as shop:
        id = shop.sandbox.ids("products")[0]
        first = await write(shop, PRODUCTS, id, *fields)
        shop.asked.clear()
        second = await write(shop, PRODUCTS, id, *fields)
        assert [asked.split("?")[0] for asked in shop.asked] == [f"GET /wp-json/wc/v3/products/{id}"]
        assert meta(second) == meta(first)


async def test_only_meta_data_is_sent_and_the_rest_stays() -> None:
    async with opened() as shop:
        id = shop.sandbox.ids("products")[0]
        await shop.store.fetch(PRODUCTS, [id])  # from then on the sandbox knows its own address
        before = shop.sandbox.record("products", id)
        await write(shop, PRODUCTS, id, CARE)
        after = shop.sandbox.record("products", id)
        moving = {"meta_data", "date_modified", "date_modified_gmt", "related_ids"}
        assert {key: value for key, value in before.items() if key not in moving} == {
            key: value for key, value in after.items() if key not in moving
        }


async def test_a_shops_own_meta_is_written_under_its_own_key() -> None:
    async with opened() as shop:
        id = shop.sandbox.ids("products")[0]
        row = await write(shop, PRODUCTS, id, MetafieldWrite("woocommerce", "color", "text", "rouge"))
        assert meta(row)["color"] == "rouge"


async def test_a_record_that_is_gone_is_told() -> None:
    async with opened() as shop:
        with pytest.raises(PermanentError, match="woocommerce_rest_product_invalid_id"):
            await write(shop, PRODUCTS, "99999", CARE)


async def test_a_shop_that_says_yes_and_keeps_nothing_is_not_believed() -> None:
    async with facing(always(plain(b'{"id":1,"meta_data":[]}'))) as (store, _):
        with pytest.raises(PermanentError, match=r"accepted _luneo_care\.guide and did not keep its value"):
            await WOO.writer(store).write_metafields(PRODUCTS, "1", [CARE])


def test_an_entry_is_named_by_id_and_key_and_doubles_are_removed() -> None:
    entries = [{"id": 4, "key": "_luneo_a.b", "value": "1"}, {"id": 5, "key": "_luneo_a.b", "value": "2"}]
    assert changes(entries, [MetafieldWrite("a", "b", "text", "3")]) == [{"id": 4, "key": "_luneo_a.b", "value": "3"}]
    assert changes(entries, [MetafieldWrite("a", "b", "text", None)]) == [
        {"id": 4, "key": "_luneo_a.b", "value": None},
        {"id": 5, "key": "_luneo_a.b", "value": None},
    ]
    twice = [MetafieldWrite("a", "b", "text", "9"), MetafieldWrite("a", "b", "text", "1")]
    assert changes(entries, twice) == []


@pytest.mark.parametrize(
    ("stored", "wanted", "same"),
    [
        ("a", "a", True), ("a", "b", False), ("true", True, False), (None, "", False),
        ([1, 2], [1], False), ({"a": 1}, {"a": 2}, False),
        ("1", 1, True), ("1.0", 1, False), (1, 1, True), (True, 1, False), ("1", True, True),
        ("", False, True), ("0", False, False), ("3.14", Decimal("3.14"), True), (Decimal("9.5"), Decimal("9.50"), True),
        ([], {}, False), ([], [], True), ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, True),
    ],
)  # fmt: skip
def test_a_value_is_compared_as_php_keeps_it(stored: Any, wanted: Any, same: bool) -> None:
    assert holds(stored, wanted) is same
