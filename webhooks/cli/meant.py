"""Which application and which endpoint a command means: by id, by uid, by the last digits of an id, or the only one there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from hub.errors import NotFound

if TYPE_CHECKING:
    from hub.db.unit import Unit

Endpoint = Annotated[str, typer.Argument(metavar="ENDPOINT", help="Its id, the end of it, or its uid.")]
MaybeEndpoint = Annotated[
    str | None, typer.Argument(metavar="[ENDPOINT]", help="Its id, the end of it, or its uid (default: the only one).")
]
Application = Annotated[
    str | None,
    typer.Option("--application", "-a", metavar="NAME", help="The partner's account: id or uid (default: the only one)."),
]
APPLICATIONS = "select id, uid, name from application where org = $1 and deleted_at is null order by id limit 1001"
ENDPOINTS = """
select id, uid, url from endpoint where org = $1 and deleted_at is null and ($2::uuid is null or application = $2) order by id
"""


async def application(unit: Unit, named: str | None, *, make: bool = False) -> UUID:
    """The application's id. `make`: the first one is made. Raises NotFound."""
    from webhooks.partners import applications

    if named is not None:
        return (await applications.get(unit, named)).id
    found = await unit.fetch(APPLICATIONS, unit.org)
    if not found and make:
        return (await applications.create(unit, "Main", "main")).id
    if len(found) != 1:
        names = ", ".join(row["uid"] or str(row["id"]) for row in found[:5])
        raise NotFound(
            f"There are {len(found)} applications ({names}…):" if found else "There is no application yet:",
            hint="name one with --application." if found else "luneo webhooks endpoints add URL makes the first.",
        )
    id: UUID = found[0]["id"]
    return id


async def endpoint(unit: Unit, named: str | None) -> UUID:
    """The endpoint's id. Raises NotFound when that is none, or several."""
    rows: list[Any] = await unit.fetch(ENDPOINTS, unit.org, None)
    if named is not None:
        low = named.lower()
        exact = [row for row in rows if low in (str(row["id"]), row["id"].hex) or row["uid"] == named]
        rows = exact or [row for row in rows if len(low) >= 4 and str(row["id"]).endswith(low)]
    if len(rows) != 1:
        what = f"{named!r} means {len(rows)} endpoints:" if named else f"There are {len(rows)} endpoints:"
        lacking = not rows and not named
        hint = "Add one: luneo webhooks endpoints add URL" if lacking else "Take the id from: luneo webhooks endpoints"
        raise NotFound(what, hint=hint)
    id: UUID = rows[0]["id"]
    return id
