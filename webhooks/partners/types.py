"""Event types: the canonical ones, which the hub tells by itself, and the organisation's own, which it publishes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub.db.unit import Unit
from hub.errors import Conflict, NotFound, QuotaExceeded, Unprocessable
from schemas.event import EVENT_TYPES
from webhooks import catalogue as canonical
from webhooks.partners.bounds import as_json, line, refused
from webhooks.schema import check_schema, checker

COLUMNS: Final = "name, description, schema, example, archived_at, created_at, updated_at"
NAME: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
LONGEST_NAME: Final = 128
LONGEST_DESCRIPTION: Final = 1000
LARGEST_EXAMPLE: Final = 64 << 10
MOST: Final = 500
RESERVED: Final = frozenset(name.partition(".")[0] for name in EVENT_TYPES)


@dataclass(frozen=True, slots=True)
class EventTypeShown:
    """One event type. `schema`: JSON Schema (draft 2020-12) of a message's `data`, None for anything; `example`: such data."""

    name: str
    description: str
    canonical: bool
    schema: dict[str, Any] | None
    example: dict[str, Any] | None
    archived_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


async def catalogue(unit: Unit, *, archived: bool = False) -> list[EventTypeShown]:
    """All types: the canonical ones, then the organisation's own by name."""
    rows = await unit.fetch(
        f"select {COLUMNS} from event_type where org = $1 and ($2 or archived_at is null) order by name",  # noqa: S608
        unit.org, archived,
    )  # fmt: skip
    return [_canonical(name) for name in EVENT_TYPES] + [shown(row) for row in rows]


async def known_names(unit: Unit, *, archived: bool = False) -> set[str]:
    """The names that may be subscribed to; with `archived` those, too, that were."""
    rows = await unit.fetch("select name from event_type where org = $1 and ($2 or archived_at is null)", unit.org, archived)
    return {*EVENT_TYPES, *(row["name"] for row in rows)}


async def get(unit: Unit, name: str) -> EventTypeShown:
    """One type, archived ones too. Raises NotFound."""
    if name in EVENT_TYPES:
        return _canonical(name)
    row = None
    if NAME.fullmatch(name):
        row = await unit.fetchrow(f"select {COLUMNS} from event_type where org = $1 and name = $2", unit.org, name)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no event type {name[:80]!r}.", hint="GET /v1/event-types lists them.", field="type")
    return shown(row)


async def create(unit: Unit, name: str, description: str = "", schema: object = None, example: object = None) -> EventTypeShown:
    """A new type of the organisation's own; an archived one of that name comes back as told. Raises Unprocessable, Conflict."""
    check_name(name)
    values = checked({"description": description, "schema": schema, "example": example})
    if await unit.fetchval("select count(*) from event_type where org = $1", unit.org) >= MOST:
        raise QuotaExceeded(f"There are {MOST} event types of your own:", hint="use those, and say the rest in the data.")
    row = await unit.fetchrow(
        "insert into event_type as t (org, name, description, schema, example) values ($1, $2, $3, $4, $5) "  # noqa: S608
        "on conflict (org, name) do update set description = excluded.description, schema = excluded.schema, "
        "example = excluded.example, archived_at = null, updated_at = now() where t.archived_at is not null "
        f"returning {COLUMNS}",
        unit.org, name, values["description"], values["schema"], values["example"],
    )  # fmt: skip
    if row is None:
        raise Conflict(f"/name {name!r}: there is such an event type already:", hint="PATCH it.", field="/name")
    return shown(row)


async def update(unit: Unit, name: str, changes: Mapping[str, Any]) -> EventTypeShown:
    """Change description, schema or example. Raises NotFound, Conflict for a canonical one, Unprocessable."""
    known = await own(unit, name)
    values = checked({"schema": known.schema, "example": known.example, **changes})
    sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(values, 3))
    row = await unit.fetchrow(
        f"update event_type set {sets}, updated_at = now() where org = $1 and name = $2 returning {COLUMNS}",  # noqa: S608
        unit.org, name, *values.values(),
    )  # fmt: skip
    return shown(row)


async def archive(unit: Unit, name: str) -> EventTypeShown:
    """Nothing of that type can be published any more; endpoints that name it keep it. Raises NotFound, Conflict."""
    await own(unit, name)
    row = await unit.fetchrow(
        "update event_type set archived_at = coalesce(archived_at, now()), updated_at = now() "  # noqa: S608
        f"where org = $1 and name = $2 returning {COLUMNS}",
        unit.org, name,
    )  # fmt: skip
    return shown(row)


async def own(unit: Unit, name: str) -> EventTypeShown:
    """One of the organisation's own, held until the unit ends. Raises NotFound; Conflict for a canonical one."""
    if name in EVENT_TYPES:
        raise Conflict(f"{name!r} is the hub's own event type and stays as it is.", field="type")
    await unit.execute("select from event_type where org = $1 and name = $2 for update", unit.org, name)
    return await get(unit, name)


def check_name(name: str) -> None:
    """Raises Unprocessable, field `/name`."""
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        hint = f"write small letters, digits and underscores with dots between, such as stock.low; {LONGEST_NAME} at most."
        raise refused("/name", name, "is no name of an event type", hint)
    family = name.partition(".")[0]
    if family in RESERVED:
        raise refused("/name", name, f"{family}.* are the hub's own events", "begin with another word.")


def checked(values: Mapping[str, Any]) -> dict[str, str | None]:
    """Columns from what was asked for; an example must agree with its schema."""
    found: dict[str, str | None] = {}
    if "description" in values:
        found["description"] = line(values["description"], "/description", LONGEST_DESCRIPTION)
    found["schema"] = None if values.get("schema") is None else check_schema(values["schema"])
    example = values.get("example")
    found["example"] = None if example is None else _example(example, found["schema"])
    return found


def _example(example: object, schema: str | None) -> str:
    if not isinstance(example, dict):
        raise refused("/example", example, "is no object", 'show data as it is sent, such as {"sku": "LAMP-1"}.')
    text = as_json(example, "/example")
    if len(text) > LARGEST_EXAMPLE:
        raise refused("/example", f"{len(text)} bytes", "are too many", f"show at most {LARGEST_EXAMPLE}.")
    if check := checker(schema):
        try:
            check(text)
        except Unprocessable as error:
            place = "/example" + (error.field or "").removeprefix("/data")
            fault = f"{place}: does not agree with the schema:"
            raise Unprocessable(fault, hint=error.message.rstrip(":"), field=place) from None
    return text.decode()


def _canonical(name: str) -> EventTypeShown:
    kind = canonical.canonical(name)
    return EventTypeShown(name, kind.description, True, kind.schema, kind.example)


def shown(row: Any) -> EventTypeShown:
    """From a row with COLUMNS."""
    loaded = {key: None if row[key] is None else json.loads(row[key]) for key in ("schema", "example")}
    return EventTypeShown(**{**row, **loaded}, canonical=False)
