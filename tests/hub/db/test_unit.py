from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import HubError


async def test_a_unit_runs_as_its_role_and_sees_its_organisation(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        assert await unit.fetchval("select current_user") == "luneo_app"
        assert await unit.fetchval("select count(*) from organisation") == 1
    async with db.system() as unit:
        assert await unit.fetchval("select current_user") == "luneo_system"


async def test_a_unit_that_raises_leaves_nothing(db: Database, org: UUID) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.org(org) as unit:
            await unit.execute("update organisation set name = 'changed'")
            raise ZeroDivisionError
    async with db.org(org) as unit:
        assert await unit.fetchval("select name from organisation") == "Acme"


async def test_a_swallowed_database_error_does_not_look_like_a_commit(db: Database, org: UUID) -> None:
    with pytest.raises(HubError, match="rolled back"):
        async with db.org(org) as unit:
            with pytest.raises(asyncpg.DivisionByZeroError):
                await unit.fetchval("select 1/0")


async def test_a_savepoint_keeps_what_came_before_it(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await unit.execute("update organisation set name = 'kept'")
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with unit.savepoint():
                await unit.execute("update organisation set name = 'lost'")
                await unit.fetchval("select 1/0")
    async with db.org(org) as unit:
        assert await unit.fetchval("select name from organisation") == "kept"


async def test_json_goes_in_and_comes_out_as_text_alone_and_in_arrays(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        assert await unit.fetchval("select $1::jsonb", b'{"a": 1.10}') == '{"a": 1.10}'
        assert await unit.fetchval("select $1::jsonb", '{"a": "\u00e9"}') == '{"a": "\u00e9"}'
        rows = await unit.fetch(
            "select * from unnest($1::jsonb[], $2::uuid[], $3::bytea[]) as t(doc, id, hash)",
            [b"{}", "[1]"], [uuid7(), uuid7()], [b"a", b"b"],
        )  # fmt: skip
        assert [row["doc"] for row in rows] == ["{}", "[1]"]


def test_time_ordered_ids_are_version_7_and_grow() -> None:
    ids = [uuid7() for _ in range(5000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 5000
    assert {id.version for id in ids} == {7}
