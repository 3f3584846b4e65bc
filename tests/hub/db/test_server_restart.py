"""The server restarts under load: one kind of error, nothing half-written, and the pool recovers by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hub.db.connect import connect
from hub.db.embedded import EmbeddedPostgres, home_of
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import DatabaseUnreachable

pytestmark = pytest.mark.crash

# What a restart looks like to the sessions: told to go (fast), cut off (immediate), or just gone (kill -9).
SIGNALS = [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL]


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="luneo-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def private(folder: Path) -> AsyncIterator[tuple[Database, Path]]:
    """A private server of the test's own, with a table of pairs."""
    server = EmbeddedPostgres(folder)
    url = await asyncio.to_thread(server.start)
    connection = await connect(url)
    await connection.execute("create role luneo_app; grant luneo_app to luneo; create table pair (n int, half int)")
    await connection.execute("grant insert, select on pair to luneo_app")
    await connection.close()
    db = Database(url, pool_size=4, revive=server.ensure, release=server.stop)
    yield db, home_of(folder) / "data" / "postmaster.pid"
    await db.close()


@pytest.mark.parametrize("how", SIGNALS, ids=lambda how: how.name)
async def test_work_goes_on_after_a_restart_under_load(private: tuple[Database, Path], how: signal.Signals) -> None:
    db, pid_file = private
    kept, unsure, going = set[int](), set[int](), True

    async def write(worker: int) -> None:
        n = worker
        while going:
            n += 4
            try:
                async with db.org(uuid7()) as unit:
                    await unit.execute("insert into pair values ($1, 1)", n)
                    await unit.execute("insert into pair values ($1, 2)", n)
                kept.add(n)
            except DatabaseUnreachable:  # any other error fails the test
                unsure.add(n)

    async with asyncio.timeout(60):
        writers = [asyncio.ensure_future(write(worker)) for worker in range(4)]
        await asyncio.sleep(0.3)
        before = len(kept)
        os.kill(int(pid_file.read_text().split()[0]), how)
        while len(kept) < before + 200:  # noqa: ASYNC110 (the writers make it true)
            await asyncio.sleep(0.02)
        going = False
        await asyncio.gather(*writers)
    async with db.org(uuid7()) as unit:
        stored = {row["n"]: row["halves"] for row in await unit.fetch("select n, count(*) as halves from pair group by n")}
    assert set(stored.values()) == {2}
    assert kept <= stored.keys() <= kept | unsure
