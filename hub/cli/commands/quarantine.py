"""`luneo quarantine`: rows that could not be mapped, kept with their raw bytes; look at them, try them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from hub.cli import options
from hub.cli.frame import group as make_group
from hub.errors import NotFound

if TYPE_CHECKING:
    from hub.sync.history import Quarantined

group = make_group("Rows that could not be mapped: list, show, replay.", bare=True)

MOST = 10_000  # rows looked at when one is named by its last digits
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, newest first.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The row's id, or its last digits, as the list shows them.")]


@group.callback()
def _quarantine(context: typer.Context, org: options.Org = None, as_json: options.Json = False) -> None:
    """Rows that could not be mapped: list, show, replay."""
    if context.invoked_subcommand is None:
        listing(org=org, as_json=as_json)


@group.command("list")
def listing(limit: Limit = 50, org: options.Org = None, as_json: options.Json = False) -> None:
    """The rows that wait in quarantine."""
    from hub.cli.run import run
    from hub.cli.show import answer, table
    from hub.cli.words import ago

    rows = run(_list(org, limit))
    answer(
        {"quarantine": rows},
        as_json,
        lambda: table(
            ("id", "shop", "resource", "vendor id", "field", "reason", "when"),
            [
                (str(r["id"])[-12:], r["shop"], r["resource"], r["vendor_id"], r["field"], r["reason"], ago(r["created_at"]))
                for r in rows
            ],
            empty="Nothing is in quarantine.",
        ),
    )


@group.command("show")
def show(id: Id, org: options.Org = None, as_json: options.Json = False) -> None:
    """One row: why it is there, and its raw form as the shop sent it."""
    from hub.cli.run import run
    from hub.cli.show import answer

    row = run(_show(org, id))
    answer(row, as_json, lambda: _print(row))


@group.command("replay")
def replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Which rows (default: all that wait).")] = None,
    org: options.Org = None,
    as_json: options.Json = False,
) -> int:
    """Run the current mapping over quarantined rows again. Exit code 2 when some are still refused."""
    from hub.cli.run import run
    from hub.cli.show import answer, table

    rows = run(_replay(org, ids or []))
    answer(
        {"replayed": rows},
        as_json,
        lambda: table(
            ("id", "", "reason"),
            [(str(r["id"])[-12:], "resolved" if r["resolved"] else "still refused", r["reason"]) for r in rows],
            empty="Nothing is in quarantine.",
        ),
    )
    return 0 if all(row["resolved"] for row in rows) else 2


async def _replay(org: str | None, ids: list[str]) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from hub.cli.house import open_house
    from hub.sync import history
    from hub.sync.replay import replay

    done: list[dict[str, Any]] = []
    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            waiting = await history.quarantine(unit, limit=MOST)
        for wanted in [meant(id, waiting) for id in ids] if ids else [row.id for row in reversed(waiting)]:
            async with house.db.org(organisation.id) as unit:  # one transaction each: what is mended stays mended
                done += [asdict(row) for row in await replay(unit, house.registry, [wanted])]
    return done


async def _list(org: str | None, limit: int) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from hub.cli.house import open_house
    from hub.cli.shops import names_of
    from hub.sync import history

    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            names = await names_of(unit)
            rows = [asdict(row) | {"shop": names[row.installation]} for row in await history.quarantine(unit, limit=limit)]
    for row in rows:
        del row["raw"]
    return rows


async def _show(org: str | None, id: str) -> dict[str, Any]:
    from dataclasses import asdict

    from hub.cli.house import open_house
    from hub.sync import history

    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            wanted = meant(id, await history.quarantine(unit, resolved=True, limit=MOST))
            row = await history.quarantined(unit, wanted)
    return asdict(row) | {"raw": [body.decode("utf-8", "replace") for body in row.raw]}


def meant(id: str, known: Sequence[Quarantined]) -> UUID:
    """The row that was typed: its whole id, or the last digits as far as they mean one."""
    found = [row.id for row in known if str(row.id).endswith(id.lower())]
    if len(found) != 1:
        raise NotFound(f"{id!r} means {len(found)} rows of the quarantine.", hint="Take the id from: luneo quarantine list")
    return found[0]


def _print(row: dict[str, Any]) -> None:
    import sys

    from hub.cli.show import table

    told = ("id", "resource", "vendor_id", "reason", "field", "created_at", "resolved_at", "resolution")
    table(("", ""), [(name.replace("_", " "), row[name]) for name in told if row[name] is not None], empty="")
    sys.stdout.write("\n" + "\n".join(row["raw"]) + "\n")
