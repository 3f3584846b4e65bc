"""`python -m benchmarks.dispatching.statements`: the pattern of other webhook servers, one statement at a time, beside ours.

For every message: one look-up of the application; a transaction of two INSERTs, message and content; one SELECT of both by the
worker; the signed POST; one INSERT of the attempt. Rows and indexes are those such servers have (three rows, eight index
entries, two commits). Everything that could make it look slower than the pattern itself is left out: no HTTP ingest, no second
process, no queue beside the database, prepared statements on asyncpg, and our own sender and signer.

Prints "ready", waits for a line on stdin, runs for that many seconds and prints what it delivered. Both processes, this one
and PostgreSQL, are on its bill.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from datetime import UTC, datetime

import asyncpg

from benchmarks.dispatching.load import PAD
from hub.db.ids import uuid7
from webhooks.send.answer import Answer
from webhooks.send.sender import Sender
from webhooks.sign import signer_of

TABLES = """
create table if not exists app (id text primary key, org text not null, uid text, name text not null, unique (org, uid));
create table if not exists msg (
    id text primary key, app text not null, event_type text not null, uid text, channels jsonb,
    created timestamptz not null default now(), expiration timestamptz not null
);
create index if not exists msg_app on msg (app, created desc);
create index if not exists msg_uid on msg (app, uid);
create table if not exists msg_content (id text primary key, payload bytea not null, expiration timestamptz not null);
create table if not exists msg_attempt (
    id text primary key, app text not null, msg text not null, endpoint text not null, url text not null,
    status smallint not null, response_code smallint not null, response text not null, trigger smallint not null,
    created timestamptz not null default now(), ended timestamptz not null
);
create index if not exists msg_attempt_msg on msg_attempt (msg, created desc);
create index if not exists msg_attempt_endpoint on msg_attempt (endpoint, created desc);
create index if not exists msg_attempt_app on msg_attempt (app, created desc);
"""
LOOK_UP = "select id, org, name from app where id = $1"
MESSAGE = (
    "insert into msg (id, app, event_type, uid, channels, expiration) values ($1, $2, $3, $4, null, now() + interval '90 days')"
)
CONTENT = "insert into msg_content (id, payload, expiration) values ($1, $2, now() + interval '90 days')"
READ = "select m.id, m.app, m.event_type, m.created, c.payload from msg m join msg_content c using (id) where m.id = $1"
ATTEMPT = (
    "insert into msg_attempt (id, app, msg, endpoint, url, status, response_code, response, trigger, ended) "
    "values ($1, $2, $3, $4, $5, 0, $6, '', 0, now())"
)


class Pattern:
    """As many messages as a number of tasks get through."""

    def __init__(self, pool: asyncpg.Pool, sender: Sender, urls: list[str], first: int) -> None:
        self._pool = pool
        self._sender = sender
        self._urls = urls
        self._next = first
        self._signer = signer_of(secrets.token_bytes(32))
        self.delivered = 0

    async def one(self) -> None:
        """One message, from the publisher's call to the log of its attempt."""
        mark, self._next = self._next, self._next + 1
        number = mark % len(self._urls)
        id, app = uuid7().hex, f"app_{number}"
        payload = b'{"mark":"%016d","amount":%d,"note":"%b"}' % (mark, 1 + mark % 99, PAD[:964])
        async with self._pool.acquire() as connection:
            await connection.fetchrow(LOOK_UP, app)
            async with connection.transaction():
                await connection.execute(MESSAGE, id, app, "bench.paid", id)
                await connection.execute(CONTENT, id, payload)
            row = await connection.fetchrow(READ, id)
            assert row is not None
        answer = await self._post(self._urls[number], id.encode(), row["payload"])
        async with self._pool.acquire() as connection:
            await connection.execute(ATTEMPT, uuid7().hex, app, id, f"ep_{number}", self._urls[number], answer.status)
        self.delivered += answer.status == 204

    async def _post(self, url: str, id: bytes, body: bytes) -> Answer:
        at = b"%d" % int(time.time())
        signature = self._signer.sign(b"msg_" + id, at, body)
        headers: list[str | bytes] = [
            b"content-type: application/json", b"webhook-id: msg_" + id, b"webhook-timestamp: " + at,
            b"webhook-signature: " + signature,
        ]  # fmt: skip
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._sender.start(url, headers, body, answered.set_result)
        return await answered


async def main(database: str, sink: str, endpoints: int, first: int, tasks: int) -> None:
    """Make ready, run when told."""
    host = sink.removeprefix("http://")
    urls = [f"{sink}/e/{number}" for number in range(endpoints)]
    sender = Sender(allow=[host], allow_http=True)
    async with asyncpg.create_pool(database, min_size=20, max_size=20) as pool:
        await pool.execute(TABLES)
        rows = [(f"app_{number}", "org", None, f"App {number}") for number in range(endpoints)]
        await pool.executemany("insert into app values ($1, $2, $3, $4) on conflict do nothing", rows)
        pattern = Pattern(pool, sender, urls, first)
        await asyncio.gather(*(pattern.one() for _ in range(tasks)))  # everybody's connections and statements are warm
        warm = pattern.delivered
        print("ready", flush=True)
        seconds = float(await asyncio.to_thread(sys.stdin.readline))
        began = time.monotonic()

        async def work() -> None:
            while time.monotonic() < began + seconds:
                await pattern.one()

        await asyncio.gather(*(work() for _ in range(tasks)))
        done = {"delivered": pattern.delivered - warm, "wall": time.monotonic() - began, "at": datetime.now(UTC).isoformat()}
        print(json.dumps(done), flush=True)
        await asyncio.to_thread(sys.stdin.readline)  # its CPU is read while it is still there
    await sender.close()


if __name__ == "__main__":
    words = sys.argv[1:]
    work = main(words[0], words[1], int(words[2]), int(words[3]), int(words[4]))
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)
