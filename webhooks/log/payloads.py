"""What was, or would be, sent for an event, and whether it is still there.

Canonical events have a row of their own in `payload`; what the API published, and notices for one application, stand in the
event. Where that was expunged a mark stands in its place, so that nobody takes an empty object for what was said.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from hub.db.unit import Unit

#: Stands in `event.data` where what the API published was forgotten.
EXPUNGED: Final = '{"expunged":true}'

#: JSON text of the payload of event `e` with payload `p`; null when it is gone.
DATA: Final = f"""
case when p.data is not null then convert_from(p.data, 'UTF8')
    when e.audience is not null and e.data::text <> '{EXPUNGED}' then e.data::text end
"""


async def data_of(unit: Unit, event: UUID) -> str | None:
    """JSON text; None when it is gone."""
    found: str | None = await unit.fetchval(
        f"select {DATA} from event e left join payload p on p.event = e.id where e.org = $1 and e.id = $2",  # noqa: S608
        unit.org, event,
    )  # fmt: skip
    return found
