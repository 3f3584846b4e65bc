"""The Shopify examples in docs/canonical are what the mapping makes of the source beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.shopify.mapping import map_customer, map_order, map_product
from hub.ports import ShopSettings
from schemas.exact import decode, encode_plain
from schemas.kinds import encode

DOCS = Path(__file__).parents[4] / "docs" / "canonical"
MAPS = {"product": map_product, "order": map_order, "customer": map_customer}
SOURCES = sorted(DOCS.glob("*.shopify.json"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name.split(".")[0])
def test_the_example_is_what_its_source_maps_to(path: Path) -> None:
    source = decode(path.read_bytes())
    doc = MAPS[source["kind"]](encode_plain(source["raw"]), (), ShopSettings(**source["settings"])).doc
    assert encode(doc) == encode(decode(path.with_name(path.name.replace(".shopify", "")).read_bytes()))


def test_there_is_an_example_of_each_kind_of_record() -> None:
    assert sorted(path.name.partition("-")[0] for path in SOURCES) == ["customer", "order", "product"]
