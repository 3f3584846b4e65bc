"""`luneo runs`: the syncs there have been, with their verdicts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli import options


def command(
    shop: options.MaybeShop = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, newest first.")] = 20,
    org: options.Org = None,
    as_json: options.Json = False,
) -> None:
    """The runs, newest first, with verdict and reason."""
    from hub.cli.run import run
    from hub.cli.show import answer

    rows = run(_runs(org, shop, limit))
    answer({"runs": rows}, as_json, lambda: _show(rows))


async def _runs(org: str | None, shop: str | None, limit: int) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from hub.cli.house import open_house
    from hub.cli.shops import names_of
    from hub.installations.listing import named
    from hub.sync import history

    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            wanted = (await named(unit, shop)).id if shop else None
            names = await names_of(unit)
            rows = await history.runs(unit, installation=wanted, limit=limit)
    return [asdict(row) | {"shop": names[row.installation]} for row in rows]


def _show(rows: list[dict[str, Any]]) -> None:
    from hub.cli.show import table
    from hub.cli.words import ago, lasted, verdict

    table(
        ("when", "shop", "resource", "mode", "verdict", "took", "reason"),
        [
            (
                ago(row["started_at"]),
                row["shop"],
                row["resource"],
                row["mode"],
                verdict(row["verdict"]),
                lasted(row["started_at"], row["finished_at"]),
                row["reason"],
            )
            for row in rows
        ],
        empty="No run yet. Start one: luneo sync",
    )
