"""The scenes of the demo, each doing one thing for real and saying what came of it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.cli.demo.caller import Caller
    from hub.cli.demo.shop import Shop
    from hub.cli.demo.stage import Stage
    from hub.cli.house import House
    from hub.cli.hub_process import Hub
    from hub.installations.installation import Installation
    from hub.tenancy import Organisation

PATIENCE = 30.0  # seconds to wait for what takes a fraction of one
FIELD = {"namespace": "luneo.demo", "key": "engraving", "type": "text", "value": "Pour Camille, avec tendresse ✓"}


@dataclass(slots=True)
class Play:
    """What the scenes share, and what they leave for the end."""

    house: House
    hub: Hub
    shop: Shop
    stage: Stage
    caller: Caller
    organisation: Organisation
    installation: Installation
    product: str = ""
    record: str = ""
    position: int = 0


async def connect(house: House, hub: Hub, shop: Shop, stage: Stage, url: str) -> Play:
    """Connect the shop to a fresh organisation that holds one API key; the shop's webhooks point at us."""
    from hub import access
    from hub.cli.demo.caller import Caller
    from hub.installations.connect import connect as join

    began = time.perf_counter()
    organisation = await house.organisation(None, make=True)
    async with house.db.org(organisation.id) as unit:
        _, key = await access.issue_key(unit, "demo", access.ALL_SCOPES, live=False)
    installation = await join(
        house.db,
        house.registry,
        house.http,
        org=organisation.id,
        connector="woocommerce",
        url=shop.url,
        credentials=shop.credentials,
        name="Demo shop",
        allow_http=True,
        public_url=url,
    )
    how = "its webhooks point at the hub" if installation.inbound["mode"] == "webhooks" else "it is polled"
    stage.done(f"connected: {installation.url}, {how}", time.perf_counter() - began)
    return Play(house, hub, shop, stage, Caller(house.http, url, key.reveal()), organisation, installation)


async def sync_everything(play: Play) -> None:
    """Every resource, with progress, then the verdicts with their evidence."""
    from hub.cli.progress import progress
    from hub.cli.syncing import sync_shop

    play.stage.scene("Pulling everything, and proving that nothing is missing")
    began = time.perf_counter()
    with progress(silent=play.stage.silent) as bars:
        runs = await sync_shop(play.house, play.installation, None, "backfill", bars)
    play.stage.found["runs"] = runs
    play.stage.verdicts(runs)
    rows = sum(run["rows"] for run in runs)
    play.stage.done(f"{rows:,} records in canonical form", time.perf_counter() - began)


async def change_in_the_shop(play: Play) -> None:
    """The merchant edits a product; the shop tells us; the record changes; an event is there for everybody."""
    play.stage.scene("The merchant edits a product in the shop")
    product = (await play.shop.ids("products"))[0]
    record = record_of(play, product)
    head = await play.caller.head()
    began = time.perf_counter()
    await play.shop.change("products", [product])
    event = await play.caller.event_of(record, head, PATIENCE)
    took = time.perf_counter() - began
    receipt = await receipt_since(play, product)
    play.stage.found |= {
        "event_seen": event is not None and event["type"] == "product.updated",
        "webhook_seen": receipt is not None,
    }
    if receipt is not None:
        play.stage.done(f"webhook   {receipt['topic']}, signed, kept as receipt {str(receipt['id'])[-12:]}")
    if event is None or receipt is None:
        play.stage.failed("no event came of it")
        return
    play.product, play.record, play.position = product, record, event["position"]
    now = await play.caller.get(f"/v1/products/{record}")
    play.stage.done(f"canonical “{now['title']}” changed in {', '.join(event['data'].get('changed', []))}")
    play.stage.done(f"event     {event['type']} at position {event['position']}, caused by {event['cause']}", took)


async def write_a_metafield(play: Play) -> None:
    """A program sets a metafield through our API; the shop has it; its echo is recognised."""
    play.stage.scene("A program writes a metafield through the API")
    product = (await play.shop.ids("products"))[1]
    record = record_of(play, product)
    began = time.perf_counter()
    await play.caller.put(f"/v1/products/{record}/metafields", {"metafields": [FIELD]})
    play.stage.found["metafield_written"] = await _arrives(play, product)
    if play.stage.found["metafield_written"]:
        play.stage.done(
            f"read back in the shop: {FIELD['namespace']}.{FIELD['key']} = “{FIELD['value']}”", time.perf_counter() - began
        )
    else:
        play.stage.failed("the shop does not have it")


async def _arrives(play: Play, product: str) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        held = await play.shop.record("products", product)
        if any(FIELD["value"] in json.dumps(entry, ensure_ascii=False) for entry in held.get("meta_data", [])):
            return True
        await asyncio.sleep(0.1)
    return False


def record_of(play: Play, product: str) -> str:
    """The hub's id of one of the shop's products."""
    from hub.db.ids import record_id

    return str(record_id(play.installation.id, "product", product))


async def receipt_since(play: Play, product: str) -> dict[str, Any] | None:
    """The newest receipt that names this product."""
    async with play.house.db.org(play.organisation.id) as unit:
        rows = await unit.fetch(
            "select id, topic, body from receipt where installation = $1 and topic like 'product.%' "
            "order by received_at desc limit 20",
            play.installation.id,
        )
    for row in rows:
        if str(json.loads(row["body"]).get("id")) == product:
            return dict(row)
    return None
