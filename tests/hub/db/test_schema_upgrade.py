from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from hub.db.connect import connect
from hub.db.databases import create_database, drop_database
from hub.db.ids import uuid7
from hub.db.open import open_database
from hub.db.upgrade import OURS, check_schema, head_of, newest, upgrade
from hub.errors import ConfigurationError, SchemaOutdated
from hub.settings import Settings

PLUGIN = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "plugin_1", None, ("plugin",), "0001"
def upgrade() -> None:
    op.execute("create table plugin_thing (org uuid not null)")
"""


@pytest.fixture
async def bare(postgres_url: str) -> AsyncIterator[str]:
    """A database without a schema."""
    name = f"luneo_test_{uuid7().hex[-12:]}_bare"
    yield await create_database(postgres_url, name)
    await drop_database(postgres_url, name)


async def test_an_empty_database_says_what_to_run_and_is_then_right(bare: str) -> None:
    with pytest.raises(SchemaOutdated, match=r"is empty, this luneo needs 0004, w0001: run luneo db upgrade\."):
        await check_schema(bare)
    await upgrade(bare)
    await check_schema(bare)
    await upgrade(bare)
    assert await head_of(bare) == ("w0001",)  # which stands on our newest


async def test_several_upgrades_at_once_do_it_once(bare: str) -> None:
    await asyncio.gather(*(upgrade(bare) for _ in range(4)))
    await check_schema(bare)


async def test_a_newer_schema_is_left_alone(bare: str) -> None:
    await upgrade(bare)
    connection = await connect(bare)
    await connection.execute("update alembic_version set version_num = '9999'")
    await connection.close()
    for act in (check_schema, upgrade):
        with pytest.raises(SchemaOutdated, match=r"newer than this luneo \(revision 9999\): install"):
            await act(bare)


async def test_a_plugin_brings_its_own_branch(bare: str, tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text(PLUGIN)
    await upgrade(bare, plugins=[])
    with pytest.raises(SchemaOutdated, match="at 0004, this luneo needs plugin_1"):
        await check_schema(bare, plugins=[tmp_path])
    await upgrade(bare, plugins=[tmp_path])
    await check_schema(bare, plugins=[tmp_path])
    assert await head_of(bare) == ("0004", "plugin_1")


async def test_a_failing_revision_changes_nothing(bare: str, tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text(PLUGIN.replace("(org uuid not null)", "(org uuid not null); select 1/0"))
    with pytest.raises(ConfigurationError, match=r"could not be upgraded.*Nothing was changed"):
        await upgrade(bare, plugins=[tmp_path])
    assert await head_of(bare) == ()


async def test_a_role_that_may_not_make_roles_is_told_the_sql(postgres_url: str, bare: str) -> None:
    role = f"poor_{uuid7().hex[-8:]}"
    connection = await connect(bare)
    await connection.execute(f"create role {role} login; grant {role} to current_user; grant all on schema public to {role}")
    try:
        # A role made here has no password, and whether a given server (LUNEO_TEST_DATABASE_URL) asks for one is its own affair.
        if "luneo@" not in bare:
            pytest.skip("logging in without a password works on the private server only")
        with pytest.raises(ConfigurationError, match="GRANT luneo_app, luneo_system TO") as caught:
            await upgrade(bare.replace("luneo@", f"{role}@"))
        assert "CREATE ROLE luneo_app NOLOGIN" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert await head_of(bare) == ()
    finally:
        await connection.execute(f"drop owned by {role}; drop role {role}")
        await connection.close()


async def test_a_role_that_may_not_look_is_told_in_one_line(postgres_url: str, bare: str) -> None:
    # As above: on a given server the role could not log in.
    if "luneo@" not in bare:
        pytest.skip("logging in without a password works on the private server only")
    await upgrade(bare)
    role = f"stranger_{uuid7().hex[-8:]}"
    connection = await connect(bare)
    await connection.execute(f"create role {role} login")
    try:
        with pytest.raises(ConfigurationError, match=r"may not use the schema \(permission denied .*\): use the role that"):
            await check_schema(bare.replace("luneo@", f"{role}@"))
    finally:
        await connection.execute(f"drop role {role}")
        await connection.close()


async def test_a_given_database_is_checked_and_never_changed(bare: str) -> None:
    settings = Settings.model_validate({"database_url": bare})
    with pytest.raises(SchemaOutdated):
        await open_database(settings)
    assert await head_of(bare) == ()
    await upgrade(bare)
    database = await open_database(settings)
    async with database.org(uuid7()) as unit:
        assert await unit.fetchval("select count(*) from record") == 0
    await database.close()


def test_the_newest_revision_is_told_by_its_files_name() -> None:
    scripts = ScriptDirectory(str(OURS), version_locations=[str(OURS / "versions")])
    assert scripts.get_heads() == [newest()]
