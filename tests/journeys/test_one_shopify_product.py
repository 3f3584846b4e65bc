"""The same walk with a shop on Shopify, and back: metafields, stock and a 3D model that a partner writes.

A webhook of Shopify's is only a hint: the product is read whole by its id. What we write comes back as webhooks too, and is
recognised as our own.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from uuid import UUID

from hub.cli.demo.model import glb
from hub.cli.progress import progress
from hub.cli.syncing import sync_shop
from hub.db.ids import record_id
from tests.journeys.conftest import Walk

PATIENCE = 20  # seconds
QUIET = 2  # seconds without news


async def test_one_product_of_a_shopify_shop(shopify_walk: Walk) -> None:
    walk = shopify_walk
    ring, gid = await a_ring_that_was_read(walk)

    # A partner knows it in canonical form, by the id that Shopify uses everywhere.
    before = await walk.partner.get(f"/v1/products/{ring}")
    assert (before["refs"][0]["connector"], before["refs"][0]["gid"]) == ("shopify", gid)
    head = await walk.partner.head()

    # Its merchant edits it in the shop. Nobody asks; the shop tells.
    walk.shop.change("products", [gid])

    # The partner hears of it, and finds the product as the shop has it now, read whole.
    event = await walk.partner.event_of(str(ring), head, PATIENCE)
    assert event is not None
    assert (event["type"], event["cause"], event["kind"]) == ("product.updated", "webhook", "product")
    after = await walk.partner.get(f"/v1/products/{ring}")
    assert after["description"] != before.get("description")
    assert after["description"]["html"] == walk.shop.record("products", gid)["descriptionHtml"]
    explained = await walk.partner.get(f"/v1/products/{ring}?explain=true&raw=true")
    assert explained["provenance"]["/description/html"] == "/descriptionHtml"
    assert explained["raw"]["id"] == gid and "variants" in explained["raw"], "the tree of the API, not the webhook's body"

    # What the shop sent was kept before anything was made of it: signed, and done with.
    (receipt,) = await receipts_of(walk, gid)
    assert (receipt["topic"], receipt["status"]) == ("products/update", "done")

    # The same message once more changes nothing and makes no second event.
    position = await walk.partner.head()
    headers = {
        name: value for name, value in json.loads(receipt["headers"]).items() if name.startswith(("x-shopify", "content-"))
    }
    headers.pop("content-length", None)
    address = f"{walk.partner.url}/in/shopify/{walk.installation.id}"
    answer = await walk.house.http.request("POST", address, headers=headers, content=bytes(receipt["body"]))
    assert answer.status == 200
    assert await walk.partner.event_of(str(ring), position, QUIET) is None
    assert len(await receipts_of(walk, gid)) == 1


async def test_a_product_that_is_deleted_in_a_shopify_shop_is_gone_for_every_partner(shopify_walk: Walk) -> None:
    walk = shopify_walk
    ring, gid = await a_ring_that_was_read(walk)
    head = await walk.partner.head()

    walk.shop.hand.delete(gid, aloud=True)

    event = await walk.partner.event_of(str(ring), head, PATIENCE)
    assert event is not None and event["type"] == "product.deleted"
    left = await walk.partner.get("/v1/products?limit=200")
    assert str(ring) not in {product["id"] for product in left["data"]}


async def test_a_metafield_that_a_partner_writes_is_in_the_shopify_shop_and_its_echo_is_no_news(shopify_walk: Walk) -> None:
    walk = shopify_walk
    ring, gid = await a_ring_that_was_read(walk)
    head = await walk.partner.head()
    engraving = {"namespace": "luneo.atelier", "key": "engraving", "type": "text", "value": "Pour Camille ✓"}

    queued = await walk.partner.put(f"/v1/products/{ring}/metafields", {"metafields": [engraving]})

    await done(walk, queued["id"])
    held = walk.shop.record("products", gid)["metafields"]["nodes"]
    assert [m["value"] for m in held if m["namespace"] == "luneo--atelier"] == ["Pour Camille ✓"]
    assert await told_since(walk, ring, head) == {("product.updated", "write_back"), ("metafield.written", "write_back")}
    assert await echoed(walk, queued["id"], gid)


async def test_stock_that_a_partner_sets_is_in_the_shopify_shop_once_and_only_against_what_was_expected(
    shopify_walk: Walk,
) -> None:
    walk = shopify_walk
    ring, gid = await a_ring_that_was_read(walk)
    variant = walk.shop.record("products", gid)["variants"]["nodes"][0]
    level = variant["inventoryItem"]["inventoryLevels"]["nodes"][0]
    location, now = level["location"]["id"], available(level)
    wish = {"item": variant["id"], "location": location, "quantity": now + 7, "expected": now}
    head = await walk.partner.head()

    queued = await walk.partner.put(f"/v1/products/{ring}/stock", {"stock": [wish]})

    await done(walk, queued["id"])
    assert available(level_of(walk, gid, variant["id"], location)) == now + 7
    assert ("stock.written", "write_back") in await told_since(walk, ring, head)
    assert {cause for _, cause in await told_since(walk, ring, head)} == {"write_back"}, "its echo is no news"

    # Somebody else has sold one meanwhile: what was believed is wrong now, nothing is written, and it is said.
    again = await walk.partner.put(f"/v1/products/{ring}/stock", {"stock": [wish]})
    failed = await ended(walk, again["id"])
    assert failed["status"] == "failed" and failed["error"]
    assert available(level_of(walk, gid, variant["id"], location)) == now + 7


async def test_a_3d_model_that_a_partner_sends_is_on_the_product_when_the_shopify_shop_is_done_with_it(
    shopify_walk: Walk,
) -> None:
    walk = shopify_walk
    ring, gid = await a_ring_that_was_read(walk)
    head = await walk.partner.head()

    queued = await walk.partner.post(f"/v1/products/{ring}/media?filename=bague.glb&alt=Bague", glb(), "model/gltf-binary")

    told = await done(walk, queued["id"])
    assert told["media"]["status"] == "ready" and told["media"]["url"]
    media = {one["id"]: one for one in walk.shop.record("products", gid)["media"]["nodes"]}
    assert media[told["media"]["id"]]["mediaContentType"] == "MODEL_3D"
    assert ("model/gltf-binary", glb()) in walk.shop.writes.files.values()
    assert ("media.written", "write_back") in await told_since(walk, ring, head)
    after = await walk.partner.get(f"/v1/products/{ring}")
    assert "model" in json.dumps(after["media"])


# -- small things --------------------------------------------------------------------------------------------------


async def a_ring_that_was_read(walk: Walk) -> tuple[UUID, str]:
    """The hub has read the shop's products, and can prove it: the hub's id of the first one, and the shop's."""
    with progress(silent=True) as bars:
        runs = await sync_shop(walk.house, walk.installation, "products", "backfill", bars)
    assert [run["verdict"] for run in runs] == ["COMPLETE"]
    gid: str = walk.shop.ids("products")[0]
    return record_id(walk.installation.id, "product", gid), gid


