"""The eight traps of row-level security, each tried on the real schema, and two tenants who try to reach each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from hub.db.connect import connect
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.queue import enqueue

CROSSINGS = {
    "organisation", "api_key", "installation", "event_head", "event", "event_cursor", "run", "resource_state", "receipt", "job",
}  # fmt: skip
#: Dispatchers work for all organisations; some tables of webhooks are no tenant's, and only theirs.
HOUSE = {"dispatcher", "order_shard", "retention_mark"}
DISPATCHING = {
    "application", "endpoint", "endpoint_secret", "signing_key", "event_type", "endpoint_health", "endpoint_book", "portal_pass",
    "message", "attempt", "payload", "replay",
}  # fmt: skip
TENANT_TABLES = """
    select c.relname as name, c.relforcerowsecurity and c.relrowsecurity as forced from pg_class c
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.relname <> 'alembic_version'
"""


@pytest.fixture
async def other(new_org: Callable[[str], Awaitable[UUID]]) -> UUID:
    return await new_org("other")


async def add_raw(db: Database, org: UUID, installation: UUID) -> None:
    async with db.org(org) as unit:
        await unit.execute(
            "insert into raw_object (org, installation, kind, vendor_id, body, encoding, size, fingerprint, fetched_at) "
            "values ($1, $2, 'product', '1', 'x', 0, 1, 'f', now())",
            unit.org, installation,
        )  # fmt: skip


async def test_trap_a_every_tenant_table_forces_its_policies_on_the_owner(db: Database) -> None:
    async with db.org(uuid7()) as unit:
        tables = {row["name"]: row["forced"] for row in await unit.fetch(TENANT_TABLES)}
        with_org = {row[0] for row in await unit.fetch(
            "select table_name from information_schema.columns where column_name = 'org' and table_schema = current_schema()"
        )}  # fmt: skip
    assert len(tables) == 18 + len(HOUSE | DISPATCHING | {"portal_brand"})
    assert tables.keys() - with_org == {"organisation"} | HOUSE
    assert {name for name, forced in tables.items() if not forced} == set()


async def test_trap_a_the_owner_itself_sees_nothing(db: Database, org: UUID, installation: UUID) -> None:
    await add_raw(db, org, installation)
    owner = await connect(db.url)
    try:
        if await owner.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            # Row security never binds a superuser: there is nothing to see. The private server's login role is none.
            pytest.skip("LUNEO_TEST_DATABASE_URL logs in as a superuser, whom nothing binds")
        for table in ("raw_object", "installation", "organisation"):
            assert await owner.fetchval(f"select count(*) from {table}") == 0
    finally:
        await owner.close()


async def test_trap_b_neither_role_is_superuser_or_may_bypass_or_log_in(db: Database) -> None:
    async with db.org(uuid7()) as unit:
        rows = await unit.fetch("select * from pg_roles where rolname in ('luneo_app', 'luneo_system')")
    assert len(rows) == 2
    for row in rows:
        assert not (row["rolsuper"] or row["rolbypassrls"] or row["rolcanlogin"] or row["rolcreaterole"])


async def test_trap_b_the_private_servers_login_role_is_no_superuser(postgres_url: str) -> None:
    connection = await connect(postgres_url)
    try:
        if "luneo@" not in postgres_url:
            # Somebody else's server: whoever runs it decides what its login role may do.
            pytest.skip("only the private server's login role is ours")
        row = await connection.fetchrow("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert row is not None
        assert not row["rolsuper"]
        assert not row["rolbypassrls"]
    finally:
        await connection.close()


async def test_trap_c_nothing_of_a_unit_leaks_to_the_next_user_of_its_connection(clean_database_url: str) -> None:
    database = Database(clean_database_url, pool_size=1)
    async with database.system() as unit:
        org = uuid7()
        await unit.execute("insert into organisation (id, slug, name) values ($1, 'a', 'A')", org)
        backend = await unit.fetchval("select pg_backend_pid()")
    async with database.org(org) as unit:
        assert await unit.fetchval("select pg_backend_pid()") == backend
        assert await unit.fetchval("select current_setting('app.org')") == str(org)
    with pytest.raises(ZeroDivisionError):
        async with database.org(org):
            raise ZeroDivisionError
    connection = await database.pool.take()
    row = await connection.fetchrow("select pg_backend_pid(), current_user = session_user, current_setting('app.org', true)")
    database.pool.give(connection)
    await database.close()
    assert row is not None
    assert tuple(row) == (backend, True, "")


async def test_trap_d_without_an_organisation_there_are_no_rows_and_no_error(db: Database, org: UUID, installation: UUID) -> None:
    connection = await connect(db.url)
    try:
        await connection.execute("set role luneo_app")
        for setting in (None, "", None):  # never set; set and ended, which leaves ''
            if setting is not None:
                async with connection.transaction():
                    await connection.execute("select set_config('app.org', $1, true)", str(org))
                    assert await connection.fetchval("select count(*) from installation") == 1
            assert await connection.fetchval("select count(*) from installation") == 0
    finally:
        await connection.close()


async def test_traps_e_and_f_there_are_no_views_that_would_show_every_tenant(db: Database) -> None:
    async with db.org(uuid7()) as unit:
        views = await unit.fetch(
            "select relname from pg_class where relnamespace = current_schema()::regnamespace and "
            "(relkind = 'm' or (relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false)))"
        )
    assert views == []


async def test_trap_g_no_unique_index_can_tell_one_tenant_about_another(db: Database) -> None:
    async with db.org(uuid7()) as unit:
        rows = await unit.fetch(
            "select c.relname || '(' || string_agg(a.attname, ',' order by a.attnum) || ')' as words "
            "from pg_index i join pg_class c on c.oid = i.indrelid join pg_class x on x.oid = i.indexrelid "
            "join pg_attribute a on a.attrelid = i.indexrelid "
            "where i.indisunique and c.relnamespace = current_schema()::regnamespace and c.relname <> 'alembic_version' "
            "group by c.relname, x.relname having not bool_or(a.attname = 'org')"
        )
    meaningful = {row["words"] for row in rows if not row["words"].endswith("(id)")}
    # Each begins with a random id of ours that no other tenant knows, apart from a few: digests cannot be guessed, two tables
    # are no tenant's, a slug is the operator's, and the one-shop rule is meant to refuse (its error names nobody).
    assert meaningful == {
        "raw_object(installation,kind,vendor_id)", "record(installation,kind,vendor_id)", "receipt(installation,dedupe)",
        "resource_state(installation,resource)", "run_page(run,seq)", "shop_budget(installation)",
        "variant_index(record,vendor_id)", "api_key(digest)", "organisation(slug)", "installation(connector,shop)",
        "message(endpoint,event)", "attempt(endpoint,event,at)", "endpoint(application,uid)", "payload(event)",
        "endpoint_health(endpoint)", "portal_pass(digest)", "order_shard(shard)", "retention_mark(name)",
    }  # fmt: skip


async def test_trap_g_two_tenants_may_use_the_same_keys(db: Database, org: UUID, other: UUID) -> None:
    ids = []
    for tenant in (org, other):
        async with db.org(tenant) as unit:
            ids.append(await enqueue(unit, "sync", {}, key="same"))
            await unit.execute(
                "insert into idempotency (org, key, request_hash, expires_at) values ($1, 'same', 'h', now())", tenant
            )
    assert ids[0] != ids[1]


async def test_trap_h_a_row_cannot_point_at_another_tenants_shop(
    db: Database, org: UUID, installation: UUID, other: UUID
) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await add_raw(db, other, installation)
    await add_raw(db, org, installation)


async def test_trap_h_a_row_does_not_move_to_another_shop(db: Database, org: UUID, installation: UUID) -> None:
    await add_raw(db, org, installation)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="does not move"):
        async with db.org(org) as unit:
            await unit.execute("update raw_object set installation = $1", uuid7())


async def test_trap_h_what_has_no_foreign_key_goes_with_its_shop_and_its_organisation(
    db: Database, org: UUID, installation: UUID
) -> None:
    await add_raw(db, org, installation)
    async with db.org(org) as unit:
        await unit.execute("insert into event (org, id, position, type, cause) values ($1, $2, 1, 'a.b', 'api')", org, uuid7())
        await unit.execute("delete from installation")
        assert await unit.fetchval("select count(*) from raw_object") == 0
        assert await unit.fetchval("select count(*) from event") == 1
        await unit.execute("delete from organisation")
        assert await unit.fetchval("select count(*) from event") == 0
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with unit.savepoint():
                await unit.execute(
                    "insert into event (org, id, position, type, cause) values ($1, $2, 1, 'a.b', 'api')", org, uuid7()
                )


async def test_trap_h_every_foreign_key_to_a_tenant_table_carries_the_organisation(db: Database) -> None:
    async with db.org(uuid7()) as unit:
        keys = await unit.fetch(
            "select conrelid::regclass::text as child, confrelid::regclass::text as parent, "
            "(select array_agg(attname) from pg_attribute where attrelid = conrelid and attnum = any (conkey)) as columns "
            "from pg_constraint where contype = 'f'"
        )
    assert len(keys) >= 12
    for key in keys:
        assert "org" in key["columns"], f"{key['child']} → {key['parent']}"


async def test_one_tenant_neither_sees_nor_changes_nor_writes_into_another(
    db: Database, org: UUID, installation: UUID, other: UUID
) -> None:
    await add_raw(db, org, installation)
    async with db.org(other) as unit:
        for table in ("raw_object", "installation"):
            assert await unit.fetch(f"select * from {table}") == []
            assert await unit.execute(f"delete from {table}") == "DELETE 0"
        assert await unit.execute("update installation set name = 'mine now'") == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.org(other) as unit:
            await unit.execute("insert into event_head (org, position) values ($1, 1)", org)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.org(org) as unit:
            await unit.execute("update installation set org = $1", other)


async def test_the_system_role_reads_the_named_tables_and_no_others(db: Database) -> None:
    async with db.system() as unit:
        tables = {row["name"] for row in await unit.fetch(TENANT_TABLES)}
    named = CROSSINGS | HOUSE | DISPATCHING
    assert tables > named
    for table in tables:
        try:
            async with db.system() as unit:
                await unit.fetch(f"select * from {table}")
            readable = True
        except asyncpg.InsufficientPrivilegeError:
            readable = False
        assert readable == (table in named), table


async def test_the_system_role_changes_no_installation_and_no_event(db: Database) -> None:
    for statement in ("update installation set name = ''", "delete from event", "update api_key set revoked_at = null"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.system() as unit:
                await unit.execute(statement)


async def test_dispatchers_change_of_partners_and_messages_only_what_sending_changes(db: Database) -> None:
    for statement in (
        "insert into message (org, endpoint, event, position, type, state) select org, endpoint, event, 1, 'x', 0 from message",
        "update message set org = org",
        "update attempt set status = 200",
        "update endpoint set url = ''",
        "update endpoint_secret set sealed = ''",
        "update signing_key set sealed = ''",
        "update application set name = ''",
        "update payload set data = ''",
        "update portal_pass set application = application",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.system() as unit:
                await unit.execute(statement)
