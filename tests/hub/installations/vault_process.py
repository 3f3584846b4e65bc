"""A worker of its own for the vault's tests: finds its token stale, asks the vendor for another, prints what it got.

`python -m tests.hub.installations.vault_process DATABASE_URL ORG INSTALLATION ADDRESS STALE TASKS SECONDS`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from uuid import UUID

from hub.db.engine import Database
from hub.http import guarded_client
from hub.installations.vault import RowVault


async def main(url: str, org: str, installation: str, address: str, stale: str, tasks: int, seconds: float) -> None:
    db = Database(url)
    http = guarded_client([address])

    async def renew(current: Mapping[str, str]) -> Mapping[str, str]:
        answer = await http.request("POST", f"http://{address}/renew", content=current["token"].encode())
        return {"token": json.loads(answer.body)["token"]}

    async def one() -> str:
        return (await RowVault(db, UUID(org), UUID(installation), seconds=seconds).renewed({"token": stale}, renew))["token"]

    print("begun", flush=True)
    try:
        print(*await asyncio.gather(*(one() for _ in range(tasks))), flush=True)
    finally:
        await http.close()
        await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:6], int(sys.argv[6]), float(sys.argv[7])))
