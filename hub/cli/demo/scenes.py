"""The scenes of the demo, each doing one thing for real in every shop and saying what came of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from hub.cli.demo.play import Part, Play
from hub.cli.demo.stage import Line, Stage

if TYPE_CHECKING:
    from hub.cli.demo.partner import Partner
    from hub.cli.demo.shop import Shop
    from hub.cli.house import House
    from hub.cli.hub_process import Hub

PATIENCE = 30.0  # seconds to wait for what takes a fraction of one
FIELD = {"namespace": "luneo.demo", "key": "engraving", "type": "text", "value": "Pour Camille, avec tendresse ✓"}
MODEL = "bague.glb"
TAKES_MODELS = frozenset({"shopify"})


async def connect(house: House, hub: Hub, stage: Stage, shops: Sequence[Shop], partner: Partner, url: str) -> Play:
    """Connect the shops to one fresh organisation with one API key and one partner; the shops' webhooks point at us."""
    from hub import access
    from hub.cli.demo.caller import Caller

    organisation = await house.organisation(None, make=True)
    async with house.db.org(organisation.id) as unit:
        _, key = await access.issue_key(unit, "demo", access.ALL_SCOPES, live=False)
    play = Play(house, hub, stage, Caller(house.http, url, key.reveal()), organisation, partner)
    play.parts = await asyncio.gather(*(_join(play, shop, url) for shop in shops))
    await _subscribe(play)
    return play


async def _subscribe(play: Play) -> None:
    """A partner gives his address, his secret, and what he wants to hear of."""
    began = time.perf_counter()
    application = await play.caller.send("/v1/applications", {"name": "Atelier partenaire", "uid": "atelier"})
    wanted = {"url": play.partner.url, "types": ["product.*"], "secret": play.partner.secret}
    await play.caller.send(f"/v1/applications/{application['id']}/endpoints", wanted)
    play.stage.done(f"a partner listens at {play.partner.url} for changes of products", time.perf_counter() - began)


async def _join(play: Play, shop: Shop, url: str) -> Part:
    from hub.installations.connect import connect as join

    began, house = time.perf_counter(), play.house
    title = house.registry.get(shop.connector).manifest.title
    installation = await join(
        house.db,
        house.registry,
        house.http,
        org=play.organisation.id,
        connector=shop.connector,
        url=shop.url,
        credentials=shop.credentials,
        name=f"Demo shop ({title})",
        allow_http=True,
        public_url=url,
    )
    how = "its webhooks point at the hub" if installation.inbound["mode"] == "webhooks" else "it is polled"
    play.stage.done(f"{title} connected: {installation.shop}, {how}", time.perf_counter() - began)
    return Part(shop, title, installation, {"url": shop.url, "api_version": installation.api_version})


async def sync_everything(play: Play) -> None:
    """Every resource of every shop, with progress, then the verdicts with their evidence."""
    from hub.cli.progress import progress
    from hub.cli.syncing import sync_shop

    play.stage.scene("Pulling everything, and proving that nothing is missing")
    began = time.perf_counter()
    with progress(silent=play.stage.silent) as bars:

        async def one(part: Part) -> list[dict[str, Any]]:
            return await sync_shop(play.house, part.installation, None, "backfill", bars, prefix=f"{part.title} ")

        found = await asyncio.gather(*(one(part) for part in play.parts))
    for part, runs in zip(play.parts, found, strict=True):
        part.seen["runs"] = [{"connector": part.connector, **run} for run in runs]
        play.stage.verdicts(part.title, runs)
    rows = sum(run["rows"] for runs in found for run in runs)
    play.stage.done(f"{rows:,} records in one canonical form", time.perf_counter() - began)


async def change_in_the_shops(play: Play) -> None:
    """The merchant edits a product; the shop tells us; the record changes; an event is there; a partner is told."""
    play.stage.scene("The merchant edits a product in each shop")
    await _everywhere(play, _change)


