"""A shop of the demo: a sandbox in a process of its own, so that its work never stalls ours."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from hub.errors import ConfigurationError

START = 60.0  # seconds to stock the shelves


class Shop:
    """A running sandbox: whose it is, where, its credentials, and its merchant's hands."""

    def __init__(self, process: asyncio.subprocess.Process, facts: dict[str, Any]) -> None:
        self._process = process
        self._one_at_a_time = asyncio.Lock()
        self.connector: str = facts["connector"]
        self.url: str = facts["url"]
        self.credentials: dict[str, str] = facts["credentials"]

    @property
    def address(self) -> str:
        """host:port, as LUNEO_EGRESS_ALLOW takes it."""
        return self.url.partition("://")[2]

    async def ids(self, resource: str) -> list[str]:
        return list(await self._order("ids", resource))

    async def change(self, resource: str, ids: Sequence[str]) -> None:
        """Edit these records, as the merchant would in the shop's own office."""
        await self._order("change", resource, ids)

    async def record(self, resource: str, id: str) -> dict[str, Any]:
        """One record as the shop holds it now."""
        found: dict[str, Any] = (await self._order("record", resource, [id]))[0]
        return found

    async def _order(self, do: str, resource: str, ids: Sequence[str] = ()) -> Any:
        assert self._process.stdin is not None  # noqa: S101 (both are pipes)
        async with self._one_at_a_time:
            self._process.stdin.write(json.dumps({"do": do, "resource": resource, "ids": list(ids)}).encode() + b"\n")
            await self._process.stdin.drain()
            return (await _line(self._process))["answer"]


@asynccontextmanager
async def open_shop(connector: str, scale: dict[str, int]) -> AsyncIterator[Shop]:
    """Start a sandbox shop of this size; it ends with the block, or with us."""
    words = [word for name, count in scale.items() for word in (f"--{name}", str(count))]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.cli", "sandbox", connector, "--json", "--leash", *words,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=64 << 20, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(START):
            facts = await _line(process, connector)
        yield Shop(process, facts)
    finally:
        assert process.stdin is not None  # noqa: S101
        process.stdin.close()
        await process.wait()


async def _line(process: asyncio.subprocess.Process, connector: str = "") -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101
    text = await process.stdout.readline()
    facts: dict[str, Any] = json.loads(text) if text else {"error": {"message": "it ended without a word"}}
    if "error" in facts:
        hint = f"Try: luneo sandbox {connector}" if connector else ""
        raise ConfigurationError(f"The sandbox shop failed: {facts['error']['message']}", hint=hint)
    return facts
