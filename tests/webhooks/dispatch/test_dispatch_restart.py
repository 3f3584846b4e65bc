"""PostgreSQL is killed and comes back while messages are sent: nothing is lost, and nothing needs a hand."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from hub.db.embedded import EmbeddedPostgres, home_of
from hub.db.engine import GONE, Database
from hub.db.ids import uuid7
from hub.db.upgrade import upgrade
from hub.errors import HubError
from tests.webhooks.conftest import put_application
from tests.webhooks.dispatch.partner import Partner, a_dispatcher, until
from tests.webhooks.sink import Sink, answering
from webhooks.states import State

pytestmark = pytest.mark.crash


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="luneo-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def private(folder: Path) -> AsyncIterator[tuple[Database, Path]]:
    """A private server of the test's own, migrated; and the file that names its process."""
    server = EmbeddedPostgres(folder)
    url = await asyncio.to_thread(server.start)
    await upgrade(url)
    db = Database(url, revive=server.ensure, release=server.stop)
    yield db, home_of(folder) / "data" / "postmaster.pid"
    await db.close()


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGKILL], ids=lambda how: how.name)
async def test_every_message_is_delivered_though_the_database_is_killed_meanwhile(
    private: tuple[Database, Path], sink: Sink, how: signal.Signals
) -> None:
    db, pid_file = private
    org = uuid7()
    async with db.system() as unit:
        await unit.execute("insert into organisation (id, slug, name) values ($1, 'acme', 'Acme')", org)
    partner = Partner(db, org, await put_application(db, org))
    endpoint = await partner.endpoint(sink.url("/hook"))
    ordered = await partner.endpoint(sink.url("/ordered"), ordered=True)
    sink.on("/hook", answering(204, after=0.02))
    sink.on("/ordered", answering(204, after=0.02))
    events = await partner.publish(endpoint, 1500)
    await partner.publish(ordered, keys=[f"k{n % 20}" for n in range(300)])

    async with a_dispatcher(db, sink) as work:
        for _ in range(2):
            came = len(sink.receipts)
            await until(lambda came=came: len(sink.receipts) > came + 100, 20)
            await until(pid_file.exists)  # the server may be on its way back from the last time
            os.kill(int(pid_file.read_text().split()[0]), how)
        more = await _published(partner, endpoint)

        async def delivered() -> bool:
            with suppress(HubError, asyncpg.PostgresError, *GONE):
                states = await partner.states(endpoint)  # a publication whose commit was not answered may stand too
                done = set(states) == {State.DELIVERED} and states[State.DELIVERED] >= 1500 + more
                return done and await partner.states(ordered) == {State.DELIVERED: 300}
            return False

        await until(delivered, 60)
        assert work.outcomes.backlog == 0
    receipts = Counter((receipt.path, receipt.id) for receipt in sink.receipts)
    assert {id for path, id in receipts if path == "/hook"} >= {f"msg_{event.hex}" for event in events}


async def _published(partner: Partner, endpoint: object) -> int:
    for _ in range(200):
        with suppress(HubError, asyncpg.PostgresError, *GONE):
            return len(await partner.publish(endpoint, 50))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
    return 0
