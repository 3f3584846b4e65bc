"""The engine against WooCommerce's sandbox over real HTTP, honest and hostile."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from connectors.woocommerce.sandbox import Sandbox
from hub.db.engine import Database
from hub.ports import MetafieldWrite
from hub.sync.refetch import refetch
from hub.sync.wishes import get, queue_write
from hub.sync.write_back import perform
from hub.testing.hostile import MODES
from tests.hub.sync.street import street

KINDS = {"products": "product", "orders": "order", "customers": "customer"}


async def test_every_resource_of_a_shop_arrives_complete_with_its_children(db: Database, org: UUID) -> None:
    sandbox = Sandbox(products=150, orders=60, customers=30)
    async with street(db, org, sandbox) as shop:
        for resource, kind in KINDS.items():
            result = await shop.sync(resource)
            assert result.verdict == "COMPLETE", result.reason
            assert await shop.live(kind) == set(sandbox.ids(resource))
        assert await shop.value("select count(*) from quarantine") == 0
        variants = await shop.value("select count(*) from raw_object where kind = 'variation'")
        assert variants and await shop.value("select count(*) from raw_object where kind = 'refund'")
        for resource in KINDS:
            again = await shop.sync(resource, "backfill")
            assert again.verdict == "COMPLETE"
            assert again.counts["unchanged"] == len(sandbox.ids(resource)) and not again.counts["updated"]


async def test_changes_deletions_and_additions_all_arrive(db: Database, org: UUID) -> None:
    sandbox = Sandbox(products=120, orders=0, customers=0)
    async with street(db, org, sandbox) as shop:
        await shop.sync()
        ids = sandbox.ids("products")
        sandbox.change("products", ids[10:40])
        new = sandbox.add("products", 5)
        result = await shop.sync()
        assert result.verdict == "COMPLETE" and result.counts["updated"] == 30 and result.counts["inserted"] == 5
        sandbox.delete("products", ids[:1])
        sandbox.trash("products", ids[1:2])
        swept = await shop.sync(mode="sweep")
        assert swept.verdict == "COMPLETE", swept.reason
        assert swept.evidence["deleted"] == 2
        assert await shop.live("product") == set(ids[2:]) | set(new)


async def test_a_sweep_finds_rows_that_changed_while_nobody_listened(db: Database, org: UUID) -> None:
    sandbox = Sandbox(products=120, orders=0, customers=0)
    async with street(db, org, sandbox) as shop:
        await shop.sync()
        sandbox.clock += 60.0  # a change in the very second of the reading could not be told apart
        sandbox.change("products", sandbox.ids("products")[10:17])
        swept = await shop.sync(mode="sweep")
        assert swept.verdict == "COMPLETE", swept.reason
        assert swept.evidence["repaired"] == {"created": 0, "updated": 7, "deleted": 0}


@pytest.mark.parametrize("mode", sorted(MODES))
async def test_in_every_hostile_mode_no_good_row_is_missing_or_the_verdict_says_so(db: Database, org: UUID, mode: str) -> None:
    sandbox = Sandbox(products=110, orders=0, customers=0)
    before = set(sandbox.ids("products"))
    async with street(db, org, sandbox) as shop:
        hostile = shop.trouble(mode, seconds=0.2)
        result = await shop.sync()
        live = await shop.live("product")
    assert hostile.did
    here = set(sandbox.ids("products"))
    if result.verdict == "COMPLETE":
        missing = here - live
        assert len(missing) <= result.evidence["hidden_by_store"] + result.evidence["quarantined"], result.evidence
        assert not missing or mode in ("short_page", "null_row", "wrong_typed_id")
        assert before >= missing
    else:
        assert result.reason


@pytest.mark.parametrize(
    "mode", ["rows_deleted", "rows_inserted", "short_page_once", "html_200", "cut_body", "server_errors", "bom"]
)
async def test_trouble_that_passes_ends_complete_with_every_row(db: Database, org: UUID, mode: str) -> None:
    sandbox = Sandbox(products=110, orders=0, customers=0)
    before = set(sandbox.ids("products"))
    async with street(db, org, sandbox) as shop:
        shop.trouble(mode)
        result = await shop.sync()
        assert result.verdict == "COMPLETE", result.reason
        assert await shop.live("product") >= before


async def test_runs_and_webhooks_at_once_tell_each_change_once(db: Database, org: UUID) -> None:
    sandbox = Sandbox(products=150, orders=0, customers=0)
    async with street(db, org, sandbox) as shop:
        shop.engine.commit_rows = 20
        ids = sandbox.ids("products")

        async def webhooks(some: list[str]) -> None:
            for start in range(0, len(some), 7):
                await refetch(shop.engine, org, shop.installation, "products", some[start : start + 7])

        await asyncio.gather(shop.sync(), webhooks(ids), webhooks(ids[::-1]))
        assert await shop.live("product") == set(ids)
        sandbox.change("products", ids)
        await asyncio.gather(shop.sync(), webhooks(ids), webhooks(ids[::-1]))
        told = await shop.rows("select version, count(*) from event e join record r on r.id = e.record group by r.id, version")
        assert {tuple(row) for row in told} == {(2, 2)}


async def test_a_shop_that_ignores_offsets_is_read_by_whole_pages(db: Database, org: UUID) -> None:
    sandbox = Sandbox(products=110, orders=0, customers=0)

    async def without_offset(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            kept = [pair for pair in scope["query_string"].split(b"&") if not pair.startswith(b"offset=")]
            scope = {**scope, "query_string": b"&".join(kept)}
        await sandbox.app(scope, receive, send)

    async with street(db, org, sandbox) as shop:
        key = sandbox.gate.keys[sandbox.credentials()["key"]]
        sandbox.gate.caller = lambda _request: key  # type: ignore[method-assign,assignment]  # the query is not what was signed
        shop.switch.app = without_offset
        result = await shop.sync()
        assert result.verdict == "COMPLETE", result.reason
        assert result.evidence["offsets_ignored"] and await shop.live("product") == set(sandbox.ids("products"))


async def test_a_metafield_written_is_in_the_shop_and_its_echo_is_known(db: Database, org: UUID) -> None:
    sandbox = Sandbox(products=20, orders=0, customers=0)
    async with street(db, org, sandbox) as shop:
        await shop.sync()
        id = sandbox.ids("products")[3]
        async with db.org(org) as unit:
            field = MetafieldWrite("luneo", "model", "text", "https://cdn.example/a.glb")
            wish = await queue_write(unit, shop.installation, "product", id, [field], "key-1")
        done = await perform(shop.engine, org, wish.id)
        assert done.status == "written"
        kept = {entry["key"]: entry["value"] for entry in sandbox.record("products", id)["meta_data"]}
        assert kept["_luneo_luneo.model"] == "https://cdn.example/a.glb"
        back = await refetch(shop.engine, org, shop.installation, "products", [id])
        assert back.echoes == [id] and not back.changed
        async with db.org(org) as unit:
            assert (await get(unit, wish.id)).echo_seen
        types = [row["type"] for row in await shop.rows("select type from event where vendor_id = $1 order by position", id)]
        assert types == ["product.created", "product.updated", "metafield.written"]
