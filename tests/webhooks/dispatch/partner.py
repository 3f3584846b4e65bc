"""A partner whose messages stand in the tables as publishers would have put them, and dispatchers that send them."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from hub import outbox
from hub.db.engine import Database
from tests.webhooks.conftest import Put, put_endpoint
from tests.webhooks.sink import Sink
from webhooks.book import Book
from webhooks.dispatch.work import Work, working
from webhooks.send.sender import Sender
from webhooks.shard import shard_of

INSERT = """
insert into message (org, endpoint, event, position, type, state, order_key, shard)
select $1, $2, m.event, m.position, 'stock.low', 0, m.key, m.shard
from unnest($3::uuid[], $4::bigint[], $5::text[], $6::smallint[]) as m(event, position, key, shard)
"""


class Partner:
    """An application, its endpoints, and what waits for them."""

    def __init__(self, db: Database, org: UUID, application: UUID) -> None:
        self.db, self.org, self.application = db, org, application

    async def endpoint(self, url: str, **columns: Any) -> Put:
        return await put_endpoint(self.db, self.org, self.application, url, **columns)

    async def publish(self, endpoint: Put, count: int = 1, *, keys: Sequence[str] | None = None, start: int = 0) -> list[UUID]:
        """Events, each with a waiting message for the endpoint; `keys` gives every event its order key; they are numbered."""
        wanted: list[str | None] = list(keys) if keys is not None else [None] * count
        drafts = [
            outbox.EventDraft("stock.low", "api", data=json.dumps({"n": n, "key": key}), audience=self.application, order_key=key)
            for n, key in enumerate(wanted, start)
        ]
        async with self.db.org(self.org) as unit:
            told = await outbox.append(unit, drafts)
            first = told.position - len(drafts) + 1
            await unit.execute(
                INSERT, self.org, endpoint.id, told.ids, [first + n for n in range(len(drafts))], wanted,
                [None if key is None else shard_of(endpoint.id, key) for key in wanted],
            )  # fmt: skip
            await unit.execute("select pg_notify('luneo_message', '')")
        return told.ids

    async def states(self, endpoint: Put) -> dict[int, int]:
        """State → how many messages."""
        async with self.db.org(self.org) as unit:
            rows = await unit.fetch("select state, count(*) as n from message where endpoint = $1 group by 1", endpoint.id)
        return {row["state"]: row["n"] for row in rows}

    async def message(self, endpoint: Put, event: UUID) -> Any:
        async with self.db.org(self.org) as unit:
            return await unit.fetchrow(
                "select *, extract(epoch from due_at - now())::float8 as due_in from message where endpoint = $1 and event = $2",
                endpoint.id, event,
            )  # fmt: skip

    async def attempts(self, endpoint: Put) -> list[Any]:
        async with self.db.org(self.org) as unit:
            return await unit.fetch("select * from attempt where endpoint = $1 order by at", endpoint.id)

    async def set(self, endpoint: Put, **columns: Any) -> None:
        """Change the endpoint's row."""
        sets = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, 2))
        async with self.db.org(self.org) as unit:
            await unit.execute(f"update endpoint set {sets}, version = version + 1 where id = $1", endpoint.id, *columns.values())


@asynccontextmanager
async def a_dispatcher(db: Database, *sinks: Sink, cap: int | None = None, **deadlines: float) -> AsyncIterator[Work]:
    """A dispatcher that may send to these sinks."""
    sender = Sender(allow=[sink.host for sink in sinks], allow_http=False, **deadlines)
    async with working(db, Book(db), sender, cap=cap) as work:
        yield work


async def until(true: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait for something to become true; it may be a coroutine function."""
    deadline = time.monotonic() + seconds
    while True:
        found = true()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.02)
