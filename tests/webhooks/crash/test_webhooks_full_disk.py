"""The database's disk runs full: publishing answers 503, never a false 202, and goes on when there is room again."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.db.databases import create_database
from hub.db.embedded import EmbeddedPostgres, home_of
from hub.db.engine import Database
from hub.db.upgrade import upgrade
from tests.webhooks.crash.disks import Disk, small_disk
from tests.webhooks.crash.reckoning import reckon
from tests.webhooks.crash.works import Publishing, Works, partner
from tests.webhooks.sink import Sink

SIZE = 200  # MB: a fresh cluster, two migrated databases and a few segments of its log
SMALL = {"min_wal_size": "32MB", "max_wal_size": "48MB", "shared_buffers": "16MB", "wal_recycle": "off", "wal_init_zero": "off"}


@pytest.fixture
def full() -> Iterator[tuple[Disk, EmbeddedPostgres]]:
    """A disk and a server on it."""
    with small_disk(SIZE) as disk:
        server = EmbeddedPostgres(disk.folder, settings=SMALL)
        try:
            yield disk, server
        finally:
            server.stop()


async def test_a_full_disk_refuses_events_and_loses_none(
    full: tuple[Disk, EmbeddedPostgres], sink: Sink, tmp_path: Path, dice: random.Random
) -> None:
    disk, server = full
    base = await asyncio.to_thread(server.start)
    url = await create_database(base, "full")
    await upgrade(url)
    works = Works(url, server, disk.folder, tmp_path, sink)
    db = Database(url)
    try:
        whose = await partner(db, sink)
        await whose.endpoint(sink.url("/"), ordered=True, retry=[1] * 20)
        works.start("up")
        await works.ready("up")
        publisher = Publishing(works, whose, 4, dice)
        await publisher.start()
        await sink.wait(20, "/", 15)
        disk.fill(_processes(home_of(disk.folder)))
        stalled = await _stalls(publisher)
        promised = len(publisher.promised())
        await asyncio.sleep(1.0)
        assert len(publisher.promised()) == promised, "something was promised on a full disk"
        disk.free(_processes(home_of(disk.folder)))
        await _revived(server)
        told = await publisher.stop()
        print(f"{disk.kind}: refused after {stalled:.1f} s, {told['statuses']}, {len(publisher.promised())} promises")
        assert told["strange"] == []
        assert told["statuses"].get("503"), "nobody was told 503"
        await whose.settled(45)
        found = reckon(publisher.promised(), sink.of("/"), [], ordered=True)
        assert not found.missing
        assert not found.inverted
        assert not found.twice
        assert works.ended() == []
    finally:
        publisher.kill()
        works.close()
        await db.close()


def _processes(home: Path) -> list[int]:
    """The postmaster and its children; none when it has ended."""
    try:
        pid = int((home / "data" / "postmaster.pid").read_text().split()[0])
        return [pid, *(int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except FileNotFoundError:
        return []


async def _stalls(publisher: Publishing) -> float:
    """Until nothing has been promised for a second; how long that took."""
    began = last = time.monotonic()
    count = len(publisher.promised())
    async with asyncio.timeout(60):
        while time.monotonic() - last < 1.0:
            await asyncio.sleep(0.05)
            if (now := len(publisher.promised())) != count:
                count, last = now, time.monotonic()
    return last - began


async def _revived(server: EmbeddedPostgres) -> None:
    """Until the server is up: a full log made it end."""
    async with asyncio.timeout(60):
        while True:
            try:
                await asyncio.to_thread(server.ensure)
            except Exception:
                await asyncio.sleep(0.2)
            else:
                return
