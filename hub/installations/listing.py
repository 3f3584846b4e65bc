"""Finding installations: one by id, by the name somebody types, or all of an organisation."""

from __future__ import annotations

from uuid import UUID

from hub.db.unit import Unit
from hub.errors import Conflict, NotFound
from hub.installations.installation import COLUMNS, Installation, from_row


async def listing(unit: Unit, *, disconnected: bool = False) -> list[Installation]:
    """The installations of the unit's organisation, the oldest first; those disconnected only when asked for."""
    rows = await unit.fetch(
        f"select {COLUMNS} from installation where $1 or status <> 'disconnected' order by created_at, id",  # noqa: S608
        disconnected,
    )
    return [from_row(row) for row in rows]


async def get(unit: Unit, installation: UUID) -> Installation:
    """One installation of the unit's organisation. Raises NotFound, for another organisation's just as for none."""
    row = await unit.fetchrow(f"select {COLUMNS} from installation where id = $1", installation)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no installation {installation}.", field="installation")
    return from_row(row)


async def named(unit: Unit, shop: str) -> Installation:
    """The installation that somebody means by an id, a name, a shop identity or an address. Raises NotFound, Conflict."""
    wanted = shop.strip().rstrip("/").lower()
    known = await listing(unit)
    for match in (
        [one for one in known if str(one.id) == wanted],
        [one for one in known if wanted in (one.name.lower(), one.shop.lower(), one.url.rstrip("/").lower())],
        [one for one in known if len(wanted) >= 4 and str(one.id).startswith(wanted)],
    ):
        if len(match) == 1:
            return match[0]
        if match:
            raise Conflict(f"{shop!r} means {len(match)} shops:", hint="use the id: " + ", ".join(str(one.id) for one in match))
    names = ", ".join(one.name for one in known) or "none yet: luneo connect"
    raise NotFound(f"There is no connected shop {shop!r}.", hint=f"Connected: {names}.", field="shop")
