"""The demo from its first line to its last: the stage is set, the scenes are played, the doors stay open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from hub.cli.demo.curtain import last_word, stay_open
from hub.cli.demo.lock import alone
from hub.cli.demo.partner import open_partner
from hub.cli.demo.play import CLAIMS, Play
from hub.cli.demo.scenes import change_in_the_shops, connect, sync_everything, write_a_metafield
from hub.cli.demo.shop import Shop, open_shop
from hub.cli.demo.stage import FLOW, Stage
from hub.cli.house import open_house, until_stopped
from hub.cli.hub_process import hub_running
from hub.cli.listen import address_of, bind
from hub.cli.verdicts import PARTIAL, exit_code

if TYPE_CHECKING:
    import socket

    from hub.settings import Settings

DATABASE = "luneo_demo"
CONNECTORS = ("woocommerce", "shopify")
INTERRUPTED = 130


async def tell(scale: dict[str, int], port: int, *, once: bool, as_json: bool) -> int:
    """Play it all. Exit code 0 when everything was seen to work, 2 when something is partial, 1 when a sync failed."""
    from hub.settings import get_settings

    stop, stage = until_stopped(), Stage(silent=as_json)
    story = asyncio.create_task(_tell(get_settings(), scale, port, stage, stop, once=once))
    ending = asyncio.create_task(stop.wait())
    await asyncio.wait({story, ending}, return_when=asyncio.FIRST_COMPLETED)
    if not story.done() and "seconds" not in stage.found:
        story.cancel()  # stopped in the middle of it
    ending.cancel()
    try:
        await story
    except asyncio.CancelledError:
        return INTERRUPTED
    if as_json and once:
        last_word(stage.found)
    seen = all(stage.found[claim] for claim in CLAIMS)
    return exit_code(stage.found["runs"]) or (0 if seen else PARTIAL)


async def _tell(settings: Settings, scale: dict[str, int], port: int, stage: Stage, stop: asyncio.Event, *, once: bool) -> None:
    began = time.perf_counter()
    with alone(settings.data_dir), bind("127.0.0.1", port) as sock:
        stage.say(FLOW)
        stage.scene("Setting the stage")
        async with _stage_set(settings, scale, stage, sock) as play:
            for scene in (sync_everything, change_in_the_shops, write_a_metafield):
                await scene(play)
            play.sum_up()
            stage.found["seconds"] = round(time.perf_counter() - began, 1)
            await stay_open(play, stop, once=once)


@asynccontextmanager
async def _stage_set(settings: Settings, scale: dict[str, int], stage: Stage, sock: socket.socket) -> AsyncIterator[Play]:
    """The shops, a database made anew, the hub on it, and the ones joined to the other."""
    url = address_of(sock)
    async with AsyncExitStack() as stack:
        with stage.waiting("Stocking two shops") as took:
            shops = await _side_by_side([stack.enter_async_context(open_shop(name, scale)) for name in CONNECTORS])
        stocked = ", ".join(f"{count:,} {name}" for name, count in scale.items())
        stage.done(f"two shops, each with {stocked}", took())
        changes: dict[str, Any] = {"database_url": None, "redis_url": None, "public_url": url}
        partner = await stack.enter_async_context(open_partner())
        changes["egress_allow"] = [*(shop.address for shop in shops), partner.address, url.partition("://")[2]]
        with stage.waiting("Starting PostgreSQL") as took:
            opening = open_house(settings.model_copy(update=changes), database=DATABASE, fresh=True)
            house = await stack.enter_async_context(opening)
        stage.done("PostgreSQL, with a database made for this demo", took())
        hub = await stack.enter_async_context(hub_running(house, sock))
        stage.done(f"the hub: API, page, worker and dispatcher, at {url}")
        yield await connect(house, hub, stage, shops, partner, url)


async def _side_by_side(openings: Sequence[Coroutine[Any, Any, Shop]]) -> list[Shop]:
    """All shops, in their order. When one fails the others are not waited for."""
    tasks = [asyncio.ensure_future(opening) for opening in openings]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
