"""A publisher of the crash tests, in a process of its own: whatever the hub answered 202 to is in its ledger, fsynced.

Reads its orders as one line of JSON from stdin. One task for each order key: it publishes the key's numbers one after the other,
singly and in small batches, and asks again with the same Idempotency-Key until it hears 202. SIGTERM ends it: what was begun is
finished. Prints the statuses that it was answered; anything but 202, 409, 429 and 503 is remembered word for word.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from typing import Any

PATIENCE = 90.0  # seconds after which one request is given up: the hub is up again long before


class Publisher:
    """`orders`: addresses ("host:port"), api_key, type, application, keys, ledger (a path), seed, pause (seconds)."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self._orders = orders
        self._dice = random.Random(orders["seed"])
        self._ledger = os.open(orders["ledger"], os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        self._stopping = asyncio.Event()
        self._statuses: Counter[str] = Counter()
        self._strange: list[str] = []

    async def run(self) -> None:
        """Until SIGTERM."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stopping.set)
        print("begun", flush=True)
        async with asyncio.TaskGroup() as group:
            for key in self._orders["keys"]:
                group.create_task(self._follow(key))
        print(json.dumps({"statuses": self._statuses, "strange": self._strange}), flush=True)

    async def _follow(self, key: str) -> None:
        n = 0
        while not self._stopping.is_set() and not self._strange:
            count = self._dice.choice((1, 1, 2, 5))
            numbers = list(range(n, n + count))
            for event, number in zip(await self._publish(key, numbers), numbers, strict=False):
                line = {"event": event, "key": key, "n": number}
                os.write(self._ledger, json.dumps(line).encode() + b"\n")
            os.fsync(self._ledger)
            n += count
            await asyncio.sleep(self._dice.uniform(0, 2 * self._orders["pause"]))

    async def _publish(self, key: str, numbers: list[int]) -> list[str]:
        orders = self._orders
        events = [
            {"type": orders["type"], "application": orders["application"], "data": {"key": key, "n": n}, "order_key": key}
            for n in numbers
        ]
        path, body = ("/v1/events", events[0]) if len(events) == 1 else ("/v1/events:batch", events)
        async with asyncio.timeout(PATIENCE):
            while True:
                status, answer = await self._ask(path, json.dumps(body).encode(), f"{orders['seed']}-{key}-{numbers[0]}")
                self._statuses[str(status)] += 1
                if status == 202:
                    told = json.loads(answer)
                    return [told["id"]] if len(events) == 1 else [one["id"] for one in told["events"]]
                if status not in (0, 409, 429, 503):
                    self._strange.append(f"{status} {answer[:300]!r}")
                    return []
                await asyncio.sleep(self._dice.uniform(0.02, 0.2))

    async def _ask(self, path: str, body: bytes, once: str) -> tuple[int, bytes]:
        """Status and body; 0 when there was no whole answer."""
        host, port = self._dice.choice(self._orders["addresses"]).split(":")
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {host}:{port}\r\nauthorization: Bearer {self._orders['api_key']}\r\n"
            f"connection: close\r\ncontent-type: application/json\r\nidempotency-key: {once}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        ).encode()
        writer = None
        try:
            async with asyncio.timeout(20):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(head + body)
                told = await reader.readuntil(b"\r\n\r\n")
                lines = told.lower().split(b"\r\n")
                length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
                if lines[0][9:12] == b"503" and not any(line.startswith(b"retry-after:") for line in lines):
                    self._strange.append("503 without Retry-After")
                return int(told[9:12]), await reader.readexactly(length)
        except (OSError, EOFError, TimeoutError):
            return 0, b""
        finally:
            if writer is not None:
                writer.close()


if __name__ == "__main__":
    asyncio.run(Publisher(json.loads(sys.stdin.readline())).run())
