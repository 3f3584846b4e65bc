"""Forgetting what was sent: one event's, and every payload that names a record which the hub forgets.

The database does most of it: an event that is emptied loses its payload, what waits of it and what was answered to it, in the
same statement (40_forgetting.sql). Here is what empties events, and what finds those that merely name somebody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from hub.catalog.expunge import NUMBER
from hub.db.ids import record_id
from hub.db.unit import Unit
from hub.errors import NotFound
from webhooks.log.payloads import EXPUNGED

#: Payloads are stored as they are sent, references as `"id":"7","kind":"customer"` in them. What partners published of one
#: record names it by the hub's id, or it is not known to be about it.
NAMING: Final = """
select p.event as id from payload p join event e on e.id = p.event
where p.org = $1 and e.org = $1 and (
    (e.installation = $2 and convert_from(p.data, 'UTF8') ~* $3) or convert_from(p.data, 'UTF8') ~ $4
)
union
select e.id from event e where e.org = $1 and e.audience is not null and e.data::text ~ $4
"""


def number(vendor_id: str) -> str:
    """A vendor id as references show it, for a regular expression.

    >>> number("gid://shopify/Customer/12"), number("a+b")
    ('12', 'a\\\\+b')
    """
    found = NUMBER.search(vendor_id)
    return found[1] if found else re.escape(vendor_id)


async def event(unit: Unit, id: UUID) -> None:
    """Forget what one event said, what is still to be sent of it, and what was answered to it. Raises NotFound."""
    tag = await unit.execute("update event set data = $3::json where org = $1 and id = $2", unit.org, id, EXPUNGED)
    if tag != "UPDATE 1":
        raise NotFound(f"There is no event {id}.", field="event")


async def naming(unit: Unit, installation: UUID, ids: Mapping[str, Sequence[str]]) -> int:
    """Forget every payload that names one of these records of a shop: vendor ids by kind. Answers how many there were."""
    if not any(ids.values()):
        return 0
    refs = "|".join(f'"id":"{number(one)}","kind":"{kind}"' for kind, some in ids.items() for one in some)
    records = "|".join(str(record_id(installation, kind, one)) for kind, some in ids.items() for one in some)
    rows = await unit.fetch(NAMING, unit.org, installation, refs, records)
    if rows:
        await unit.execute(
            "update event set data = $3::json where org = $1 and id = any ($2::uuid[])",
            unit.org, [row["id"] for row in rows], EXPUNGED,
        )  # fmt: skip
    return len(rows)
