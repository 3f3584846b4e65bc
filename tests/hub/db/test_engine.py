from __future__ import annotations

import asyncio
import re
from uuid import UUID

import pytest

from hub.db.address import database_of, normalise, shown, with_database
from hub.db.connect import connect
from hub.db.databases import create_database, drop_database
from hub.db.engine import Database
from hub.db.ids import record_id, uuid7
from hub.errors import ConfigurationError, DatabaseUnreachable, Unavailable

CUT = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
)


async def cut(db: Database) -> int:
    connection = await connect(db.url)
    killed: int = await connection.fetchval(CUT)
    await connection.close()
    return killed


async def work(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await unit.fetchval("select pg_sleep(0.01)")


async def test_a_pool_whose_connections_were_all_cut_goes_on_without_an_error(db: Database, org: UUID) -> None:
    for pause in (0.0, 0.1):  # the driver may or may not have noticed yet
        await asyncio.gather(*(work(db, org) for _ in range(10)))
        assert await cut(db) >= 10
        await asyncio.sleep(pause)
        await asyncio.gather(*(work(db, org) for _ in range(10)))


async def test_a_unit_whose_connection_is_cut_fails_and_leaves_nothing(db: Database, org: UUID) -> None:
    with pytest.raises(DatabaseUnreachable, match="nothing of this unit was kept"):
        async with db.org(org) as unit:
            await unit.execute("update organisation set name = 'half'")
            await cut(db)
            await unit.execute("update organisation set slug = 'half'")
    async with db.org(org) as unit:
        assert await unit.fetchval("select name from organisation") == "Acme"


async def test_a_connection_cut_before_the_commit_is_an_error_and_the_next_unit_works(db: Database, org: UUID) -> None:
    with pytest.raises(DatabaseUnreachable, match="while committing"):
        async with db.org(org) as unit:
            await unit.execute("update organisation set name = 'half'")
            await cut(db)
    async with db.org(org) as unit:
        assert await unit.fetchval("select name from organisation") == "Acme"


async def test_a_cancelled_unit_gives_its_place_back(clean_database_url: str) -> None:
    database = Database(clean_database_url, pool_size=1)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), database.org(uuid7()) as unit:
                await unit.fetchval("select pg_sleep(5)")
    async with asyncio.timeout(2), database.org(uuid7()) as unit:
        assert await unit.fetchval("select 1") == 1
    await database.close()


async def test_more_units_than_connections_wait_their_turn(clean_database_url: str, org: UUID) -> None:
    database = Database(clean_database_url, pool_size=2)
    await asyncio.gather(*(work(database, org) for _ in range(20)))
    await database.close()


async def test_who_waits_too_long_for_a_connection_is_told_so(
    clean_database_url: str, org: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.db.pool.PATIENCE", 0.05)
    database = Database(clean_database_url, pool_size=1)
    async with database.org(org):
        with pytest.raises(Unavailable, match="All 1 database connections are busy"):
            await work(database, org)
    await work(database, org)
    await database.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:hush@127.0.0.1:1/x", r"127\.0\.0\.1:1/x cannot be reached.*start it"),
        ("postgresql://u:hush@no-such-host.invalid/x", r"no-such-host\.invalid/x cannot be reached"),
        ("postgresql://u:hush@/x?host=/nowhere", "/nowhere/x cannot be reached"),
    ],
)
async def test_an_unreachable_database_is_one_line_without_the_password(url: str, says: str) -> None:
    with pytest.raises(DatabaseUnreachable, match=says) as caught:
        await connect(url)
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_a_missing_database_and_a_refused_user_are_told_apart(postgres_url: str) -> None:
    with pytest.raises(DatabaseUnreachable, match="no such database: create it: createdb nowhere"):
        await connect(with_database(postgres_url, "nowhere"))
    with pytest.raises(DatabaseUnreachable, match="refuses the user"):
        await connect(re.sub(r"//[^@]*@", "//nobody:wrong@", postgres_url))


def test_only_postgresql_addresses_are_taken() -> None:
    assert normalise("postgresql+asyncpg://u@h/d") == "postgresql://u@h/d"
    assert normalise("postgresql://u@/d?host=/run/x") == "postgresql://u@/d?host=/run/x"
    with pytest.raises(ConfigurationError, match=r"'sqlite'.*must look like") as caught:
        normalise("sqlite:///hush.db")
    assert "hush" not in str(caught.value)


def test_an_address_is_shown_without_its_user() -> None:
    assert shown("postgresql://me:hush@h:5433/d") == "h:5433/d"
    assert shown("postgresql://me@/d?host=/run/luneo") == "/run/luneo/d"
    assert database_of("postgresql://me@h") == "me"
    assert with_database("postgresql://me@/d?host=/run", "a b") == "postgresql://me@/a%20b?host=/run"


async def test_a_database_made_fresh_is_empty_and_one_kept_is_not(postgres_url: str) -> None:
    name = f"luneo_test_{uuid7().hex[-12:]}_demo"
    url = await create_database(postgres_url, name)
    try:
        kept = await connect(url)
        await kept.execute("create table t (n int)")
        assert await create_database(postgres_url, name, fresh=False) == url
        assert await kept.fetchval("select to_regclass('t')") == "t"
        await create_database(postgres_url, name)  # throws `kept` out
        fresh = await connect(url)
        assert await fresh.fetchval("select to_regclass('t')") is None
        await fresh.close()
        kept.terminate()
    finally:
        await drop_database(postgres_url, name)


def test_a_records_id_depends_on_shop_kind_and_vendor_id_and_on_nothing_else() -> None:
    shop = UUID("0191e3a0-0000-7000-8000-000000000001")
    assert record_id(shop, "product", "17") == UUID("2b1c13e2-a4a7-53b0-b8d7-394f50790180")
    assert len({record_id(shop, "product", "17"), record_id(shop, "order", "17"), record_id(uuid7(), "product", "17")}) == 3
