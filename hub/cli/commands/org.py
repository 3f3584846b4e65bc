"""`luneo org`: the organisations of this hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options
from hub.cli.frame import group as make_group

if TYPE_CHECKING:
    from hub.tenancy import Organisation

group = make_group("Organisations: list them, create one.", bare=True)


@group.callback()
def _org(context: typer.Context, as_json: options.Json = False) -> None:
    """Organisations: list them, create one."""
    if context.invoked_subcommand is None:
        listing(as_json)


@group.command("list")
def listing(as_json: options.Json = False) -> None:
    """The organisations there are."""
    from hub.cli.run import run
    from hub.cli.show import answer, table

    rows = run(_list())
    answer(
        {"organisations": rows},
        as_json,
        lambda: table(
            ("slug", "name", "id", "created"),
            [(r["slug"], r["name"], r["id"], r["created_at"]) for r in rows],
            empty="No organisation yet. The first `luneo connect` makes one, or: luneo org create NAME",
        ),
    )


@group.command("create")
def create(name: Annotated[str, typer.Argument(help="Its name, as people say it.")], as_json: options.Json = False) -> None:
    """Create an organisation."""
    from hub.cli.run import run
    from hub.cli.show import answer, say

    row = run(_create(name))
    answer(row, as_json, lambda: say(f"Organisation {row['name']} is there. Say --org {row['slug']} to mean it."))


async def _list() -> list[dict[str, Any]]:
    from hub import tenancy
    from hub.cli.house import open_house

    async with open_house() as house, house.db.system() as unit:
        return [_row(each) for each in await tenancy.list_organisations(unit)]


async def _create(name: str) -> dict[str, Any]:
    from hub import tenancy
    from hub.cli.house import open_house

    async with open_house() as house, house.db.system() as unit:
        return _row(await tenancy.create_organisation(unit, name))


def _row(organisation: Organisation) -> dict[str, Any]:
    return {"slug": organisation.slug, "name": organisation.name, "id": organisation.id, "created_at": organisation.created_at}
