"""`luneo remap`: run the current mapping over the raw objects that are kept; the shop is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options

if TYPE_CHECKING:
    from hub.cli.house import House
    from hub.cli.progress import Progress
    from hub.installations.installation import Installation
    from hub.ports import Resource


def command(
    shop: options.MaybeShop = None,
    everything: Annotated[bool, typer.Option("--all", help="Also records that the current mapping wrote.")] = False,
    org: options.Org = None,
    as_json: options.Json = False,
) -> int:
    """Remap what an older mapping wrote. Exit code 2 when the mapping refuses some: they keep their form."""
    from hub.cli.run import run
    from hub.cli.show import answer

    rows = run(_remap(org, shop, everything, silent=as_json))
    answer({"remapped": rows}, as_json, lambda: _show(rows))
    return 2 if any(row["refused"] for row in rows) else 0


async def _remap(org: str | None, shop: str | None, everything: bool, *, silent: bool) -> list[dict[str, Any]]:
    from hub.cli.house import open_house
    from hub.cli.progress import progress
    from hub.cli.shops import chosen

    async with open_house() as house:
        shops = await chosen(house, await house.organisation(org), shop)
        with progress(silent) as bars:
            return [
                await _one(house, each, resource, everything, bars)
                for each in shops
                for resource in house.registry.get(each.connector).resources
            ]


async def _one(house: House, shop: Installation, resource: Resource, everything: bool, bars: Progress) -> dict[str, Any]:
    from hub.catalog.remap import remap

    told: dict[str, Any] = {"shop": shop.name, "resource": resource.name, "done": 0, "changed": 0, "refused": []}
    async for step in remap(house.db, shop.org, shop.id, resource, shop.settings, everything=everything):
        told |= {"done": step.done, "changed": step.changed}
        told["refused"] += [{"vendor_id": id, "reason": reason} for id, reason in step.refused]
        bars.update(f"{shop.name} {resource.name}", step.done, None)
    return told


def _show(rows: list[dict[str, Any]]) -> None:
    from hub.cli.show import remark, table

    table(
        ("shop", "resource", "remapped", "changed", "refused"),
        [(r["shop"], r["resource"], r["done"], r["changed"], len(r["refused"])) for r in rows],
        empty="Nothing to remap.",
    )
    for row in rows:
        for refused in row["refused"][:20]:
            remark(f"{row['resource']} {refused['vendor_id']} keeps its form: {refused['reason']}")
