"""Options and variations: how they meet, inherit and stand in order."""

from __future__ import annotations

import pytest
from mapping_cases import CAPTURES, SETTINGS, SHEET, SHIRT
from product_cases import mapped

from connectors.woocommerce.mapping import map_product, to_native
from connectors.woocommerce.mapping.options import variation_slug
from connectors.woocommerce.objects import objects_in
from hub.errors import SkippedRecordError
from schemas.exact import encode_plain


def test_local_attributes_meet_by_their_slug_and_the_any_attribute_is_absent() -> None:
    doc = mapped(SHEET, {"id": 902, "attributes": []}, **{**SHIRT, "variations": [901, 902]})
    assert doc["options"][0]["key"] == "format-papier"
    assert doc["options"][0]["ext"]["woocommerce"] == {"visible": True, "slug": "Format papier"}
    assert doc["options"][0]["default"] == "A4"
    assert doc["variants"][0]["options"] == [{"name": "Format papier", "value": "A|B", "key": "format-papier"}]
    assert "options" not in doc["variants"][1]
    assert doc["attributes"] == [
        {"name": "Matière", "id": "3", "position": 1, "key": "pa_matiere", "visible": False, "values": ["Lin"]}
    ]


def test_a_variations_odd_slug_is_kept_beside_the_key_of_its_option() -> None:
    attributes = [{"id": 0, "name": "Größe", "slug": "Größe", "variation": True, "options": ["L"]}]
    one = {"id": 2, "attributes": [{"id": 0, "name": "Größe", "slug": "gr%c3%b6sse", "option": "L"}]}
    doc = mapped(one, type="variable", variations=[2], attributes=attributes)
    chosen = doc["variants"][0]["options"][0]
    assert chosen["key"] == doc["options"][0]["key"]
    assert chosen["ext"]["woocommerce"] == {"slug": "gr%c3%b6sse"}


def test_a_default_that_fits_no_option_stays_native() -> None:
    assert mapped(**SHIRT)["ext"]["woocommerce"]["default_attributes"] == [{"id": 9, "name": "Gone", "option": "x"}]


@pytest.mark.parametrize(
    ("slug", "key"), [("Format papier", "format-papier"), ("pa_color", "pa_color"), ("Été", "ete"), ("!!", "!!")]
)
def test_a_slug_takes_the_form_that_variations_use(slug: str, key: str) -> None:
    assert variation_slug(slug) == key


def test_an_inherited_sku_is_marked_and_never_written_to_the_variation() -> None:
    first, own = {"id": 2, "sku": "TS-1"}, {"id": 3, "sku": "TS-1-L"}
    doc = mapped(first, own, type="variable", sku="TS-1", variations=[2, 3])
    assert [(found["sku"], found.get("sku_inherited")) for found in doc["variants"]] == [("TS-1", True), ("TS-1-L", None)]
    assert "sku" not in to_native("variation", doc["variants"][0])
    assert to_native("variation", doc["variants"][1])["sku"] == "TS-1-L"


def test_variations_stand_in_the_parents_order_and_one_that_was_not_read_is_a_bare_reference() -> None:
    result = map_product(
        encode_plain({"id": 1, "type": "variable", "variations": [4, 2, 3]}), [b'{"id":3,"sku":"c"}', b'{"id":4}'], SETTINGS
    )
    assert [found["ref"]["id"] for found in result.doc["variants"]] == ["4", "2", "3"]
    assert [found["position"] for found in result.doc["variants"]] == [0, 1, 2]
    assert result.doc["incomplete_children"] is True
    assert list(result.variants) == [("4", None, None), ("3", "c", None)]


def test_a_variation_that_the_parent_does_not_list_is_kept_at_the_end() -> None:
    doc = mapped({"id": 9}, {"id": 2}, type="variable", variations=[2])
    assert [found["ref"]["id"] for found in doc["variants"]] == ["2", "9"]
    assert "incomplete_children" not in doc


def test_the_recorded_parent_and_its_variations_make_one_product() -> None:
    parent = objects_in("product", (CAPTURES / "06-product-variable-parent.json").read_bytes())[0]
    children = objects_in("variation", (CAPTURES / "08-variations-of-one.json").read_bytes())
    result = map_product(parent, children, SETTINGS)
    assert [found.get("sku_inherited", False) for found in result.doc["variants"]] == [False, False, True, False]
    assert result.modified is not None
    assert result.modified.isoformat() == "2026-11-22T07:07:42+00:00"
    assert [entry[0] for entry in result.variants] == ["52", "53", "54", "55"]
    assert "incomplete_children" not in result.doc


def test_a_wrong_value_in_a_variation_names_it_and_the_product() -> None:
    with pytest.raises(SkippedRecordError) as caught:
        mapped({"id": 2, "price": "12,50"}, type="variable", variations=[2])
    assert caught.value.field == "variations/2#/price"
    assert caught.value.ref == "woocommerce product 1"
    assert '"12,50"' in caught.value.reason
