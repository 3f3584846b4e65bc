"""A worker of its own for the crash tests: syncs one resource and prints the verdict. Made to be killed."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from hub.db.engine import Database
from hub.http import guarded_client
from hub.registry import Registry
from hub.sync.engine import Engine
from hub.sync.run import sync
from tests.hub.sync.street import HURRY, Quick


async def main(database_url: str, org: str, installation: str, address: str, resource: str) -> None:
    db = Database(database_url)
    http = guarded_client([address])
    engine = Engine(db, Registry({"woocommerce": Quick()}), http, None, HURRY, lease_seconds=1.0, commit_rows=25)
    try:
        print("begun", flush=True)
        result = await sync(engine, UUID(org), UUID(installation), resource, "incremental", "crash test")
        print(result.verdict, result.evidence.get("resumed", 0), flush=True)
    finally:
        await http.close()
        await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
