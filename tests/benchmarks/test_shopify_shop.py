"""The benchmark's Shopify shop: as large as was asked for, and every line with the fields that were asked for."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.shopify.copies import template
from benchmarks.shopify.goods import OWN, SAMPLES
from benchmarks.shopify.place import Place, open_shop
from connectors.shopify.documents import load

PRODUCTS, VARIANTS, METAFIELDS = 2 * SAMPLES + 3, 5, 3  # not a whole number of copies
SCAN = {"first": 250, "after": None, "query": None, "sort": "ID", "counted": None}
STREAM = """mutation {
    bulkOperationRunQuery(
        query: \"\"\"
        { products(query: "updated_at:>='2020-01-01'", sortKey: UPDATED_AT) { edges { node { __typename id
          first_seen: createdAt category { full_name: fullName } metafields { edges { node { id namespace key value } } } } } } }
        \"\"\"
        groupObjects: true
    ) { bulkOperation { id status createdAt } userErrors { code field message } }
}"""


class Shop:
    def __init__(self, place: Place) -> None:
        self.place = place
        self.token = place.control("reset", products=PRODUCTS)["token"]

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": self.token}
        request = urllib.request.Request(f"{self.place.url}/admin/api/2026-10/graphql.json", body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["data"]

    def lines(self, url: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return [json.loads(line) for line in answer.read().split(b"\n") if line]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop() as place:
        yield Shop(place)


def finished(shop: Shop, document: str) -> dict[str, Any]:
    begun = shop.ask(load("bulk_run"), {"query": load(document)})["bulkOperationRunQuery"]["bulkOperation"]
    for _ in range(200):
        found: dict[str, Any] = shop.ask(load("bulk_state"), {"id": begun["id"]})["bulkOperation"]
        if found["status"] == "COMPLETED":
            return found
    raise AssertionError("the operation does not end")


def kinds(lines: list[dict[str, Any]]) -> Counter[str]:
    return Counter(line["id"].split("/")[3] for line in lines)


def test_a_bulk_file_holds_every_product_with_all_its_variants_and_metafields(shop: Shop) -> None:
    done = finished(shop, "bulk_products")
    lines = shop.lines(done["url"])
    assert (int(done["rootObjectCount"]), int(done["objectCount"])) == (PRODUCTS, len(lines))
    found = kinds(lines)
    assert found["Product"] == PRODUCTS
    assert (found["ProductVariant"], found["Metafield"]) == (PRODUCTS * VARIANTS, PRODUCTS * METAFIELDS)
    assert len({line["id"] for line in lines}) == len(lines)
    assert len({line["handle"] for line in lines if "handle" in line}) == PRODUCTS
    known = {line["id"] for line in lines}
    assert all(line["__parentId"] in known for line in lines if "__parentId" in line)


def test_every_copy_has_the_fields_of_its_sample(shop: Shop) -> None:
    lines = shop.lines(finished(shop, "bulk_products")["url"])
    variants = [frozenset(line) for line in lines if "/ProductVariant/" in line["id"]]
    assert set(variants) == {variants[0]} and {"sku", "inventoryItem", "selectedOptions"} < variants[0]


def test_the_two_exports_speak_of_the_same_products(shop: Shop) -> None:
    main, places = (shop.lines(finished(shop, name)["url"]) for name in ("bulk_products", "bulk_products_places"))
    assert kinds(places)["InventoryLevel"] == PRODUCTS * VARIANTS
    for kind in ("Product", "ProductVariant"):
        assert {x["id"] for x in main if f"/{kind}/" in x["id"]} == {x["id"] for x in places if f"/{kind}/" in x["id"]}


def test_scans_and_counts_agree_with_the_files(shop: Shop) -> None:
    said = shop.ask(load("scan_products"), SCAN)
    assert said["productsCount"] == {"count": PRODUCTS, "precision": "EXACT"}
    lines = shop.lines(finished(shop, "bulk_products")["url"])
    roots = {line["id"]: line["updatedAt"] for line in lines if "/Product/" in line["id"]}
    assert {row["id"]: row["updatedAt"] for row in said["products"]["nodes"]} == roots
    few = shop.ask(load("scan_products"), SCAN | {"first": 2})["products"]
    assert few["pageInfo"]["hasNextPage"] and len(few["nodes"]) == 2
    assert shop.ask(load("count_variants"))["productVariantsCount"]["count"] == PRODUCTS * VARIANTS


def test_the_peers_documents_are_answered_under_the_names_that_they_ask_for(shop: Shop) -> None:
    begun = shop.ask(STREAM)["bulkOperationRunQuery"]["bulkOperation"]
    status = f'query {{ node(id: "{begun["id"]}") {{ ... on BulkOperation {{ id status url }} }} }}'
    for _ in range(200):
        found = shop.ask(status)["node"]
        if found["status"] == "COMPLETED":
            break
    path = found["url"].partition("myshopify.com")[2]
    assert "filename%3D%22bulk-" in path
    lines = shop.lines(shop.place.url + path)
    assert kinds(lines) == {"Product": PRODUCTS, "Metafield": PRODUCTS * METAFIELDS}
    assert "first_seen" in lines[0] and lines[1]["__parentId"] == lines[0]["id"]


def test_the_peer_reaches_the_shop_under_its_own_name_through_the_proxy(shop: Shop) -> None:
    way = shop.place.way
    trusted = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=way.authority))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"https": way.proxy}), trusted)
    with opener.open("https://luneo-bench.myshopify.com/admin/oauth/access_scopes.json", timeout=20) as answer:
        assert {"handle": "read_products"} in json.load(answer)["access_scopes"]


def test_a_plain_shop_has_a_bucket_of_the_size_that_was_asked_for() -> None:
    with open_shop() as place:
        made = place.control("plain", products=2, bucket=500, restore=10)
        plain = Shop.__new__(Shop)
        plain.place, plain.token = place, made["token"]
        assert plain.ask(load("scan_products"), SCAN)["productsCount"]["count"] == 2
        seen = place.control("stats")
    assert made["available"] == 500 and 0 < seen["spent"] < 500 and seen["throttled"] == 0


def test_numbers_of_their_own_move_on_and_shared_ones_stay() -> None:
    line = b'{"id":"gid:\\/\\/shopify\\/Product\\/%d","at":"gid:\\/\\/shopify\\/Location\\/9100000000000001","off":"5%%"}\n' % OWN
    made = template([line])
    assert made.copy(0) == line
    moved = json.loads(made.copy(40))
    assert moved["id"].endswith(str(OWN + 40)) and moved["at"].endswith("/9100000000000001") and moved["off"] == "5%"
