from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import httpx
import pytest

from hub.app.published import schema_of
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.outbox import EventDraft, record
from tests.hub.served import KeyMaker, Woo, connecting


async def stock(db: Database, org: UUID, installation: UUID, count: int, **doc: object) -> list[UUID]:
    """So many products with nothing in them but a title."""
    ids = [uuid4() for _ in range(count)]
    refs = [{"connector": "woocommerce", "kind": "product", "id": "1"}]
    docs = [json.dumps({"refs": refs, "title": f"Lampe é {i}", **doc}) for i in range(count)]
    async with db.org(org) as unit:
        await unit.execute(
            "insert into record (org, id, installation, kind, vendor_id, doc, content_hash, mapping_version) "
            "select $1, id, $2, 'product', id::text, doc, '\\x01', 1 from unnest($3::uuid[], $4::jsonb[]) as t(id, doc)",
            org, installation, ids, docs,
        )  # fmt: skip
    return sorted(ids)


async def walk(api: httpx.AsyncClient, path: str, **params: object) -> AsyncIterator[list[dict[str, object]]]:
    cursor: str | None = ""
    while cursor is not None:
        answer = await api.get(path, params={**params, **({"cursor": cursor} if cursor else {})})  # type: ignore[dict-item]
        page = answer.json()
        yield page["data"]
        cursor = page["next_cursor"]


async def test_pages_hold_every_product_once_with_the_hubs_id(
    api: httpx.AsyncClient, db: Database, org: UUID, installation: UUID
) -> None:
    ids = await stock(db, org, installation, 25)
    for more in ({}, {"installation": str(installation)}, {"updated_since": "2020-01-01T00:00:00Z"}):
        pages = [page async for page in walk(api, "/v1/products", limit=10, **more)]
        assert [len(page) for page in pages] == [10, 10, 5]
        assert sorted(UUID(str(row["id"])) for page in pages for row in page) == ids
    assert str(pages[0][0]["title"]).startswith("Lampe é")


async def test_a_product_that_is_added_while_somebody_reads_hides_no_other(
    api: httpx.AsyncClient, db: Database, org: UUID, installation: UUID
) -> None:
    before = await stock(db, org, installation, 20)
    seen: list[str] = []
    async for page in walk(api, "/v1/products", limit=3):
        seen += [str(row["id"]) for row in page]
        await stock(db, org, installation, 2)
    assert len(set(seen)) == len(seen)
    assert {str(id) for id in before} <= set(seen)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "bm90LWFuLWlk", "é", "%00", "a" * 300])
async def test_a_cursor_that_is_not_ours_is_told_so(api: httpx.AsyncClient, cursor: str) -> None:
    answer = await api.get("/v1/products", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "cursor")


@pytest.mark.parametrize("limit", ["0", "201", "x", "0050x", "-1", "1e3"])
async def test_a_limit_out_of_bounds_is_named_with_its_value(api: httpx.AsyncClient, limit: str) -> None:
    error = (await api.get("/v1/products", params={"limit": limit})).json()["error"]
    assert (error["field"], error["value"]) == ("limit", repr(limit))
    assert limit in error["message"]


async def test_products_are_found_by_status_and_sku(api: httpx.AsyncClient, db: Database, org: UUID, installation: UUID) -> None:
    await stock(db, org, installation, 3, status="draft")
    (wanted,) = await stock(db, org, installation, 1, status="active")
    async with db.org(org) as unit:
        await unit.execute(
            "insert into variant_index (org, installation, record, vendor_id, sku, gtin) "
            "values ($1, $2, $3, '1', 'A 1', '4006381333931')",
            org, installation, wanted,
        )  # fmt: skip
    for narrowed in ({"status": "active"}, {"sku": "A 1"}, {"gtin": "4006381333931"}):
        rows = (await api.get("/v1/products", params=narrowed)).json()["data"]
        assert [row["id"] for row in rows] == [str(wanted)]


