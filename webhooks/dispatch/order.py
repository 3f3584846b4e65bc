"""Shards of ordered messages. Whoever holds a shard's lease is the only one to claim and send its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhooks.shard import SHARDS

if TYPE_CHECKING:
    from hub.db.unit import Unit

LEASE = 10.0  # seconds: as long as a dispatcher without heartbeats counts as alive

THERE = "insert into order_shard (shard) select generate_series(0, $1 - 1) on conflict do nothing"
RENEW = """
update order_shard set until = now() + make_interval(secs => $2) where owner = $1 returning shard
"""
LEAVE = "update order_shard set owner = null, until = null where owner = $1 and shard = any ($2::smallint[])"
TAKE = """
update order_shard set owner = $1, until = now() + make_interval(secs => $2) where shard in (
    select s.shard from order_shard s
    where s.owner is null or s.until < now() or not exists (select from dispatcher d where d.id = s.owner)
    order by random() limit $3 for update skip locked)
returning shard
"""


class Shards:
    """The shards of this process. `mine` may be claimed from; `leaving` are given up once nothing of theirs is in flight."""

    def __init__(self) -> None:
        self.mine: frozenset[int] = frozenset()
        self.leaving: frozenset[int] = frozenset()

    async def renew(self, unit: Unit, owner: int, live: int, busy: frozenset[int]) -> None:
        """Once per heartbeat, in its transaction. `busy`: shards of which something is in flight here.

        Every live dispatcher holds a fair share; whoever has more lets go of what it does not need at this moment.
        """
        if not self.mine:
            await unit.execute(THERE, SHARDS)  # a database that was emptied has none
        held = {row["shard"] for row in await unit.fetch(RENEW, owner, LEASE)}
        share = -(-SHARDS // live)
        gone = (self.leaving & held) - busy
        if gone:
            await unit.execute(LEAVE, owner, sorted(gone))
            held -= gone
        if len(held) < share:
            held |= {row["shard"] for row in await unit.fetch(TAKE, owner, LEASE, share - len(held))}
        self.leaving = frozenset(sorted(held)[share:])
        self.mine = frozenset(held) - self.leaving

    def lose(self) -> None:
        """None of them is ours any more."""
        self.mine = self.leaving = frozenset()
