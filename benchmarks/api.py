"""How many answers the API gives per CPU-second: `GET /v1/products?limit=50`, 32 at once, each caller turning the pages."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import quote, urlsplit

from benchmarks.running import Running

CALLERS = 32


async def _caller(hub: Running, left: list[int]) -> None:
    address = urlsplit(hub.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    cursor = ""
    try:
        while left[0] > 0:
            left[0] -= 1
            path = "/v1/products?limit=50" + (f"&cursor={quote(cursor)}" if cursor else "")
            words = (f"GET {path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {hub.key}")
            writer.write(("\r\n".join(words) + "\r\n\r\n").encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            body = await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
            if " 200 " not in head.partition("\r\n")[0] + " ":
                raise RuntimeError(f"GET {path}: {head.splitlines()[0]}: {body[:200]!r}")
            page = json.loads(body)
            if len(page["data"]) != 50 and page["next_cursor"]:
                raise RuntimeError(f"GET {path}: a page of {len(page['data'])}")
            cursor = page["next_cursor"] or ""
    finally:
        writer.close()


async def _storm(hub: Running, requests: int) -> None:
    left = [requests]
    await asyncio.gather(*(_caller(hub, left) for _ in range(CALLERS)))


def requests_per_cpu_second(hub: Running, requests: int) -> float:
    """Warms up, then counts: requests divided by the CPU-seconds of the hub and PostgreSQL together."""
    asyncio.run(_storm(hub, requests // 5))
    before = hub.clock()
    asyncio.run(_storm(hub, requests))
    return requests / hub.since(before).cpu