async def test_one_product_has_an_etag(api: httpx.AsyncClient, db: Database, org: UUID, installation: UUID) -> None:
    (id,) = await stock(db, org, installation, 1)
    first = await api.get(f"/v1/products/{id}")
    again = await api.get(f"/v1/products/{id}", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


async def test_a_product_that_the_shop_deleted_is_not_found_and_not_listed(
    api: httpx.AsyncClient, db: Database, org: UUID, installation: UUID
) -> None:
    (id,) = await stock(db, org, installation, 1)
    async with db.org(org) as unit:
        await unit.execute("update record set deleted_at = now()")
    answer = await api.get(f"/v1/products/{id}")
    assert answer.status_code == 404
    assert "deleted in the shop" in answer.json()["error"]["message"]
    assert (await api.get("/v1/products")).json() == {"data": [], "next_cursor": None}


# -- errors --------------------------------------------------------------------------------------------------------


async def test_every_error_stands_in_the_one_envelope_with_its_request_id(api: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "/nowhere", 404), ("PATCH", "/v1/products", 405), ("GET", "/v1/products/7", 422)):
        answer = await api.request(method, path)
        error = answer.json()["error"]
        assert answer.status_code == status
        assert error["request_id"] == answer.headers["x-request-id"]
        assert error["code"]
        assert error["message"]


async def test_a_body_with_an_unknown_field_or_no_json_is_named(api: httpx.AsyncClient, woo: Woo) -> None:
    answer = await api.post("/v1/installations", json=connecting(woo, org=str(uuid7())))
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "/org")
    assert "cs_" not in answer.text
    for body in (b"{", b"\xff", b"[]", b'{"connector": NaN}'):
        answer = await api.post("/v1/installations", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), body


async def test_credentials_of_the_wrong_shape_are_not_repeated(api: httpx.AsyncClient, woo: Woo) -> None:
    answer = await api.post("/v1/installations", json=connecting(woo, credentials="cs_verysecret"))
    assert answer.status_code == 422
    assert "verysecret" not in answer.text


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/installations", content=b"x" * (2 << 20), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_what_nobody_expected_is_a_500_without_a_traceback(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("hub.installations.listing.listing", broken)
    answer = await api.get("/v1/installations")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text


async def test_every_answer_carries_the_security_headers(api: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/v1/products", "/nowhere", "/docs", "/sign-in", "/openapi.json"):
        headers = (await api.get(path)).headers
        policy = headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "referrer-policy" in headers


# -- once ----------------------------------------------------------------------------------------------------------


async def test_a_request_that_is_repeated_with_its_key_is_done_once_and_answered_alike(
    api: httpx.AsyncClient, db: Database, org: UUID, installation: UUID
) -> None:
    path, once = f"/v1/installations/{installation}/sync", {"idempotency-key": "monday"}
    first = await api.post(path, json={"resource": "products"}, headers=once)
    again = await api.post(path, json={"resource": "products"}, headers=once)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    other = await api.post(path, json={"resource": "orders"}, headers=once)
    assert (other.status_code, other.json()["error"]["field"]) == (422, "Idempotency-Key")
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from job") == 1


async def test_twins_in_flight_connect_one_shop(api: httpx.AsyncClient, woo: Woo) -> None:
    once = {"idempotency-key": "twins"}
    answers = await asyncio.gather(*(api.post("/v1/installations", json=connecting(woo), headers=once) for _ in range(8)))
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert len((await api.get("/v1/installations")).json()["data"]) == 1


async def test_a_refusal_is_not_remembered(api: httpx.AsyncClient, woo: Woo) -> None:
    once = {"idempotency-key": "typo"}
    wrong = connecting(woo, credentials={"key": "ck_" + "0" * 40, "secret": "cs_" + "0" * 40})
    refused = await api.post("/v1/installations", json=wrong, headers=once)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "credentials_refused")
    assert (await api.post("/v1/installations", json=connecting(woo), headers=once)).status_code == 201


# -- events --------------------------------------------------------------------------------------------------------


async def tell(db: Database, org: UUID, *types: str) -> None:
    async with db.org(org) as unit:
        await record(unit, [EventDraft(type, "sync", data='{"version": 1}') for type in types])


