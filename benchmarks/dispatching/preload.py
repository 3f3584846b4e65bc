"""Millions of stored messages, made by the server itself: delivered long ago, each with its event and its attempt."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from benchmarks.dispatching.ground import Hub

CHUNK = 500_000

EVENTS = """
insert into event (org, id, position, type, cause, data, audience, created_at)
select e.org, uuidv7(- interval '20 days' + i * interval '100 microseconds'), -i - {first}, 'bench.paid', 'api',
    ('{{"mark":"0000000000000000","amount":1,"note":"' || repeat('x', 960) || '"}}')::json, e.application,
    now() - interval '20 days'
from generate_series(1, {count}) i
cross join lateral (select org, application from endpoint order by id limit 1) e
"""
MESSAGES = """
with ends as (select array_agg(id) as ids, count(*) as n from endpoint)
insert into message (org, endpoint, event, position, type, state, attempts, created_at, ended_at)
select e.org, ends.ids[1 + (-e.position) % ends.n], e.id, e.position, e.type, 2, 1, e.created_at, e.created_at
from event e cross join ends where e.position < -{first} and e.position >= -{first} - {count}
"""
ATTEMPTS = """
insert into attempt (org, endpoint, event, at, n, cause, ms, status, address, headers, body, size)
select org, endpoint, event, ended_at, 1, 0, 12, 204, '127.0.0.1', 'date: Sun, 01 Nov 2026 10:00:00 GMT', '', 0
from message where position < -{first} and position >= -{first} - {count}
"""


def preload(hub: Hub, count: int, say: Callable[[str], None]) -> float:
    """Adds them in chunks, then vacuums and writes a checkpoint, as time would have done; how many seconds it took."""
    began = time.monotonic()
    hub.sql("create index if not exists preload_position on message (position) where position < 0")
    for first in range(0, count, CHUNK):
        many = min(CHUNK, count - first)
        for statement in (EVENTS, MESSAGES, ATTEMPTS):
            run(hub, statement.format(first=first, count=many))
        say(f"  stored {first + many:,} after {time.monotonic() - began:.0f} s")
    hub.sql("drop index preload_position")
    for table in ("event", "message", "attempt"):
        run(hub, f"VACUUM (ANALYZE) {table}")
    run(hub, "CHECKPOINT")
    return time.monotonic() - began


def run(hub: Hub, statement: str) -> None:
    """A statement as the superuser that may take its time."""
    server = hub.ground.server
    words = [str(server.psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, server.database(hub.database, "postgres")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=3600)
    if done.returncode:
        raise RuntimeError(f"preloading failed: {done.stderr.strip()[-400:]}")
