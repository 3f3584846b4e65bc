"""A worker of its own, to be killed: works on one replay until then. Arguments: database URL, organisation, replay."""

from __future__ import annotations

import asyncio
import sys
from uuid import UUID

from hub.db.engine import Database
from webhooks.replay import work


async def main(url: str, org: str, replay: str) -> None:
    work.SLICE = 60.0  # type: ignore[misc]
    await work.go_on(Database(url), UUID(org), UUID(replay))


asyncio.run(main(*sys.argv[1:4]))
