"""One PostgreSQL for the run, one migrated database for it, and every test finds that database empty.

The server is the private one, or LUNEO_TEST_DATABASE_URL: a role there that may create databases and roles.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from hub.db.connect import connect
from hub.db.databases import create_database, drop_database
from hub.db.embedded import EmbeddedPostgres
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.db.upgrade import upgrade
from hub.settings import get_settings

# Only rows of tables that hold any are worth a TRUNCATE; row-level security would hide them from the owner's SELECT.
EMPTY = """
do $$
declare filled text;
begin
    select string_agg(quote_ident(relname), ', ') into filled from pg_class
    where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname <> 'alembic_version'
      and pg_relation_size(oid) > 0;
    if filled is not null then execute 'truncate ' || filled || ' cascade'; end if;
end $$
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cycles", type=int, help="how often the crash tests of webhooks kill something")


@pytest.fixture(scope="session", autouse=True)
def settings_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The machine's own settings stay out of the tests, and the tests' keys out of the machine's data folder."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LUNEO_") and not name.startswith("LUNEO_TEST_")]:
            patch.delenv(name)
        patch.setenv("LUNEO_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("LUNEO_KEYS", "test:" + base64.b64encode(b"k" * 32).decode())
        patch.setenv("LUNEO_PEPPER", base64.b64encode(b"p" * 32).decode())
        get_settings.cache_clear()
        yield


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """A run in the background ignores Ctrl-C, and every process that a test starts and interrupts would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def one_clock_at_a_time(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A test that judges by the clock (`@pytest.mark.clock`) waits until no other worker of this run has such a test in hand."""
    if request.node.get_closest_marker("clock") is None:
        yield
        return
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # each worker has a folder of its own below the run's
    with (folder / "clock.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server for the whole run: the URL of a database on it from which others can be made."""
    if given := os.environ.get("LUNEO_TEST_DATABASE_URL"):
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="luneo-tests-"))
    folder.chmod(0o711)  # run as root, the server's user must get through
    # Tests need not survive a power cut.
    server = EmbeddedPostgres(folder, settings={"fsync": "off", "full_page_writes": "off"})
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    name = f"luneo_test_{uuid7().hex[-12:]}_template"

    async def make() -> None:
        await upgrade(await create_database(postgres_url, name))

    asyncio.run(make())
    yield name
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture(scope="session")
def database_url(postgres_url: str, template: str) -> Iterator[str]:
    """The URL of the run's database. Take `db` too (or `clean_database_url`) to find it empty."""
    name = template.removesuffix("_template")
    yield asyncio.run(create_database(postgres_url, name, template=template))
    asyncio.run(drop_database(postgres_url, name))


@pytest.fixture
async def clean_database_url(database_url: str) -> str:
    """The same, emptied: for tests whose own processes open it."""
    connection = await connect(database_url)
    await connection.execute(EMPTY)
    await connection.close()
    return database_url


@pytest.fixture
async def db(clean_database_url: str) -> AsyncIterator[Database]:
    """The hub's database, empty."""
    database = Database(clean_database_url)
    yield database
    await database.close()


@pytest.fixture
def new_org(db: Database) -> Callable[[str], Awaitable[UUID]]:
    """Makes organisations: `await new_org("acme")`."""

    async def make(slug: str) -> UUID:
        id = uuid7()
        async with db.system() as unit:
            await unit.execute("insert into organisation (id, slug, name) values ($1, $2, $3)", id, slug, slug.title())
        return id

    return make


@pytest.fixture
async def org(new_org: Callable[[str], Awaitable[UUID]]) -> UUID:
    """An organisation."""
    return await new_org("acme")


@pytest.fixture
async def installation(db: Database, org: UUID) -> UUID:
    """A shop joined to `org`, with no credentials."""
    id = uuid7()
    async with db.org(org) as unit:
        await unit.execute(
            "insert into installation (org, id, connector, shop, name, url) values ($1, $2, 'woocommerce', $3, 'Shop', $3)",
            org, id, "https://shop.example",
        )  # fmt: skip
    return id
