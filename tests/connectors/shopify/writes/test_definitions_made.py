"""Definitions of metafields are made where the shop lacks them, and never changed where it has them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.shopify.metafields import ShopifyMetafields
from connectors.shopify.sandbox.metafield_writes import APP
from connectors.shopify.writer import ShopifyWriter
from hub.errors import PermanentError
from hub.ports import Definer, MetafieldDefinition, MetafieldWrite
from tests.connectors.shopify.client.stock import PRODUCTS, Opened, opened, product

DESIGN = MetafieldDefinition("product", "$app", "design", "json", "Dessin Luneo", "Ce que la cliente a choisi", public=True)
CARE = MetafieldDefinition("variant", "luneo.care", "note", "multi_line_text_field", "Entretien")


def kept(shop: Opened) -> dict[tuple[str, str, str], tuple[str, str]]:
    made = shop.state.of("MetafieldDefinition").values()
    return {(one["ownerType"], one["namespace"], one["key"]): (one["name"], one["access"]["storefront"]) for one in made}


async def test_what_is_missing_is_made_and_what_is_there_is_left_alone() -> None:
    async with opened() as shop:
        writer = ShopifyWriter(shop.store)
        assert isinstance(writer, Definer)
        assert await writer.define([DESIGN, CARE]) == [DESIGN, CARE]
        renamed = replace(DESIGN, name="Another name")
        assert await writer.define([renamed, CARE]) == []
    assert kept(shop) == {
        ("PRODUCT", APP, "design"): ("Dessin Luneo", "PUBLIC_READ"),
        ("PRODUCTVARIANT", "luneo--care", "note"): ("Entretien", "NONE"),
    }


async def test_a_definition_that_somebody_else_makes_meanwhile_is_as_good_as_made(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as shop:
        writer = ShopifyWriter(shop.store)
        await writer.define([DESIGN])

        async def nothing(owner: str, namespace: str) -> set[str]:
            return set()

        monkeypatch.setattr(writer._definitions, "_held", nothing)
        assert await writer.define([DESIGN]) == []


async def test_a_value_must_have_the_type_that_is_defined() -> None:
    async with opened() as shop:
        await ShopifyWriter(shop.store).define([replace(DESIGN, namespace="custom", type="number_integer")])
        ring = product(shop.state)
        with pytest.raises(PermanentError, match="number_integer"):
            await ShopifyMetafields(shop.store, shop.store.graph).write(
                PRODUCTS, ring, [MetafieldWrite("custom", "design", "text", "x")]
            )


async def test_what_shopify_refuses_is_told_and_kinds_without_metafields_are_named() -> None:
    async with opened() as shop:
        with pytest.raises(PermanentError, match="type"):
            await ShopifyWriter(shop.store).define([replace(DESIGN, type="no_such_type")])
        with pytest.raises(PermanentError, match="no metafields of 'refund'"):
            await ShopifyWriter(shop.store).define([replace(DESIGN, kind="refund")])