async def receipts_of(walk: Walk, gid: str) -> list[dict[str, Any]]:
    """What was kept of the webhooks about this product."""
    async with walk.house.db.org(walk.installation.org) as unit:
        rows = await unit.fetch("select * from receipt where topic like 'products/%' order by received_at")
    return [dict(row) for row in rows if json.loads(row["body"])["admin_graphql_api_id"] == gid]


async def ended(walk: Walk, write_back: str) -> dict[str, Any]:
    """What became of a write."""
    until = time.monotonic() + PATIENCE
    told: dict[str, Any] = {"status": "queued"}
    while told["status"] == "queued" and time.monotonic() < until:
        await asyncio.sleep(0.05)
        told = await walk.partner.get(f"/v1/write-backs/{write_back}")
    return told


async def done(walk: Walk, write_back: str) -> dict[str, Any]:
    told = await ended(walk, write_back)
    assert (told["status"], told["error"]) == ("written", None)
    return told


async def echoed(walk: Walk, write_back: str, gid: str) -> bool:
    """Whether the shop's own message about our write has come, and was taken for an echo."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        told = await walk.partner.get(f"/v1/write-backs/{write_back}")
        if told["echo_seen"] and all(one["status"] == "done" for one in await receipts_of(walk, gid)):
            return True
        await asyncio.sleep(0.05)
    return False


async def told_since(walk: Walk, record: UUID, position: int) -> set[tuple[str, str]]:
    """Every event about a record since then, until it is quiet: (type, cause)."""
    found = set()
    while (event := await walk.partner.event_of(str(record), position, QUIET)) is not None:
        found.add((event["type"], event["cause"]))
        position = event["position"]
    return found


def available(level: dict[str, Any]) -> int:
    return next(int(one["quantity"]) for one in level["quantities"] if one["name"] == "available")


def level_of(walk: Walk, gid: str, variant: str, location: str) -> dict[str, Any]:
    """How much of a variant the shop has at a place now."""
    held = next(one for one in walk.shop.record("products", gid)["variants"]["nodes"] if one["id"] == variant)
    levels: list[dict[str, Any]] = held["inventoryItem"]["inventoryLevels"]["nodes"]
    return next(one for one in levels if one["location"]["id"] == location)
