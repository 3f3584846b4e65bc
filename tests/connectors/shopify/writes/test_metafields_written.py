"""Metafields of a Shopify shop are set against their digests, merged when others come between, and never sent for nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.shopify.client.store import ShopifyStore
from connectors.shopify.mapping.metafields import metafields, native_metafields
from connectors.shopify.metafields import BATCH
from connectors.shopify.sandbox.metafield_writes import APP, digest
from connectors.shopify.sandbox.state import State
from connectors.shopify.writer import ShopifyWriter
from hub.errors import PermanentError, RetryableError
from hub.ports import MetafieldWrite
from tests.connectors.shopify.client.stock import PRODUCTS, Opened, opened, product


def held(state: State, owner: str) -> dict[tuple[str, str], dict[str, Any]]:
    found = state.objects[owner.split("/")[3]][owner]["metafields"]
    return {(one["namespace"], one["key"]): one for one in state.all(found)}


def text(key: str, value: Any, type: str = "text", namespace: str = "luneo") -> MetafieldWrite:
    return MetafieldWrite(namespace, key, type, value)


async def write(shop: Opened, owner: str, *fields: MetafieldWrite) -> Any:
    row = await ShopifyWriter(shop.store).write_metafields(PRODUCTS, owner, fields)
    return json.loads(row.body)


def sets(shop: Opened) -> list[list[dict[str, Any]]]:
    return [one["variables"]["metafields"] for one in shop.asked if "metafieldsSet" in one["query"]]


async def test_a_metafield_is_set_with_a_type_that_fits_its_value_and_read_back() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        tree = await write(
            shop, ring, text("engraving", "À toujours ♥"), text("care", "a\nb"), text("carats", 3, "number"),
            text("weight", Decimal("2.50"), "number"), text("gift", True, "boolean"), text("design", {"a": [1]}, "json"),
            text("colour", "#aabbcc", "color"),
        )  # fmt: skip
        kept = {key: (one["type"], one["value"]) for (_, key), one in held(shop.state, ring).items()}
    assert kept == {
        "engraving": ("single_line_text_field", "À toujours ♥"),
        "care": ("multi_line_text_field", "a\nb"),
        "carats": ("number_integer", "3"),
        "weight": ("number_decimal", "2.50"),
        "gift": ("boolean", "true"),
        "design": ("json", '{"a":[1]}'),
        "colour": ("color", "#aabbcc"),
    }
    assert {one["key"] for one in tree["metafields"]["nodes"]} == set(kept)


async def test_what_the_shop_holds_already_is_not_sent_again() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        fields = [text("aa", "1"), text("nn", Decimal("2.0"), "number"), text("jj", {"x": 1, "y": [2]}, "json")]
        await write(shop, ring, *fields)
        (one,) = [each for (_, key), each in held(shop.state, ring).items() if key == "jj"]
        one["value"] = '{ "y": [2], "x": 1 }'  # the same JSON, spelled by somebody else
        shop.asked.clear()
        await write(shop, ring, *fields)
        assert sets(shop) == []


async def test_more_than_a_call_holds_are_sent_in_batches_and_each_batch_is_whole_or_nothing() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        await write(shop, ring, *(text(f"key_{n}", f"value {n}") for n in range(60)))
        assert [len(some) for some in sets(shop)] == [BATCH, BATCH, 10]
        assert len(held(shop.state, ring)) == 60
        with pytest.raises(PermanentError, match=r"luneo\.second"):
            await write(shop, ring, text("first", "fine"), text("second", "red", "color"))
        assert ("luneo", "first") not in held(shop.state, ring)


async def test_a_metafield_is_expected_to_be_as_we_saw_it() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        await write(shop, ring, text("aa", "1"))
        await write(shop, ring, text("aa", "2"), text("bb", "1"))
        sent = {one["key"]: one["compareDigest"] for one in sets(shop)[-1]}
    assert sent == {"aa": digest("single_line_text_field", "1"), "bb": None}


async def test_somebody_elses_change_in_between_is_merged_and_not_overwritten() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        await write(shop, ring, text("design", {"font": "serif", "size": 3, "old": 1}, "json"))
        state, rivals = shop.state, [0]
        original = ShopifyWriter(shop.store)
        inner = original._metafields._held

        async def looked(owner: str, names: Any) -> Any:
            found = {name: dict(one) for name, one in (await inner(owner, names)).items()}
            if rivals[0] == 0:  # right after our first look
                rivals[0] += 1
                (theirs,) = held(state, ring).values()
                value = '{"font":"serif","size":3,"old":1,"theirs":"kept"}'
                theirs.update(value=value, compareDigest=digest("json", value))
            return found

        original._metafields._held = looked  # type: ignore[method-assign]
        await original.write_metafields(PRODUCTS, ring, [text("design", {"font": "script", "size": 3}, "json")])
        (kept,) = held(state, ring).values()
    assert json.loads(kept["value"]) == {"font": "script", "size": 3, "theirs": "kept"}


async def test_others_who_never_stop_are_given_way_to_later() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        await write(shop, ring, text("aa", "1"))
        writer = ShopifyWriter(shop.store)
        inner = writer._metafields._held

        async def looked(owner: str, names: Any) -> Any:
            return {name: one | {"compareDigest": "0" * 64} for name, one in (await inner(owner, names)).items()}

        writer._metafields._held = looked  # type: ignore[method-assign]
        with pytest.raises(RetryableError, match="in a row"):
            await writer.write_metafields(PRODUCTS, ring, [text("aa", "2")])


async def test_a_removed_metafield_is_gone_and_removing_it_again_is_nothing() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        await write(shop, ring, text("aa", "1"), text("bb", "2"))
        await write(shop, ring, text("aa", None))
        assert [key for _, key in held(shop.state, ring)] == ["bb"]
        shop.asked.clear()
        await write(shop, ring, text("aa", None))
        assert not [one for one in shop.asked if "metafieldsDelete" in one["query"]]


async def test_the_apps_own_namespace_is_named_by_its_sign_and_found_again() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        await write(shop, ring, text("design", "1", namespace="$app"), text("state", "x", namespace="$app:model3d"))
        assert set(held(shop.state, ring)) == {(APP, "design"), (f"{APP}--model3d", "state")}
        shop.asked.clear()
        await write(shop, ring, text("design", "1", namespace="$app"), text("state", "x", namespace="$app:model3d"))
        assert sets(shop) == []


async def test_a_namespace_of_the_hub_is_spelled_as_shopify_can_hold_it() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        tree = await write(shop, ring, text("note", "x", namespace="luneo.care"))
        assert set(held(shop.state, ring)) == {("luneo--care", "note")}
        (field,) = metafields(tree, {})
        assert (field["namespace"], native_metafields([field])[0]["namespace"]) == ("luneo.care", "luneo--care")
        with pytest.raises(PermanentError, match=r"namespace 'ab'"):
            await write(shop, ring, text("note", "x", namespace="ab"))


async def test_a_value_that_is_too_long_is_refused_before_it_is_sent() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        with pytest.raises(PermanentError, match=r"65,536 bytes, and the value has 65,537"):
            await write(shop, ring, text("aa", "x" * 65_537))
        assert sets(shop) == []


async def test_a_product_that_is_gone_is_said_to_be_gone() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        shop.state.remove(ring)
        with pytest.raises(PermanentError, match="has no gid://shopify/Product/"):
            await write(shop, ring, text("aa", "1"))


async def test_without_the_scope_nothing_is_written_and_the_scope_is_named() -> None:
    async with opened() as shop:
        ring = product(shop.state)
        shop.sandbox.tokens.app.scopes = tuple(scope for scope in shop.sandbox.tokens.app.scopes if scope != "write_products")
        store = ShopifyStore(replace(shop.opening, credentials=shop.sandbox.renew()))
        with pytest.raises(PermanentError, match="write_products"):
            await ShopifyWriter(store).write_metafields(PRODUCTS, ring, [text("aa", "1")])
