"""One record over HTTP: why it looks as it does, what the shop sent, and writing to it."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from hub.dashboard import assets
from hub.installations.connect import connect
from hub.queue import LocalRunner
from hub.sync.engine import Engine
from hub.sync.jobs import handlers
from hub.sync.run import sync
from hub.web.house import House
from tests.hub.served import Woo


@pytest.fixture
async def engine(house: House, org: UUID, woo: Woo) -> Engine:
    """With a shop whose products and orders are in the catalog."""
    shop = await connect(
        house.db, house.registry, house.http, org=org, connector="woocommerce", url=woo.url,
        credentials=woo.credentials, allow_http=True,
    )  # fmt: skip
    engine = Engine(house.db, house.registry, house.http)
    for resource in ("products", "orders"):
        assert (await sync(engine, org, shop.id, resource, "backfill")).verdict == "COMPLETE"
    return engine


async def test_a_product_is_explained_and_shown_as_the_shop_sent_it(api: httpx.AsyncClient, engine: Engine, woo: Woo) -> None:
    rows = (await api.get("/v1/products")).json()["data"]
    row = next(row for row in rows if len(row["variants"]) > 1)
    told = (await api.get(f"/v1/products/{row['id']}", params={"explain": True, "raw": True})).json()
    id = told["meta"]["vendor_id"]
    assert told["raw"]["name"] == woo.sandbox.record("products", id)["name"] == row["title"]
    assert {child["parent_id"] for child in told["children"]} == {int(id)}
    assert told["provenance"]["/title"] == "/name"
    assert told["canonical"]["title"] == row["title"]
    assert "id" not in told["canonical"]


async def test_an_amount_goes_through_the_api_to_the_last_digit(api: httpx.AsyncClient, engine: Engine) -> None:
    (order, *_) = (await api.get("/v1/orders")).json()["data"]
    raw = (await api.get(f"/v1/orders/{order['id']}", params={"raw": True})).json()["raw"]
    assert order["totals"]["total"]["amount"] == raw["total"]


async def test_a_metafield_is_written_to_the_shop_and_told_as_an_event(api: httpx.AsyncClient, engine: Engine, woo: Woo) -> None:
    product = (await api.get("/v1/products")).json()["data"][0]
    path, once = f"/v1/products/{product['id']}/metafields", {"idempotency-key": "engrave"}
    body = b'{"metafields": [{"namespace": "luneo.care", "key": "grams", "type": "number", "value": 10.50}]}'
    first = await api.put(path, content=body, headers=once)
    assert (first.status_code, first.json()["status"]) == (202, "queued")
    assert (await api.put(path, content=body, headers=once)).content == first.content
    await LocalRunner(engine.db, handlers(engine)).run_until_idle()
    (written,) = [field for field in (await api.get(path)).json()["data"] if field["namespace"] == "luneo.care"]
    assert written["key"] == "grams"
    meta = woo.sandbox.record("products", product["refs"][0]["id"])["meta_data"]
    assert "_luneo_luneo.care.grams" in [entry["key"] for entry in meta]
    events = (await api.get("/v1/events", params={"types": "metafield.written"})).json()["data"]
    assert [event["record"] for event in events] == [product["id"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("[]", "/metafields"),
        ('{"metafields": []}', "/metafields"),
        ('{"metafields": [{"namespace": "a", "key": "b.c", "value": "x"}]}', "/metafields/0/key"),
        ('{"metafields": [{"namespace": "a b", "key": "c", "value": "x"}]}', "/metafields/0/namespace"),
        ('{"metafields": [{"namespace": "a", "key": "c", "type": "date", "value": "x"}]}', "/metafields/0/type"),
        ('{"metafields": [{"namespace": "a", "key": "c", "type": "number", "value": "x"}]}', "/metafields/0/value"),
        ('{"metafields": [{"namespace": "a", "key": "c", "type": "boolean", "value": 1}]}', "/metafields/0/value"),
        ('{"metafields": [{"namespace": "a", "key": "c"}]}', "/metafields/0/value"),
        ('{"metafields": [{"namespace": "a", "key": "c", "value": "x", "org": "y"}]}', "/metafields/0"),
        (
            '{"metafields": [{"namespace": "a", "key": "c", "value": "x"}, {"namespace": "a", "key": "c", "value": "y"}]}',
            "/metafields",
        ),
    ],
)
async def test_a_metafield_that_cannot_be_written_is_named(
    api: httpx.AsyncClient, installation: UUID, house: House, org: UUID, body: str, field: str
) -> None:
    id = UUID(int=7)
    async with house.db.org(org) as unit:
        await unit.execute(
            "insert into record (org, id, installation, kind, vendor_id, doc, content_hash, mapping_version) "
            "values ($1, $2, $3, 'product', '1', '{\"refs\": []}', '', 1)",
            org, id, installation,
        )  # fmt: skip
    answer = await api.put(f"/v1/products/{id}/metafields", content=body)
    assert (answer.status_code, answer.json()["error"].get("field")) == (422, field), answer.text


async def test_a_quarantined_row_is_shown_and_tried_again(
    api: httpx.AsyncClient, engine: Engine, org: UUID, house: House
) -> None:
    from hub.sync.quarantine import Put, put_aside

    (shop, *_) = (await api.get("/v1/installations")).json()["data"]
    async with house.db.org(org) as unit:
        row = Put("9", [b'{"id": 9, "name": 1.50}'], "name is no text", "/name")
        await put_aside(unit, UUID(shop["id"]), "products", None, [row])
    (listed,) = (await api.get("/v1/quarantine")).json()["data"]
    assert "raw" not in listed
    shown = (await api.get(f"/v1/quarantine/{listed['id']}")).text
    assert '"raw":{"id": 9, "name": 1.50}' in shown
    answer = await api.post(f"/v1/quarantine/{listed['id']}/replay")
    assert answer.status_code == 200
    assert answer.json()["resolved"] in (True, False)
    assert answer.json()["reason"]


async def test_runs_are_told_with_their_evidence(api: httpx.AsyncClient, engine: Engine) -> None:
    runs = (await api.get("/v1/runs", params={"limit": 1})).json()
    (run,) = runs["data"]
    assert (run["resource"], run["verdict"], run["evidence"]["store_total"]) == ("orders", "COMPLETE", 4)
    older = (await api.get("/v1/runs", params={"limit": 1, "cursor": runs["next_cursor"]})).json()
    assert (older["data"][0]["resource"], older["next_cursor"]) == ("products", None)
    assert (await api.get(f"/v1/runs/{run['id']}")).json() == run


async def test_without_its_files_the_docs_page_says_what_is_missing(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    assets.asset.cache_clear()
    try:
        page = (await api.get("/docs")).text
        assert "swagger-ui-bundle.js" in page
        assert "uv sync --reinstall-package luneo-hub" in page
        assert "<script" not in page
        assert (await api.get("/sign-in")).status_code == 200
    finally:
        assets.asset.cache_clear()
