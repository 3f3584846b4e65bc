"""`luneo deletions`: what a sweep would have deleted and held back because it was too much; a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options
from hub.cli.frame import group as make_group

if TYPE_CHECKING:
    from hub.cli.house import House
    from hub.installations.installation import Installation

group = make_group("Deletions that a sweep held back: list, confirm, discard.", bare=True)

Which = Annotated[str, typer.Option("--resource", help="Of which resource, such as products.")]


@group.callback()
def _deletions(context: typer.Context, org: options.Org = None, as_json: options.Json = False) -> None:
    """Deletions that a sweep held back: list, confirm, discard."""
    if context.invoked_subcommand is None:
        listing(org=org, as_json=as_json)


@group.command("list")
def listing(org: options.Org = None, as_json: options.Json = False) -> None:
    """What is held back, by shop and resource."""
    from hub.cli.run import run
    from hub.cli.show import answer, table

    rows = run(_list(org))
    answer(
        {"deletions": rows},
        as_json,
        lambda: table(
            ("shop", "resource", "held", "ids"),
            [
                (r["shop"], r["resource"], len(r["ids"]), ", ".join(r["ids"][:8]) + (" …" if len(r["ids"]) > 8 else ""))
                for r in rows
            ],
            empty="Nothing is held back.",
        ),
    )


@group.command("confirm")
def confirm(shop: options.Shop, resource: Which, org: options.Org = None, as_json: options.Json = False) -> None:
    """Mark them deleted, each one only if the shop still does not have it."""
    _decide(shop, resource, org, as_json, confirmed=True)


@group.command("discard")
def discard(shop: options.Shop, resource: Which, org: options.Org = None, as_json: options.Json = False) -> None:
    """Keep the records; the next sweep looks anew."""
    _decide(shop, resource, org, as_json, confirmed=False)


def _decide(shop: str, resource: str, org: str | None, as_json: bool, *, confirmed: bool) -> None:
    from hub.cli.run import run
    from hub.cli.show import answer, table

    count = run(_settle(shop, resource, org, confirmed))
    word = "deleted" if confirmed else "kept"
    answer(
        {"shop": shop, "resource": resource, word: count},
        as_json,
        lambda: table(("shop", "resource", word), [(shop, resource, count)], empty=""),
    )


async def _list(org: str | None) -> list[dict[str, Any]]:
    from hub.cli.house import open_house
    from hub.cli.shops import names_of
    from hub.sync.sweep import all_held

    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            names = await names_of(unit)
            held = await all_held(unit)
    return [{"shop": names[installation], "resource": resource, "ids": ids} for installation, resource, ids in held]


async def _settle(name: str, resource: str, org: str | None, confirmed: bool) -> int:
    from hub.cli.house import open_house
    from hub.cli.shops import chosen
    from hub.sync.confirm import confirm_tombstones, discard_tombstones
    from hub.sync.engine import Engine

    async with open_house() as house:
        (shop,) = await chosen(house, await house.organisation(org), name)
        _known(house, shop, resource)
        engine = Engine(house.db, house.registry, house.http, house.settings)
        decide = confirm_tombstones if confirmed else discard_tombstones
        return await decide(engine, shop.org, shop.id, resource)


def _known(house: House, shop: Installation, resource: str) -> None:
    from hub.errors import NotFound

    names = [each.name for each in house.registry.get(shop.connector).resources]
    if resource not in names:
        raise NotFound(f"{shop.name} has no {resource!r}.", hint=f"It has: {', '.join(names)}.")
