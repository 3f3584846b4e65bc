"""L23: our own write coming back is no change; somebody else's edit of the same record is."""

from __future__ import annotations

import json

from hub.ports import MetafieldWrite
from hub.sync.wishes import queue_write
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.inbound import ROWS, changed, told
from hub.testing.laws.outcome import Exempt, must
from hub.testing.laws.postbox import Door, Postbox, opened
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import same
from hub.testing.serving import serve

VALUE = "written by the law of echoes ✓"
STATUS = "select status, error from write_back where installation = $1"


async def _write(shop: Trial, door: Door, id: str) -> None:
    """Write one metafield, asked for twice under one key; the shop then holds it and was told once."""
    name = shop.ground.first
    fields = [MetafieldWrite("luneo.laws", "echo", "text", VALUE)]
    shop.tape.clear()
    for _ in range(2):
        async with shop.engine.db.org(shop.org) as unit:
            await queue_write(unit, shop.installation, shop.resource(name).kind, id, fields, f"laws-{shop.installation}")
        await door.work()
    rows = await shop.fetch(STATUS, shop.installation)
    must([row["status"] for row in rows] == ["written"], f"the write is {[tuple(row) for row in rows]}", shop.tape.culprit)
    held = VALUE in json.dumps(shop.sandbox.record(name, id), ensure_ascii=False)
    must(held, f"the shop's {name} {id} does not hold the metafield", shop.tape.culprit)
    writes = [one for one in shop.tape.asked if one.writes]
    must(len(writes) == 1, f"one wish, asked for twice, made {len(writes)} writes", "; ".join(map(str, writes)))


@law("L23", "the echo of our own write is ignored, somebody else's edit is applied")
async def echoes(ground: Ground) -> str:
    """A metafield is written; the shop's webhook of it comes back; then a merchant edits the same record."""
    if ground.connector.webhooks is None:
        raise Exempt(f"{ground.connector.manifest.title} sends no webhooks, so nothing comes back")
    post, name = Postbox(), ground.first
    async with serve(post) as public_url, trial(ground, ground.sandbox({name: ROWS}), public_url=public_url) as shop:
        await shop.complete(name)
        id = shop.sandbox.ids(name)[0]
        async with opened(shop) as door:
            already = len(post.letters)
            await _write(shop, door, id)
            before = await told(shop, id)
            for letter in await post.wait(already, "a write to the shop"):
                must(await door.deliver(letter) == 200, "the echo was refused", f"POST {letter.path}")
            await door.work()
            after = await told(shop, id)
            must(after == before, f"the echo of our own write made events: {after[len(before) :]}", f"POST {letter.path}")
            await door.deliver(await changed(shop, post, id))
            await door.work()
            edited = (await told(shop, id))[len(after) :]
            must(len(edited) == 1, f"somebody else's edit made events {edited}", shop.tape.culprit)
            await same(shop, name)
    return f"written once ({', '.join(before)}), the echo told nothing, the merchant's edit {edited[0]}"
