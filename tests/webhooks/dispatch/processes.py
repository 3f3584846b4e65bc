"""Dispatchers in processes of their own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.webhooks.sink import Sink

ROOT = Path(__file__).parents[3]


class Processes:
    """Dispatchers that the test started."""

    def __init__(self, url: str, sink: Sink) -> None:
        self._url, self._sink = url, sink
        self._all: list[asyncio.subprocess.Process] = []

    async def start(self) -> asyncio.subprocess.Process:
        """A dispatcher that has registered."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).parent / "dispatcher_process.py"), self._url, self._sink.host,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self._all.append(process)
        assert process.stdout is not None
        assert await process.stdout.readline(), "it must begin"
        return process

    async def end(self) -> None:
        for process in self._all:
            if process.returncode is None:
                process.kill()
            await process.communicate()