async def test_events_are_read_by_position_without_gaps(api: httpx.AsyncClient, db: Database, org: UUID) -> None:
    await tell(db, org, *["product.created", "order.created"] * 5)
    page = (await api.get("/v1/events", params={"limit": 4})).json()
    assert [event["position"] for event in page["data"]] == [1, 2, 3, 4]
    assert (page["next_after"], page["head"]) == (4, 10)
    orders = (await api.get("/v1/events", params={"types": "order.created", "after": 4})).json()
    assert [event["position"] for event in orders["data"]] == [6, 8, 10]
    assert orders["next_after"] == 10
    none = (await api.get("/v1/events", params={"types": "run.finished"})).json()
    assert (none["data"], none["next_after"]) == ([], 10)
    unknown = await api.get("/v1/events", params={"types": "product.exploded"})
    assert (unknown.status_code, unknown.json()["error"]["field"]) == (422, "types")


async def test_who_waits_hears_the_next_event_at_once_and_only_his_own(
    api: httpx.AsyncClient, db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]]
) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    waiting = asyncio.create_task(api.get("/v1/events", params={"wait": 20}))
    await asyncio.sleep(0.3)
    await tell(db, await new_org("rival"), "product.created")
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await tell(db, org, "order.created")
    heard = (await waiting).json()
    assert [event["type"] for event in heard["data"]] == ["order.created"]
    assert clock() - began < 15, "he did not wait for his time to end"


@pytest.mark.parametrize("after", ["-1", "x", "99999999999999999999"])
async def test_a_position_that_cannot_be_is_refused(api: httpx.AsyncClient, after: str) -> None:
    answer = await api.get("/v1/events", params={"after": after})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "after")


async def test_a_wait_in_vain_ends_in_time_with_the_same_position(api: httpx.AsyncClient) -> None:
    answer = (await api.get("/v1/events", params={"wait": 1, "after": 7})).json()
    assert answer == {"data": [], "next_after": 7, "head": 0}


async def test_an_event_brings_its_record_when_asked(
    api: httpx.AsyncClient, db: Database, org: UUID, installation: UUID, hub_url: str, make_key: KeyMaker
) -> None:
    (id,) = await stock(db, org, installation, 1)
    async with db.org(org) as unit:
        await record(unit, [EventDraft("product.created", "sync", "product", id, "1", installation)])
    (event,) = (await api.get("/v1/events", params={"include": "record"})).json()["data"]
    assert event["doc"]["id"] == str(id)
    weak = {"authorization": f"Bearer {await make_key('events:read')}"}
    async with httpx.AsyncClient(base_url=hub_url, headers=weak, trust_env=False) as narrow:
        assert (await narrow.get("/v1/events", params={"include": "record"})).status_code == 403


# -- around ------------------------------------------------------------------------------------------------------------


async def test_ready_says_what_it_looked_at(api: httpx.AsyncClient) -> None:
    answer = await api.get("/health/ready")
    assert (answer.status_code, answer.json()["schema"], answer.json()["queue"]) == (200, "ok", "ok")


@pytest.mark.parametrize("kind", ["product", "order", "customer", "metafield", "event"])
async def test_the_canonical_schemas_are_published(api: httpx.AsyncClient, kind: str) -> None:
    answer = await api.get(f"/schemas/v1/{kind}.json")
    assert answer.json()["$schema"].startswith("https://json-schema.org/")
    assert answer.content == schema_of(kind)
    assert (await api.get("/schemas/v1/secrets.json")).status_code in (404, 422)


async def test_the_docs_load_nothing_from_elsewhere(api: httpx.AsyncClient) -> None:
    page = (await api.get("/docs")).text
    assert "://" not in page.replace("http://www.w3.org", "")
    assert "<script>" not in page


async def test_the_description_names_every_answers_shape_and_every_operation_once(api: httpx.AsyncClient) -> None:
    described = (await api.get("/openapi.json")).json()
    schemas = described["components"]["schemas"]
    assert {"Product", "Order", "Customer", "Metafield", "Refusal"} <= set(schemas)
    assert "HTTPValidationError" not in schemas
    names = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)
    page = described["paths"]["/v1/products"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert page == {"$ref": "#/components/schemas/Listed_Product_"}
