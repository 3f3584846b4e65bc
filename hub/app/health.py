"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from fastapi import APIRouter, Response

from hub.errors import HubError, SchemaOutdated
from hub.web.answers import answer
from hub.web.house import House, TheHouse

router = APIRouter(prefix="/health", tags=["Health"])

PATIENCE = 3.0  # seconds for the database to answer
LATE = 300.0  # seconds a due job may wait before we say so
SCHEMA_HOLDS = 30.0  # seconds that a look at the schema is good for
LAG = "select coalesce(extract(epoch from now() - min(run_at)), 0) from job where status = 'queued' and run_at <= now()"


@router.get("/live")
async def live() -> Response:
    """This process answers. Asks nobody."""
    return Response(b'{"status":"ok"}', 200, None, "application/json")


@router.get("/ready")
async def ready(house: TheHouse) -> Response:
    """Whether the database answers, its schema is ours, and jobs are not piling up. 503 when it is not."""
    try:
        async with asyncio.timeout(PATIENCE):
            checks = await look(house)
    except (HubError, OSError, TimeoutError):
        checks = {"database": "away"}
    fine = checks["database"] == "ok" and checks.get("schema") == "ok"
    status = "late" if fine and checks["queue"] == "late" else "ok" if fine else "unavailable"
    return answer({"status": status, **checks}, 200 if fine else 503, None if fine else {"retry-after": "5"})


async def look(house: House) -> dict[str, Any]:
    """The checks in words. A queue that is late does not make this process unable to serve."""
    schema = await schema_state(house)
    async with house.db.system() as unit:
        lag = float(await unit.fetchval(LAG))
    return {"database": "ok", "schema": schema, "queue": "late" if lag > LATE else "ok", "queue_lag_seconds": round(lag, 1)}


async def schema_state(house: House) -> str:
    """`ok`, or what is wrong. Looked at again after a while: another process may upgrade the schema under us."""
    from hub.db.upgrade import check_schema

    if house.schema_seen + SCHEMA_HOLDS < time.monotonic():
        try:
            await check_schema(house.db.url)
        except SchemaOutdated:
            return "outdated"
        house.schema_seen = time.monotonic()
    return "ok"
