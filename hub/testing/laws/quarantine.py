"""L8: one bad row goes to quarantine with its bytes and a reason, the page goes on, and it goes through once repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from hub.catalog.raw import unpack_all
from hub.errors import SkippedRecordError
from hub.ports import Connector, Mapped, MapRecord, Resource, ShopSettings
from hub.registry import Registry
from hub.sync.replay import replay
from hub.testing.hostile import Mode
from hub.testing.laws.altering import Altered
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must, some
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import missing, same

ROWS = 190
FAULT = "refused by the law of bad rows"
OPEN = "select id, vendor_id, raw, reason from quarantine where installation = $1 and resource = $2 and resolved_at is null"


async def _held(shop: Trial, resource: str) -> list[str]:
    """The reasons of the rows in quarantine, each of which must have kept its bytes."""
    rows = await shop.fetch(OPEN, shop.installation, resource)
    for row in rows:
        must(row["reason"] and unpack_all(row["raw"]), f"{resource} {row['vendor_id']} is in quarantine without bytes or reason")
    return [row["reason"] for row in rows]


async def _odd_row(ground: Ground) -> str:
    """A row whose every field but its id is an object where none belongs, for good; then the shop repairs it."""
    async with trial(ground, ground.sandbox({ground.first: ROWS})) as shop:
        victim = shop.sandbox.ids(ground.first)[ROWS // 2]

        def spoil(row: dict[str, object]) -> None:
            if str(row["id"]) == victim:
                row.update({key: {"odd": [None]} for key in row if key != "id"})

        with shop.tape.through(Altered(shop.sandbox, spoil)):
            await shop.sync(ground.first)
            lost = await missing(shop, ground.first)
            must(lost <= {victim}, f"rows were lost beside the odd one: {some(lost - {victim})}", f"{ground.first} {victim}")
            reasons = await _held(shop, ground.first)
            must(not lost or reasons, f"{ground.first} {victim} is neither in the catalog nor in quarantine")
        await _repaired(shop, ground.first)
        return f"odd types: “{reasons[0] if reasons else 'mapped all the same'}”"


class Faulty:
    """Everything of `connector`, but that its mapping of one resource fails at one row."""

    def __init__(self, connector: Connector, name: str, victim: str) -> None:
        self._connector = connector

        def wrong(resource: Resource) -> MapRecord:
            def mapped(raw: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
                made = resource.map(raw, children, settings)
                if made.vendor_id == victim:
                    raise SkippedRecordError(victim, FAULT, field="/law")
                return made

            return mapped

        self.resources = [replace(one, map=wrong(one)) if one.name == name else one for one in connector.resources]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)


async def _replayed(ground: Ground) -> str:
    """A row that the mapping refuses is kept; once the mapping is repaired it is replayed, and the shop is not asked."""
    async with trial(ground, ground.sandbox({ground.first: ROWS})) as shop:
        victim, good = shop.sandbox.ids(ground.first)[ROWS // 2], shop.engine.registry
        name = ground.connector.manifest.name
        shop.engine.registry = Registry({name: cast("Connector", Faulty(good.get(name), ground.first, victim))})
        await shop.complete(ground.first)
        lost = await missing(shop, ground.first)
        must(lost == {victim}, f"the mapping refused {victim}; missing are {some(lost)}", f"{ground.first} {victim}")
        must(FAULT in " ".join(await _held(shop, ground.first)), f"{ground.first} {victim} is not in quarantine with its reason")
        shop.engine.registry = good
        shop.tape.clear()
        ids = [row["id"] for row in await shop.fetch(OPEN, shop.installation, ground.first)]
        async with shop.engine.db.org(shop.org) as unit:
            results = await replay(unit, good, ids)
        must(results and all(one.resolved for one in results), f"replayed: {results}", f"{ground.first} {victim}")
        await same(shop, ground.first)
        must(not shop.tape.asked, "a replay asked the shop", shop.tape.culprit)
        return f"a refused row: replayed, “{results[0].reason}”"


async def _repaired(shop: Trial, resource: str) -> None:
    """The shop is well again: a full run brings everything, nothing stays in quarantine."""
    shop.sandbox.change(resource, shop.sandbox.ids(resource)[:1])
    await shop.complete(resource, "backfill")
    await same(shop, resource)
    left = [row for row in await shop.fetch(OPEN, shop.installation, resource) if row["vendor_id"] is not None]
    must(not left, f"{resource} {some([row['vendor_id'] for row in left])}: still in quarantine after the repair")


@law("L8", "a null or odd-typed row goes to quarantine, the rest goes on, and it passes once repaired")
async def bad_row(ground: Ground) -> str:
    """A null, an id that is an object, a row of odd types."""
    seen = []
    for mode in (Mode.NULL_ROW, Mode.WRONG_TYPED_ID):
        async with trial(ground, ground.sandbox({ground.first: ROWS})) as shop:
            with shop.trouble(mode) as hostile:
                result = await shop.sync(ground.first)
            victim = hostile.did[0].partition("row ")[2].split()[0]
            lost = await missing(shop, ground.first)
            must(lost <= {victim}, f"rows were lost beside the bad one: {some(lost - {victim})}", shop.tape.culprit)
            must(
                not lost or result.verdict != "COMPLETE" or await _held(shop, ground.first),
                "a bad row left no trace",
                shop.tape.culprit,
            )
            reasons = await _held(shop, ground.first)
            await _repaired(shop, ground.first)
            seen.append(f"{mode.value}: {result.verdict}, {len(reasons)} in quarantine")
    return "; ".join([*seen, await _odd_row(ground), await _replayed(ground)])
