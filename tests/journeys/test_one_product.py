"""The walk of one product, top to bottom: a merchant edits it, and a moment later every partner can read that it changed,
and those who asked are told.

Real shop, real HTTP both ways, real PostgreSQL; the rooms it passes through are named in docs/architecture.md.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from hub.cli.progress import progress
from hub.cli.syncing import sync_shop
from hub.db.ids import record_id
from tests.journeys.conftest import Walk

PATIENCE = 20  # seconds


async def test_one_product(walk: Walk) -> None:
    # The hub has read the whole shop once, and can prove it.
    with progress(silent=True) as bars:
        runs = await sync_shop(walk.house, walk.installation, "products", "backfill", bars)
    assert [run["verdict"] for run in runs] == ["COMPLETE"]

    # A partner knows one of its products, in canonical form.
    ring = await a_ring(walk)
    before = await walk.partner.get(f"/v1/products/{ring}")
    assert before["refs"][0]["connector"] == "woocommerce"
    head = await walk.partner.head()

    # He has also asked to be told of products, at an address and with a secret of his own.
    application = await walk.partner.send("/v1/applications", {"name": "Atelier"})
    wish = {"url": walk.receiver.url, "secret": walk.receiver.secret, "types": ["product.*"]}
    endpoint = await walk.partner.send(f"/v1/applications/{application['id']}/endpoints", wish)

    # Its merchant edits it in the shop. Nobody asks; the shop tells.
    vendor_id = before["refs"][0]["id"]
    walk.shop.change("products", [vendor_id])

    # The partner, waiting at the log of facts, hears of it …
    event = await walk.partner.event_of(str(ring), head, PATIENCE)
    assert event is not None
    assert (event["type"], event["cause"], event["kind"]) == ("product.updated", "webhook", "product")
    assert "description" in event["data"]["changed"]

    # … and finds the product as the shop has it now.
    after = await walk.partner.get(f"/v1/products/{ring}")
    assert after["description"] != before.get("description")
    assert after["description"]["html"] == walk.shop.record("products", vendor_id)["description"]

    # He is told at his address too: signed, once, with the product as it now is; and the log shows that he took it.
    told = await walk.receiver.told_of(str(ring), "product.updated", PATIENCE)
    assert told is not None and told["verdict"] == "genuine"
    assert told["body"]["data"]["object"]["description"] == after["description"]
    assert told["body"]["data"]["event"] == event["id"]
    (message,) = (await walk.partner.get(f"/v1/endpoints/{endpoint['id']}/messages"))["data"]
    assert message["id"] == told["id"]

    # What the shop sent was kept before anything was made of it: once, signed, and done with.
    (receipt,) = await receipts_of(walk, vendor_id)
    assert (receipt["topic"], receipt["status"]) == ("product.updated", "done")

    # Where every field came from can still be told, and the shop's own words are there.
    explained = await walk.partner.get(f"/v1/products/{ring}?explain=true&raw=true")
    assert explained["provenance"]["/description/html"] == "/description"
    assert explained["raw"]["id"] == int(vendor_id)

    # The same message once more changes nothing and makes no second event.
    position = await walk.partner.head()
    await send_again(walk, receipt)
    assert await walk.partner.event_of(str(ring), position, 2) is None
    assert [line["id"] for line in walk.receiver.told] == [message["id"]]


async def test_a_product_that_the_merchant_bins_is_gone_for_every_partner(walk: Walk) -> None:
    with progress(silent=True) as bars:
        await sync_shop(walk.house, walk.installation, "products", "backfill", bars)
    ring = await a_ring(walk)
    vendor_id = (await walk.partner.get(f"/v1/products/{ring}"))["refs"][0]["id"]
    head = await walk.partner.head()

    walk.shop.trash("products", [vendor_id])

    event = await walk.partner.event_of(str(ring), head, PATIENCE)
    assert event is not None
    assert event["type"] == "product.deleted"
    left = await walk.partner.get("/v1/products?limit=200")
    assert str(ring) not in {product["id"] for product in left["data"]}


async def test_what_a_partner_writes_is_in_the_shop_and_its_echo_is_no_news(walk: Walk) -> None:
    with progress(silent=True) as bars:
        await sync_shop(walk.house, walk.installation, "products", "backfill", bars)
    ring = await a_ring(walk)
    vendor_id = (await walk.partner.get(f"/v1/products/{ring}"))["refs"][0]["id"]
    head = await walk.partner.head()
    engraving = {"namespace": "luneo.atelier", "key": "engraving", "type": "text", "value": "Pour Camille ✓"}

    await walk.partner.put(f"/v1/products/{ring}/metafields", {"metafields": [engraving]})

    # Two facts come of it, both ours: the metafield is written, the product is not what it was.
    facts = [await walk.partner.event_of(str(ring), head, PATIENCE)]
    assert facts[0] is not None
    facts.append(await walk.partner.event_of(str(ring), facts[0]["position"], PATIENCE))
    assert facts[1] is not None
    assert {fact["type"] for fact in facts if fact} == {"product.updated", "metafield.written"}
    assert {fact["cause"] for fact in facts if fact} == {"write_back"}

    # It is in the shop, …
    held = walk.shop.record("products", vendor_id)["meta_data"]
    assert {"_luneo_luneo.atelier.engraving": "Pour Camille ✓"}.items() <= {m["key"]: m["value"] for m in held}.items()

    # … and what the shop sends back about it is recognised and not told again.
    assert await walk.partner.event_of(str(ring), facts[1]["position"], 3) is None
    assert [receipt["status"] for receipt in await receipts_of(walk, vendor_id)] == ["done"]


async def a_ring(walk: Walk) -> UUID:
    """The hub's id of the shop's first product."""
    return record_id(walk.installation.id, "product", walk.shop.ids("products")[0])


async def receipts_of(walk: Walk, vendor_id: str) -> list[dict[str, Any]]:
    """What was kept of the webhooks about this product."""
    async with walk.house.db.org(walk.installation.org) as unit:
        rows = await unit.fetch("select * from receipt where topic like 'product.%' order by received_at")
    return [dict(row) for row in rows if json.loads(row["body"])["id"] == int(vendor_id)]


async def send_again(walk: Walk, receipt: dict[str, Any]) -> None:
    """The shop delivers the very same message a second time."""
    address = f"{walk.partner.url}/in/woocommerce/{walk.installation.id}"
    headers = {name: value for name, value in json.loads(receipt["headers"]).items() if name.startswith(("x-wc", "content-type"))}
    answer = await walk.house.http.request("POST", address, headers=headers, content=bytes(receipt["body"]))
    assert answer.status == 200
