"""Which vendor objects a file holds, and what `luneo map` makes of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from shopify_cases import CAPTURES, tree

from connectors.shopify.connector import Shopify
from connectors.shopify.objects import objects_in
from hub.cli.map import run_map
from hub.errors import ConfigurationError, PermanentError
from schemas.exact import decode, encode_plain

PRODUCT = "gid://shopify/Product/1"
VARIANT = "gid://shopify/ProductVariant/2"


def found(kind: str, value: Any) -> list[Any]:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return [json.loads(body) for body in objects_in(kind, text)]


def test_one_object_and_the_rows_of_an_array_keep_their_bytes() -> None:
    one = b'{"id" : "gid://shopify/Product/1", "x": 1.50}'
    assert objects_in("product", b"\xef\xbb\xbf " + one + b"\n") == [one]
    assert objects_in("product", b"[" + one + b", null]") == [one, b"null"]
    assert objects_in("order", one) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"product": {"id": PRODUCT}},
        {"node": {"id": PRODUCT}},
        {"nodes": [{"id": PRODUCT}, None]},
        {"products": {"nodes": [{"id": PRODUCT}], "pageInfo": {"hasNextPage": False}}},
        {"products": {"edges": [{"cursor": "x", "node": {"id": PRODUCT}}]}},
    ],
)
def test_an_answer_of_graphql_holds_its_objects(answer: dict[str, Any]) -> None:
    assert found("product", {"data": answer, "extensions": {"cost": {}}}) == [{"id": PRODUCT}]
    assert found("customer", {"data": answer}) == []


def test_an_answer_without_data_or_with_errors_alone_holds_nothing() -> None:
    assert found("product", {"errors": [{"message": "Throttled"}]}) == []
    assert found("product", {"data": {"product": None}}) == []
    assert found("product", 5) == []


def test_edges_inside_an_object_are_as_good_as_nodes() -> None:
    raw = {"id": PRODUCT, "variants": {"edges": [{"node": {"id": VARIANT}}]}}
    assert found("product", raw) == [{"id": PRODUCT, "variants": {"nodes": [{"id": VARIANT}]}}]


def test_the_lines_of_a_bulk_operation_become_trees_in_any_order() -> None:
    lines = [
        {"id": "gid://shopify/Metafield/5", "key": "k", "__parentId": VARIANT},
        {"id": PRODUCT, "title": "A\u2028B"},
        {"id": VARIANT, "inventoryItem": {"id": "gid://shopify/InventoryItem/3"}, "__parentId": PRODUCT},
        {"id": "gid://shopify/InventoryLevel/4?inventory_item_id=3", "__parentId": VARIANT},
        {"id": "gid://shopify/Model3d/6", "__parentId": PRODUCT},
        {"id": "gid://shopify/Product/9"},
    ]
    text = b"\n".join(encode_plain(line) for line in lines)
    first, second = found("product", text)
    assert second == {"id": "gid://shopify/Product/9"}
    assert first == {
        "id": PRODUCT,
        "title": "A\u2028B",
        "variants": {
            "nodes": [
                {
                    "id": VARIANT,
                    "inventoryItem": {
                        "id": "gid://shopify/InventoryItem/3",
                        "inventoryLevels": {"nodes": [{"id": "gid://shopify/InventoryLevel/4?inventory_item_id=3"}]},
                    },
                    "metafields": {"nodes": [{"id": "gid://shopify/Metafield/5", "key": "k"}]},
                }
            ]
        },
        "media": {"nodes": [{"id": "gid://shopify/Model3d/6"}]},
    }


def test_a_captured_webhook_and_a_rest_answer_are_unwrapped() -> None:
    body = {"id": 820982911946154508, "body_html": "x"}
    assert found("product", {"_meta": {"topic": "products/update"}, "payload": body}) == [body]
    assert found("product", {"product": body}) == found("product", {"products": [body]}) == [body]
    assert objects_in("product", b'{"product":{"id":820982911946154508,"body_html":""}}') == [
        b'{"id":820982911946154508,"body_html":""}'
    ]


def test_parts_are_found_inside_their_records() -> None:
    product, order = tree("product-options"), tree("order-parts")
    assert [one["id"] for one in found("variant", encode_plain(product))] == [one["id"] for one in product["variants"]["nodes"]]
    (refund,) = found("refund", encode_plain(order))
    assert "refundLineItems" in refund
    assert len(found("fulfillment", encode_plain(order))) == 2


def test_a_file_that_is_no_json_is_refused_in_one_line() -> None:
    for text in (b"<html>", b'{"id":1}\nnull', b'{"id":1}\n{"id":'):
        with pytest.raises(PermanentError, match="not JSON") as caught:
            objects_in("product", text)
        assert "\n" not in str(caught.value)


RESOURCES = {
    "products_update": ("product", "products", "variant", "variants"),
    "orders_create": ("order", "orders"),
    "customers_update": ("customer", "customers"),
    "refunds_create": ("refund", "refunds"),
    "fulfillments_create": ("fulfillment", "fulfillments"),
    "inventory_levels_update": ("inventory_level", "inventory_levels"),
    "inventory_items_update": ("inventory_item", "inventory_items"),
    **{
        name: (name,)
        for name in (
            "app_uninstalled",
            "shop_redact",
            "customers_redact",
            "customers_data_request",
            "bulk_operations_finish",
            "app_subscriptions_update",
            "products_delete",
            "events_product_update",
        )
    },
}


def ran(resource: str, file: Path) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = run_map(Shopify(), resource, file, None, out)
    return code, [decode(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("file", sorted((CAPTURES / "webhooks").glob("*.json")), ids=lambda file: file.stem)
def test_every_captured_webhook_maps_under_its_names_and_under_no_other(file: Path) -> None:
    kinds = RESOURCES[file.stem]
    for name in {name for names in RESOURCES.values() for name in names}:
        if name in kinds:
            code, lines = ran(name, file)
            assert (code, bool(lines)) == (0, True)
            assert all(list(line) == ["canonical", "provenance", "unmapped"] for line in lines)
        else:
            with pytest.raises(PermanentError, match="there is no Shopify"):
                ran(name, file)


@pytest.mark.parametrize("file", sorted((CAPTURES / "graphql").glob("*.json")), ids=lambda file: file.stem)
def test_every_captured_answer_maps(file: Path) -> None:
    code, lines = ran(f"{file.stem.partition('-')[0]}s", file)
    assert (code, len(lines)) == (0, 1)


def test_a_row_that_cannot_be_mapped_is_told_with_its_field(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([{"id": PRODUCT, "title": 5}, None, {"id": PRODUCT}]))
    code, lines = ran("product", file)
    assert code == 1
    assert [line.get("field") for line in lines] == ["/title", "/", None]


def test_an_unknown_resource_is_refused_with_what_there_is() -> None:
    with pytest.raises(
        ConfigurationError, match=r"no 'coupons' to map\. It has: product, order, customer, variant, refund, fulfillment"
    ):
        ran("coupons", CAPTURES / "webhooks" / "shop_redact.json")


@pytest.mark.parametrize("file", sorted((CAPTURES / "webhooks").glob("*.json")), ids=lambda file: file.stem)
def test_every_captured_webhook_maps_under_its_topic(file: Path) -> None:
    topic = decode(file.read_bytes())["_meta"]["topic"]
    for name in {file.stem, topic if "/" in topic else file.stem}:
        assert ran(name, file)[0] == 0


def test_a_damaged_line_is_named() -> None:
    lines = [encode_plain({"id": PRODUCT}), b"", b'{"id": ', encode_plain({"id": PRODUCT})]
    with pytest.raises(PermanentError, match="not JSON: line 3: "):
        objects_in("product", b"\n".join(lines))
    with pytest.raises(PermanentError, match="line 2 is no object"):
        objects_in("product", encode_plain({"id": PRODUCT}) + b"\n[]")


def test_an_object_of_another_vendor_is_none_of_shopifys() -> None:
    theirs = {"id": 1, "name": "x", "type": "simple", "date_created_gmt": "2026-01-01T00:00:00", "meta_data": []}
    assert [objects_in(kind, encode_plain(theirs)) for kind in ("product", "order", "customer")] == [[], [], []]


TORN = [
    b'{"id":"gid://shopify/Product/%d","title":"%s"}' % (number, title) for number, title in enumerate((b"a", b"b\\ud83d", b"c"))
]


@pytest.mark.parametrize("text", [b"\n".join(TORN), b"[" + b",\n".join(TORN) + b"]", b"[ " + b" , ".join(TORN) + b" ]\n"])
def test_half_a_character_in_one_object_leaves_the_others_readable(tmp_path: Path, text: bytes) -> None:
    file, out = tmp_path / "products", io.StringIO()
    file.write_bytes(text)
    assert run_map(Shopify(), "products", file, None, out) == 1
    first, torn, last = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (first["canonical"]["title"], last["canonical"]["title"]) == ("a", "c")
    assert torn["field"] == "/title"
    assert torn["ref"] == 'shopify product "gid://shopify/Product/1"'
    assert "ud83d" in torn["error"]


def test_a_line_of_a_bulk_operation_with_half_a_character_is_named_after_the_others() -> None:
    child = b'{"id":"gid://shopify/ProductVariant/2","title":"S","__parentId":"gid://shopify/Product/0"}'
    bodies = objects_in("product", b"\n".join([TORN[0], child, TORN[1]]))
    assert json.loads(bodies[0])["variants"]["nodes"][0]["title"] == "S"
    assert bodies[1:] == [TORN[1]]


def test_an_array_that_is_damaged_otherwise_stays_unreadable() -> None:
    for text in (b"[" + TORN[1], b"[" + TORN[1] + b"] x", b"[" + TORN[1] + TORN[0] + b"]", b"[" + TORN[1] + b", {]"):
        with pytest.raises(PermanentError, match="not JSON"):
            objects_in("product", text)
