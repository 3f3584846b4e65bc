"""What the tests of publishing send, and how they look at what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from hub.db.engine import Database

EVENT: dict[str, Any] = {"type": "parcel.lost", "application": "partner", "data": {"parcel": "LP-1", "weight": 1.5}}


async def count(db: Database, org: UUID, table: str) -> int:
    async with db.org(org) as unit:
        found: int = await unit.fetchval(f"select count(*) from {table}")
    return found


async def send(api: httpx.AsyncClient, body: bytes | str, **headers: str) -> httpx.Response:
    return await api.post("/v1/events", content=body, headers={"content-type": "application/json"} | headers)


def fault(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["x-request-id"] == answer.json()["error"]["request_id"]
    error: dict[str, Any] = answer.json()["error"]
    return error
