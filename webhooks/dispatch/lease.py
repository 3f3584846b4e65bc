"""A dispatcher's row: while its heart beats in the table, what it holds is its own. The row's id is the fence."""

from __future__ import annotations

import os
import socket
import time

import structlog

from hub.db.engine import Database
from hub.db.unit import Unit

BEAT = 3.0  # seconds between two heartbeats
DEAD_AFTER = 10.0  # seconds without one: others take over
SKEW = 30.0  # seconds between this machine's clock and the database's that are worth a warning
TRUST = 8.0  # seconds after its last heartbeat during which a process sends: well before anybody takes it for dead

log = structlog.get_logger("webhooks.dispatch")

REGISTER = """
insert into dispatcher (host, pid) values ($1, $2)
returning id, extract(epoch from clock_timestamp())::float8 as at, (select count(*) from dispatcher
    where heartbeat_at > now() - make_interval(secs => $3)) as others
"""
BEATS = """
with mine as (update dispatcher set heartbeat_at = now() where id = $1 returning id)
select (select id from mine) as id, extract(epoch from clock_timestamp())::float8 as at,
    (select count(*) from dispatcher where id <> $1 and heartbeat_at > now() - make_interval(secs => $2)) as others
"""


class Lease:
    """This process among the dispatchers. `id` is None until it has registered; `live` counts all that are alive.

    `offset`: seconds to add to this machine's clock to have the database's.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self.id: int | None = None
        self.live = 1
        self.offset = 0.0
        self._until = 0.0

    @property
    def holds(self) -> bool:
        """Whether this process may send at this very instant."""
        return time.monotonic() < self._until

    async def register(self) -> None:
        """Begin anew, with a new id."""
        began = time.monotonic()
        wall = time.time()
        async with self._db.system() as unit:
            row = await unit.fetchrow(REGISTER, socket.gethostname(), os.getpid(), DEAD_AFTER)
        assert row is not None  # noqa: S101 (an insert answers its row)
        self.id, self.live = row["id"], row["others"] + 1
        self._measure(began, wall, row["at"])
        self.trust(began)

    async def beat(self, unit: Unit) -> float | None:
        """Go on; to be told to `trust` when the unit has committed.

        None when somebody has taken this one for dead: then nothing that it held is its own any more.
        """
        began = time.monotonic()
        wall = time.time()
        row = await unit.fetchrow(BEATS, self.id, DEAD_AFTER)
        if row is None or row["id"] is None:
            self.lose()
            return None
        self.live = row["others"] + 1
        self._measure(began, wall, row["at"])
        return began

    def trust(self, began: float) -> None:
        """The heartbeat that began then stands."""
        self._until = began + TRUST

    def lose(self) -> None:
        """Send nothing from now on."""
        self._until = 0.0

    async def leave(self) -> None:
        """Take the row away. What the dispatcher still held must have been given back."""
        gone, self.id = self.id, None
        self.lose()
        async with self._db.system() as unit:
            await unit.execute("delete from dispatcher where id = $1", gone)

    def _measure(self, began: float, wall: float, at: float) -> None:
        took = time.monotonic() - began
        if took < 1.0:  # a slow answer says little about clocks
            offset = at - (wall + took / 2)
            if abs(offset) > SKEW >= abs(self.offset):
                log.warning("dispatch.clock", ahead_of_database=round(-offset, 1), hint="correct this machine's clock")
            self.offset = offset
