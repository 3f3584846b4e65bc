"""Applications: one partner's account each. An organisation may give it a name of its own (`uid`) and use that in addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import Conflict
from webhooks.partners.bounds import UID, as_uuid, line, metadata, no_application
from webhooks.partners.bounds import uid as checked_uid

COLUMNS = "id, uid, name, metadata, created_at, updated_at"
LONGEST_NAME = 200

CANCEL_REPLAYS = """
update replay set status = 'cancelled', reason = 'The application was deleted.', finished_at = now(), updated_at = now()
where org = $1 and status in ('queued', 'running') and endpoint in (select id from endpoint where org = $1 and application = $2)
"""
DELETE_ENDPOINTS = """
update endpoint set deleted_at = now(), enabled = false, version = version + 1, updated_at = now()
where org = $1 and application = $2 and deleted_at is null
"""


@dataclass(frozen=True, slots=True)
class Application:
    """One partner's account."""

    id: UUID
    uid: str | None
    name: str
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime


async def create(unit: Unit, name: str, uid: str | None = None, metadata: Mapping[str, str] | None = None) -> Application:
    """A new application. Raises Unprocessable; Conflict when the organisation has one of that uid."""
    values = {"name": name, "uid": uid, "metadata": dict(metadata or {})}
    row = await unit.fetchrow(
        "insert into application (org, id, name, uid, metadata) values ($1, $2, $3, $4, $5) "  # noqa: S608
        f"on conflict (org, uid) do nothing returning {COLUMNS}",
        unit.org, uuid7(), *checked(values).values(),
    )  # fmt: skip
    if row is None:
        raise taken(uid)
    return shown(row)


async def get(unit: Unit, which: UUID | str) -> Application:
    """By id or uid. Raises NotFound, also for what is somebody else's."""
    id = which if isinstance(which, UUID) else as_uuid(which)
    row = None
    if id is not None or UID.fullmatch(str(which)):
        row = await unit.fetchrow(
            f"select {COLUMNS} from application where org = $1 and {'id' if id else 'uid'} = $2 and deleted_at is null",  # noqa: S608
            unit.org, id or which,
        )  # fmt: skip
    if row is None:
        raise no_application(which)
    return shown(row)


async def hold(unit: Unit, which: UUID | str) -> Application:
    """The application, locked until the unit ends. Raises NotFound."""
    known = await get(unit, which)
    await unit.execute("select from application where org = $1 and id = $2 for update", unit.org, known.id)
    return await get(unit, known.id)


async def list_of(unit: Unit, after: UUID | None = None, limit: int = 50) -> list[Application]:
    """By age, the oldest first."""
    rows = await unit.fetch(
        f"select {COLUMNS} from application where org = $1 and deleted_at is null and ($2::uuid is null or id > $2) "  # noqa: S608
        "order by id limit $3",
        unit.org, after, limit,
    )  # fmt: skip
    return [shown(row) for row in rows]


async def update(unit: Unit, which: UUID | str, changes: Mapping[str, Any]) -> Application:
    """Change some of name, uid and metadata. Raises NotFound, Unprocessable, Conflict."""
    known = await get(unit, which)
    values = checked(changes)
    if not values:
        return known
    sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(values, 3))
    try:
        async with unit.savepoint():
            row = await unit.fetchrow(
                f"update application set {sets}, updated_at = now() where org = $1 and id = $2 returning {COLUMNS}",  # noqa: S608
                unit.org, known.id, *values.values(),
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise taken(values.get("uid")) from None
    if row is None:
        raise no_application(known.id)
    return shown(row)


async def delete(unit: Unit, which: UUID | str) -> None:
    """Remove it: its endpoints get nothing more from now on, its uid is free, its portal is closed. Raises NotFound.

    Messages and attempts may be millions: retention deletes them in batches, and what is left of the application after them.
    """
    known = await hold(unit, which)
    at = (unit.org, known.id)
    await unit.execute("update application set deleted_at = now(), uid = null where org = $1 and id = $2", *at)
    await unit.execute("delete from portal_pass where org = $1 and application = $2", *at)
    await unit.execute(CANCEL_REPLAYS, *at)
    await unit.execute(DELETE_ENDPOINTS, *at)


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns from what was asked for."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        match name:
            case "name":
                found[name] = line(value, "/name", LONGEST_NAME, 1)
            case "uid":
                found[name] = checked_uid(value)
            case "metadata":
                found[name] = metadata(value)
            case _:
                raise AssertionError(f"an application has no {name}")
    return found


def taken(uid: str | None) -> Conflict:
    """The error for a uid in use."""
    return Conflict(f"/uid {uid!r}: another application has it:", hint="choose another, or PATCH that one.", field="/uid")


def shown(row: Any) -> Application:
    """From a row with COLUMNS."""
    return Application(**{**row, "metadata": json.loads(row["metadata"])})