async def _change(play: Play, part: Part) -> list[Line]:
    product = (await part.shop.ids("products"))[0]
    part.record = part.record_of(product)
    head = await play.caller.head()
    began = time.perf_counter()
    await part.shop.change("products", [product])
    event = await play.caller.event_of(part.record, head, PATIENCE)
    took = time.perf_counter() - began
    receipt = await receipt_of(play, part, product)
    part.seen |= {
        "event_seen": event is not None and event["type"] == "product.updated",
        "webhook_seen": receipt is not None,
    }
    lines = [Line(receipt is not None, "webhook   none came")]
    if receipt is not None:
        lines = [Line(True, f"webhook   {receipt['topic']}, signed, kept as receipt {str(receipt['id'])[-12:]}")]
    if event is None:
        part.seen["partner_told"] = False
        return [*lines, Line(False, "event     none came of it")]
    part.position = event["position"]
    now = await play.caller.get(f"/v1/products/{part.record}")
    told = await play.partner.told_of(part.record, event["type"], PATIENCE)
    part.seen["partner_told"] = told is not None and told["verdict"] == "genuine"
    return [
        *lines,
        Line(True, f"record    “{now['title']}” changed in {', '.join(event['data'].get('changed', []))}"),
        Line(True, f"event     {event['type']} at position {event['position']}, caused by {event['cause']}", took),
        partner_line(told, time.perf_counter() - began),
    ]


def partner_line(told: dict[str, Any] | None, took: float) -> Line:
    """What the partner's receiver said of the webhook that came."""
    if told is None:
        return Line(False, "partner   was not told")
    if told["verdict"] != "genuine":
        return Line(False, f"partner   could not verify {told['id']}: {told['message']}")
    return Line(True, f"partner   told by {told['id']}, signature verified", took)


async def write_a_metafield(play: Play) -> None:
    """A program sets a metafield through our API; the shop has it; its echo is recognised."""
    play.stage.scene("A program writes a metafield through the API, and a 3D model where the shop takes one")
    await _everywhere(play, _write)


async def _write(play: Play, part: Part) -> list[Line]:
    first, second = (await part.shop.ids("products"))[1:3]
    began = time.perf_counter()
    await play.caller.put(f"/v1/products/{part.record_of(first)}/metafields", {"metafields": [FIELD]})
    part.seen["metafield_written"] = await _arrives(part, first)
    words = f"metafield {FIELD['namespace']}.{FIELD['key']} read back in the shop: “{FIELD['value']}”"
    written = Line(True, words, time.perf_counter() - began)
    lines = [written if part.seen["metafield_written"] else Line(False, "metafield the shop does not have it")]
    return [*lines, *([await _model(play, part, second)] if part.connector in TAKES_MODELS else [])]


async def _arrives(part: Part, product: str) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if FIELD["value"] in json.dumps(await part.shop.record("products", product), ensure_ascii=False):
            return True
        await asyncio.sleep(0.1)
    return False


async def _model(play: Play, part: Part, product: str) -> Line:
    """A GLB file through the API: staged at the shop, put on the product, and waited for until the shop can show it."""
    from hub.cli.demo.model import glb

    began, file = time.perf_counter(), glb()
    path = f"/v1/products/{part.record_of(product)}/media?filename={MODEL}&alt=Pierre%20taill%C3%A9e"
    queued = await play.caller.post(path, file, "model/gltf-binary")
    told: dict[str, Any] = {"status": "queued"}
    until = time.monotonic() + PATIENCE
    while told["status"] == "queued" and time.monotonic() < until:
        await asyncio.sleep(0.1)
        told = await play.caller.get(f"/v1/write-backs/{queued['id']}")
    part.seen["media_ready"] = told["status"] == "written" and told.get("media", {}).get("status") == "ready"
    if not part.seen["media_ready"]:
        return Line(False, f"3D model  {told.get('error') or 'the shop is still working on it'}")
    return Line(True, f"3D model  {MODEL}, {len(file):,} bytes, uploaded and ready in the shop", time.perf_counter() - began)


async def receipt_of(play: Play, part: Part, product: str) -> dict[str, Any] | None:
    """The newest receipt of this shop that names this product."""
    async with play.house.db.org(play.organisation.id) as unit:
        rows = await unit.fetch(
            "select id, topic, body from receipt where installation = $1 and topic like 'product%' "
            "order by received_at desc limit 20",
            part.installation.id,
        )
    for row in rows:
        if product in {str(value) for value in json.loads(row["body"]).values()}:  # under `id`, or `admin_graphql_api_id`
            return dict(row)
    return None


async def _everywhere(play: Play, act: Callable[[Play, Part], Awaitable[list[Line]]]) -> None:
    for part, lines in zip(play.parts, await asyncio.gather(*(act(play, part) for part in play.parts)), strict=True):
        play.stage.lines(part.title, lines)
