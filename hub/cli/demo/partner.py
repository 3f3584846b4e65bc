"""A partner of the demo: the receiver that `luneo webhooks listen` gives to any partner, in a process of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from hub.errors import ConfigurationError

START = 20.0  # seconds to listen


class Partner:
    """A running receiver: where it listens, the secret it verifies with, and what it was told."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self.secret = secret
        self.told: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    @property
    def address(self) -> str:
        """host:port, as LUNEO_EGRESS_ALLOW takes it."""
        return self.url.partition("://")[2].partition("/")[0]

    def hears(self, line: dict[str, Any]) -> None:
        """One webhook came."""
        self.told.append(line)
        self._news.set()

    async def told_of(self, record: str, type: str, seconds: float) -> dict[str, Any] | None:
        """The first webhook of this type about a record, or None when it does not come in time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._news.clear()
            for line in self.told:
                if line["type"] == type and line["body"]["data"].get("record") == record:
                    return line
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
        return None


@asynccontextmanager
async def open_partner() -> AsyncIterator[Partner]:
    """Start the receiver on a free port; it ends with the block, or with us."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.cli", "webhooks", "listen", "--port", "0", "--secret", secret, "--json",
        stdout=asyncio.subprocess.PIPE, limit=8 << 20, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None  # noqa: S101 (it is a pipe)
    reading: asyncio.Task[None] | None = None
    try:
        async with asyncio.timeout(START):
            first = await process.stdout.readline()
        if not first:
            raise ConfigurationError("The partner's receiver ended without a word.", hint="Try: luneo webhooks listen")
        partner = Partner(json.loads(first)["url"], secret)
        reading = asyncio.create_task(_read(process.stdout, partner))
        yield partner
    finally:
        if reading is not None:
            reading.cancel()
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _read(lines: asyncio.StreamReader, partner: Partner) -> None:
    while line := await lines.readline():
        partner.hears(json.loads(line))
