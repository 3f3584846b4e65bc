"""The database goes away: nobody is told 202 for what is not durable, and everybody is told something soon."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub import registry
from hub.access import ALL_SCOPES, issue_key
from hub.app import create_app
from hub.db.databases import create_database
from hub.db.embedded import EmbeddedPostgres
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.db.upgrade import upgrade
from hub.http import guarded_client
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from tests.webhooks.conftest import put_application, put_endpoint, put_kind

EVENT: dict[str, Any] = {"type": "parcel.lost", "application": "partner", "data": {"parcel": "LP-1"}}


@dataclass
class Private:
    """A server of our own that may be killed, and a hub on it."""

    server: EmbeddedPostgres
    folder: Path
    db: Database
    org: UUID
    api: httpx.AsyncClient

    def pid(self) -> int:
        return int(next(self.server.home.rglob("postmaster.pid")).read_text().split()[0])

    def children(self) -> list[int]:
        """The server's processes, one for each connection among them."""
        postmaster = self.pid()
        return [int(child) for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()]

    def kill(self) -> None:
        """Every process of the server, as a machine that loses its power."""
        for pid in (self.pid(), *self.children()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def start(self) -> None:
        await asyncio.to_thread(self.server.ensure)

    async def publish(self, key: str | None = None) -> httpx.Response:
        return await self.api.post("/v1/events", json=EVENT, headers={} if key is None else {"idempotency-key": key})


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[EmbeddedPostgres, str, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="luneo-away-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder)
    try:
        url = server.start()

        async def make() -> str:
            made = await create_database(url, "away")
            await upgrade(made)
            return made

        yield server, asyncio.run(make()), folder
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def private(server: tuple[EmbeddedPostgres, str, Path]) -> AsyncIterator[Private]:
    postgres, url, folder = server
    await asyncio.to_thread(postgres.ensure)
    db, http = Database(url), guarded_client([])
    org = uuid7()
    async with db.system() as unit:
        await unit.execute("insert into organisation (id, slug, name) values ($1, $2, 'Acme')", org, org.hex)
    application = await put_application(db, org, "partner")
    await put_kind(db, org, "parcel.lost")
    await put_endpoint(db, org, application)
    async with db.org(org) as unit:
        _, key = await issue_key(unit, "test", ALL_SCOPES)
    async with serve(create_app(house=House(Settings(), db, registry.load(strict=True), http))) as at:
        headers = {"authorization": f"Bearer {key.reveal()}"}
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=at, headers=headers, timeout=30, trust_env=False, limits=limits) as api:
            yield Private(postgres, folder, db, org, api)
    await http.close()
    await db.close()


def away(answer: httpx.Response) -> bool:
    return (
        answer.status_code == 503 and int(answer.headers["retry-after"]) > 0 and answer.json()["error"]["code"] == "unavailable"
    )


async def test_without_a_database_it_is_a_503_within_seconds_and_afterwards_all_is_well(private: Private) -> None:
    assert (await private.publish("before")).status_code == 202
    private.kill()
    for key in (None, "during"):
        began = time.monotonic()
        answers = await asyncio.gather(*(private.publish(key and f"{key}-{nth}") for nth in range(5)))
        assert all(away(answer) for answer in answers), [answer.text for answer in answers]
        assert time.monotonic() - began < 5
    await private.start()
    answer = await private.publish("during-0")
    assert (answer.status_code, answer.json()["position"]) == (202, 2)
    assert (await private.publish("before")).headers["idempotent-replayed"] == "true"


async def test_a_database_that_hangs_is_a_503_within_seconds(private: Private) -> None:
    """Frozen, not dead: connections stand, nobody answers."""
    assert (await private.publish()).status_code == 202
    children = private.children()
    for pid in children:
        os.kill(pid, signal.SIGSTOP)
    try:
        for wait in (0, 1):  # the key's caller is remembered for less than a second: then already asking who he is hangs
            await asyncio.sleep(wait)
            began = time.monotonic()
            answers = await asyncio.gather(*(private.publish(f"key-{nth}-{wait}") for nth in range(3)))
            assert all(away(answer) for answer in answers), [answer.text for answer in answers]
            assert time.monotonic() - began < 5
    finally:
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    async with asyncio.timeout(10):
        told = {await position(private, f"key-{nth}-0") for nth in range(3)}
    assert told == {2, 3, 4}


async def position(private: Private, key: str) -> int:
    """What a client that asks again is told in the end."""
    while (answer := await private.publish(key)).status_code != 202:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    found: int = answer.json()["position"]
    return found


@pytest.mark.crash
async def test_what_was_accepted_is_there_after_every_crash_of_the_server(private: Private) -> None:
    """Publishers go on through three crashes; each 202 is in the log, once, whatever became of the requests between."""
    accepted: dict[str, dict[str, Any]] = {}
    stop = asyncio.Event()

    async def publisher(name: str) -> None:
        nth = 0
        while not stop.is_set():
            answer = await private.publish(f"{name}-{nth}")
            if answer.status_code == 202:
                accepted[f"{name}-{nth}"] = answer.json()
                nth += 1
            else:
                assert away(answer) or answer.status_code == 409, answer.text
                await asyncio.sleep(0.05)

    async with asyncio.timeout(60):
        tasks = [asyncio.create_task(publisher(f"p{nth}")) for nth in range(16)]
        for _ in range(3):
            before = len(accepted)
            while len(accepted) < before + 100:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            private.kill()
            await asyncio.sleep(0.3)
            await private.start()
        before = len(accepted)
        while len(accepted) < before + 100:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        stop.set()
        await asyncio.gather(*tasks)
    async with private.db.org(private.org) as unit:
        rows = await unit.fetch("select id, position from event order by position")
        messages = {row[0] for row in await unit.fetch("select event from message")}
    found = {str(row["id"]): row["position"] for row in rows}
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert {one["id"]: one["position"] for one in accepted.values()}.items() <= found.items()
    assert len({one["id"] for one in accepted.values()}) == len(accepted)
    assert messages == {row["id"] for row in rows}
    assert len(rows) - len(accepted) <= 16  # written, and whoever asked has not asked again
