"""The examples in docs/canonical are what the mapping makes of the source beside them."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from connectors.woocommerce.mapping import map_customer, map_order, map_product
from hub.ports import ShopSettings
from schemas.exact import decode, encode_plain
from schemas.kinds import encode, validate
from schemas.published import published

DOCS = Path(__file__).parents[4] / "docs" / "canonical"
EXAMPLES = sorted(path for path in DOCS.glob("*.json") if path.name.count(".") == 1)
MAPS = {"product": map_product, "order": map_order, "customer": map_customer}


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.woocommerce.json")), ids=lambda path: path.name.split(".")[0])
def test_the_example_is_what_its_source_maps_to(path: Path) -> None:
    source = decode(path.read_bytes())
    children = [encode_plain(child) for child in source.get("children", ())]
    doc = MAPS[source["kind"]](encode_plain(source["raw"]), children, ShopSettings(**source["settings"])).doc
    golden = path.with_name(path.name.replace(".woocommerce", "")).read_bytes()
    assert decode(encode(doc)) == decode(golden)
    assert encode(doc) == encode(decode(golden))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_fits_its_published_schema_and_its_model(path: Path) -> None:
    kind = path.stem.split("-")[0]
    jsonschema.Draft202012Validator(published(kind)).validate(decode(path.read_bytes()))
    validate(kind, decode(path.read_bytes()))


def test_there_is_an_example_of_every_published_kind() -> None:
    assert {path.stem.split("-")[0] for path in EXAMPLES} == {"product", "order", "customer", "metafield", "event"}
    assert all(f"]({path.name})" in (DOCS / "README.md").read_text() for path in EXAMPLES)
