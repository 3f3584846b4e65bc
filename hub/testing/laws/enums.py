"""L21: a word that the mapping has never seen (a plugin's status) survives, verbatim."""

from __future__ import annotations

import json
from typing import Any

from hub.installations.listing import get
from hub.ports import Explained, Resource, ShopSettings
from hub.testing.laws.altering import Altered
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Exempt, must
from hub.testing.laws.pointers import at, explained, put, sources
from hub.testing.laws.trial import Trial, trial

ROWS = 12
STRANGE = "zz-never-seen"
DOC = "select doc from record where installation = $1 and kind = $2 and vendor_id = $3 and deleted_at is null"


async def settings_of(shop: Trial) -> ShopSettings:
    """What the installation knows of its shop."""
    async with shop.engine.db.org(shop.org) as unit:
        return (await get(unit, shop.installation)).settings


def words(found: Explained, row: dict[str, Any]) -> set[str]:
    """Where in a row the words stand that the canonical form keeps verbatim as `*_native`, beside their translation."""
    return {
        origin
        for path, origin in sources(found)
        if path.endswith("_native") and isinstance(at(row, origin), str) and at(row, origin) == at(found.canonical, path)
    }


async def _strange(shop: Trial, resource: Resource) -> list[str]:
    settings, ids = await settings_of(shop), shop.sandbox.ids(resource.name)
    id, seen = ids[0], []
    row = shop.sandbox.record(resource.name, id)
    for nth, origin in enumerate(sorted(words(explained(shop.ground.connector, resource, row, settings), row)), 1):
        word = f"{STRANGE}-{nth}"  # one of its own: what an earlier one left in the catalog must not pass for it

        def spoil(row: dict[str, Any], origin: str = origin, word: str = word) -> None:
            if str(row["id"]) == id:
                put(row, origin, word)

        with shop.tape.through(Altered(shop.sandbox, spoil)):
            await shop.sync(resource.name, "backfill")
        docs = await shop.fetch(DOC, shop.installation, resource.kind, id)
        must(docs, f"{resource.name} {id} is not in the catalog when {origin} is {word!r}")
        holds = json.dumps(word) in docs[0]["doc"]
        must(holds, f"{resource.name} {id}: {origin} was {word!r}, and the canonical document does not hold it")
        seen.append(f"{resource.name} {origin}")
    return seen


@law("L21", "a word never seen before survives, verbatim")
async def unknown_enum(ground: Ground) -> str:
    """Each word of a row that a table translates (status, type, …) is replaced by one that no table knows."""
    async with trial(ground, ground.sandbox(ground.rows(ROWS))) as shop:
        seen = [one for resource in ground.connector.resources for one in await _strange(shop, resource)]
    if not seen:
        raise Exempt("no resource keeps a word of the vendor’s as *_native")
    return f"{STRANGE!r} as {', '.join(seen)}"
