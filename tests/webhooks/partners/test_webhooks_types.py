"""Event types of an organisation's own: named apart from the hub's, with schemas that cost little to check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.errors import Conflict, NotFound, Unprocessable
from schemas.event import EVENT_TYPES
from webhooks.partners import types

SCHEMA = {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}


async def test_the_catalogue_has_the_hubs_types_and_then_the_own_ones(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await types.create(unit, "desk.b", "Second.")
        made = await types.create(unit, "desk.a", "First.", SCHEMA, {"sku": "LAMP-1"})
        shown = await types.catalogue(unit)
        assert [one.name for one in shown] == [*EVENT_TYPES, "desk.a", "desk.b"]
        assert (made.schema, made.example, made.canonical) == (SCHEMA, {"sku": "LAMP-1"}, False)
        assert await types.get(unit, "desk.a") == made


async def test_an_archived_type_is_left_out_and_comes_back_when_it_is_created_again(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await types.create(unit, "desk.a", "First.", SCHEMA)
        with pytest.raises(Conflict, match="there is such an event type already"):
            await types.create(unit, "desk.a")
        assert (await types.archive(unit, "desk.a")).archived_at is not None
        assert "desk.a" not in {one.name for one in await types.catalogue(unit)}
        assert "desk.a" in {one.name for one in await types.catalogue(unit, archived=True)}
        back = await types.create(unit, "desk.a", "Again.")
        assert (back.archived_at, back.description, back.schema) == (None, "Again.", None)


async def test_a_patch_keeps_what_it_does_not_name_and_the_whole_must_agree(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        await types.create(unit, "desk.a", "First.", SCHEMA, {"sku": "LAMP-1"})
        changed = await types.update(unit, "desk.a", {"description": "Other."})
        assert (changed.description, changed.schema, changed.example) == ("Other.", SCHEMA, {"sku": "LAMP-1"})
        with pytest.raises(Unprocessable) as refusal:
            await types.update(unit, "desk.a", {"schema": {"type": "object", "required": ["colour"]}})
        assert refusal.value.field == "/example"
        assert (await types.update(unit, "desk.a", {"schema": None})).schema is None


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": "single"}, "/name"),
        ({"name": "Desk.Low"}, "/name"),
        ({"name": "desk..low"}, "/name"),
        ({"name": "desk.low\n"}, "/name"),
        ({"name": "desk." + "x" * 124}, "/name"),
        ({"name": "product.sold"}, "/name"),
        ({"name": "endpoint.broken"}, "/name"),
        ({"name": "message.read"}, "/name"),
        ({"name": "desk.low", "description": "a\nb"}, "/description"),
        ({"name": "desk.low", "schema": []}, "/schema"),
        ({"name": "desk.low", "schema": {"type": "strange"}}, "/schema/type"),
        ({"name": "desk.low", "example": [1]}, "/example"),
        ({"name": "desk.low", "example": {"a": "x" * 70_000}}, "/example"),
        ({"name": "desk.low", "schema": SCHEMA, "example": {"sku": 1}}, "/example/sku"),
    ],
)
async def test_bad_input_is_refused_with_its_field(db: Database, org: UUID, asked: dict[str, Any], field: str) -> None:
    async with db.org(org) as unit:
        with pytest.raises(Unprocessable) as refusal:
            await types.create(unit, **asked)
    assert refusal.value.field == field
    assert refusal.value.hint


async def test_the_hubs_own_types_stay_as_they_are(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        for verb in (types.archive(unit, "product.updated"), types.update(unit, "product.updated", {"description": "x"})):
            with pytest.raises(Conflict, match="stays as it is"):
                await verb


async def test_another_organisation_does_not_see_them(db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]]) -> None:
    async with db.org(org) as unit:
        await types.create(unit, "desk.a")
    async with db.org(await new_org("other")) as unit:
        assert len(await types.catalogue(unit)) == len(EVENT_TYPES)
        for verb in (types.get(unit, "desk.a"), types.archive(unit, "desk.a"), types.update(unit, "desk.a", {})):
            with pytest.raises(NotFound):
                await verb
