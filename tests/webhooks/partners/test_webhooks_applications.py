"""Applications: found by id or by the organisation's own name, and gone with everything that is theirs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import Conflict, NotFound, Unprocessable
from tests.webhooks.partners.conftest import Maker
from webhooks.partners import applications
from webhooks.partners.applications import Application


async def test_an_application_is_found_by_its_id_and_by_its_uid(db: Database, org: UUID, application: Application) -> None:
    async with db.org(org) as unit:
        assert await applications.get(unit, application.id) == application
        assert await applications.get(unit, str(application.id)) == application
        assert await applications.get(unit, "nord") == application


async def test_two_applications_cannot_have_one_uid(db: Database, org: UUID, application: Application) -> None:
    async with db.org(org) as unit:
        with pytest.raises(Conflict, match="another application has it") as refusal:
            await applications.create(unit, "Nord again", "nord")
        assert refusal.value.field == "/uid"
        other = await applications.create(unit, "South", "south")
        with pytest.raises(Conflict, match="'nord'"):
            await applications.update(unit, other.id, {"uid": "nord"})
        assert (await applications.update(unit, other.id, {"uid": None, "name": "Sud"})).name == "Sud"


async def test_many_applications_may_have_no_uid(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        made = [await applications.create(unit, f"Partner {n}") for n in range(3)]
        assert await applications.list_of(unit, limit=2) == made[:2]
        assert await applications.list_of(unit, after=made[1].id) == made[2:]


async def test_a_patch_changes_only_what_it_names(db: Database, org: UUID, application: Application) -> None:
    async with db.org(org) as unit:
        changed = await applications.update(unit, "nord", {"metadata": {"plan": "gold"}})
        assert (changed.name, changed.uid, changed.metadata) == ("Atelier Nord", "nord", {"plan": "gold"})
        assert await applications.update(unit, "nord", {}) == changed


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": ""}, "/name"),
        ({"name": "   "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"name": "half \ud800"}, "/name"),
        ({"name": "x", "uid": ""}, "/uid"),
        ({"name": "x", "uid": "with space"}, "/uid"),
        ({"name": "x", "uid": "a/b"}, "/uid"),
        ({"name": "x", "uid": "x" * 129}, "/uid"),
        ({"name": "x", "uid": "0198b2c4-5d10-7c3a-9b1e-2f4a6c8e0d12"}, "/uid"),
        ({"name": "x", "metadata": {"a\r\n": "b"}}, "/metadata"),
        ({"name": "x", "metadata": {"a": "b\r\nc"}}, "/metadata/a"),
        ({"name": "x", "metadata": {"a": "b" * 501}}, "/metadata/a"),
        ({"name": "x", "metadata": {"a": 1}}, "/metadata/a"),
        ({"name": "x", "metadata": {str(n): "" for n in range(51)}}, "/metadata"),
    ],
)
async def test_bad_input_is_refused_with_its_field(db: Database, org: UUID, asked: dict[str, Any], field: str) -> None:
    async with db.org(org) as unit:
        with pytest.raises(Unprocessable) as refusal:
            await applications.create(unit, **asked)
    assert refusal.value.field == field
    assert refusal.value.hint


async def test_the_row_of_an_application_takes_whatever_is_left_of_it_along(
    db: Database, org: UUID, application: Application, make_endpoint: Maker
) -> None:
    endpoint, other = await make_endpoint(), uuid7()
    async with db.org(org) as unit:
        for one in (endpoint.id, other):
            await unit.execute(
                "insert into message (org, endpoint, event, position, type, state) values ($1, $2, $3, 1, 'a.b', 2)",
                org, one, uuid7(),
            )  # fmt: skip
            await unit.execute(
                "insert into attempt (org, endpoint, event, at, n, cause, ms) values ($1, $2, $3, now(), 1, 0, 5)",
                org, one, uuid7(),
            )  # fmt: skip
        await unit.execute("delete from application where uid = 'nord'")
        for table in ("message", "attempt"):
            assert [row[0] for row in await unit.fetch(f"select endpoint from {table}")] == [other]
        for table in ("endpoint", "endpoint_secret"):
            assert await unit.fetchval(f"select count(*) from {table}") == 0
        with pytest.raises(NotFound):
            await applications.get(unit, "nord")
