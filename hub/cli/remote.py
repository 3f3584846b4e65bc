"""A sandbox shop on a leash: its process takes orders as JSON lines on stdin and ends when stdin closes.

The demo plays the merchant through it. Orders: {"do": "ids" | "change" | "record", "resource": …, "ids": [...]}; every order gets
one line of answer on stdout.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.ports import Sandbox


async def obey(shop: Sandbox) -> None:
    """Answer orders until stdin closes, however the process at its other end came to that."""
    reader = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        sys.stdout.write(json.dumps({"answer": act(shop, order)}, default=str) + "\n")
        sys.stdout.flush()


def act(shop: Sandbox, order: dict[str, Any]) -> Any:
    """Do one thing in the shop, as its merchant would."""
    resource, ids = order["resource"], order.get("ids", [])
    if order["do"] == "ids":
        return shop.ids(resource)
    if order["do"] == "change":
        return shop.change(resource, ids)
    return [shop.record(resource, each) for each in ids]
