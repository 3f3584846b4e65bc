"""The pull API: an endpoint's messages in the order of the log, read with an iterator that never misses one.

Reading goes by position. What the API published has its messages when it has its position; canonical events get theirs a moment
later, so nobody reads beyond the first one that was not fanned out yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from hub import outbox
from hub.db.unit import Unit
from hub.errors import Unprocessable
from hub.web.paging import pack, unpack
from webhooks.log.bounds import message_id
from webhooks.log.payloads import DATA
from webhooks.partners import endpoints

WINDOW: Final = 20_000  # positions looked at in one read
FIRST: Final = 2000  # oldest messages among which the lowest position is: ids and positions may differ by a moment
MOST: Final = 100

SETTLED: Final = """
select coalesce((select min(e.position) - 1 from event e where e.org = $1 and e.audience is null and e.position > coalesce((
    select position from event_cursor where org = $1 and subscriber = 'webhooks'), 0)), $2)
"""
OLDEST: Final = """
select min(position) - 1 from (select position from message where org = $1 and endpoint = $2 order by event limit $3) oldest
"""
READ: Final = f"""
select e.id, e.position, e.type, e.created_at, {DATA} as data from (
    select e.* from event e join message m on m.endpoint = $2 and m.event = e.id
    where e.org = $1 and e.position > $3 and e.position <= $4 order by e.position limit $5
) e left join payload p on p.event = e.id order by e.position
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Pulled:
    """One message. `data` is JSON text, None when the payload is gone."""

    id: str
    position: int
    type: str
    timestamp: datetime
    data: str | None


@dataclass(frozen=True, slots=True)
class Pull:
    """`iterator` goes on where this ended; `done`: there was nothing more. `settled`: nothing waits to be fanned out."""

    messages: list[Pulled]
    iterator: str
    done: bool
    settled: bool


async def pull(unit: Unit, endpoint: UUID, iterator: str | None = None, limit: int = 50) -> Pull:
    """At most `limit` messages behind an iterator, from the oldest one that is kept without. Raises NotFound, Unprocessable."""
    await endpoints.get(unit, endpoint)
    after = None if iterator is None else position_in(iterator, endpoint)
    head = await outbox.head(unit)  # first: everything up to it is visible to the statements after it
    upto: int = min(head, await unit.fetchval(SETTLED, unit.org, head))
    if after is None:
        oldest = await unit.fetchval(OLDEST, unit.org, endpoint, FIRST)
        after = upto if oldest is None else min(oldest, upto)
    window = min(upto, after + WINDOW)
    rows = await unit.fetch(READ, unit.org, endpoint, after, window, limit)
    reached = rows[-1]["position"] if len(rows) == limit else max(window, after)
    found = [Pulled(message_id(row["id"]), row["position"], row["type"], row["created_at"], row["data"]) for row in rows]
    return Pull(found, pack(endpoint, reached), reached >= upto, upto >= head)


def position_in(iterator: str, endpoint: UUID) -> int:
    """Raises Unprocessable for what is no iterator of this endpoint's."""
    try:
        whose, position = unpack(iterator, 2)
        if UUID(whose) == endpoint and 0 <= int(position) < 2**63:
            return int(position)
    except (Unprocessable, ValueError):
        pass
    raise Unprocessable(
        f"iterator {iterator[:40]!r} is none of this endpoint's:",
        hint="pass `iterator` of the answer before, unchanged, or none to begin anew.", field="iterator",
    )  # fmt: skip
