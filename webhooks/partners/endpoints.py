"""Endpoints: where a partner's messages go, and which. Those without an address are only read from, over the pull API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from hub.crypto import Secret, open_sealed
from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import Conflict, QuotaExceeded
from webhooks.partners import applications, secrets
from webhooks.partners.bounds import no_endpoint
from webhooks.partners.chosen import hears_something
from webhooks.partners.draft import EndpointDraft, UrlPolicy, checked
from webhooks.states import WAITING, State

COLUMNS = """
org, id, application, uid, url, description, metadata, types, installations, filter, causes, headers, rate_limit, retry, ordered,
signatures, enabled, disabled_reason, disabled_at, version, created_at, updated_at
"""
MOST = 50  # per application
CANCELLED_AT_ONCE = 10_000  # the rest is left to housekeeping

#: Why an endpoint is disabled. `pull`: it has no address; the others are told in 10_partners.sql.
Reason = Literal["partner", "operator", "gone", "failing", "pull"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint's settings. `url` None: it is only pulled from. Of its custom headers only the names are shown."""

    id: UUID
    application: UUID
    uid: str | None
    url: str | None
    description: str
    metadata: dict[str, str]
    types: list[str]
    installations: list[UUID] | None
    filter: dict[str, Any] | None
    causes: list[str]
    header_names: list[str]
    rate_limit: int | None
    retry: list[int] | None
    ordered: bool
    signatures: list[str]
    enabled: bool
    disabled_reason: str | None
    disabled_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


async def create(unit: Unit, application: UUID | str, draft: EndpointDraft, *, policy: UrlPolicy) -> tuple[Endpoint, Secret]:
    """A new endpoint and its secret, to be shown once.

    Raises NotFound, Unprocessable that names the field, Conflict for a uid in use, QuotaExceeded beyond fifty.
    """
    account = await applications.hold(unit, application)
    held = await unit.fetchval("select count(*) from endpoint where application = $1 and deleted_at is null", account.id)
    if held >= MOST:
        raise QuotaExceeded(f"The application has {held} endpoints, {MOST} are allowed:", hint="delete one that is not used.")
    id = uuid7()
    values = await checked(unit, id, draft.asked(), policy)
    await hears_something(unit, values["types"], draft.filter)
    secret = secrets.chosen(draft.secret)
    if values["url"] == "":
        values |= {"enabled": False, "disabled_reason": "pull"}
    columns = ", ".join(values)
    places = ", ".join(f"${n}" for n in range(4, 4 + len(values)))
    try:
        async with unit.savepoint():
            row = await unit.fetchrow(
                f"insert into endpoint (org, id, application, {columns}) values ($1, $2, $3, {places}) returning {COLUMNS}",  # noqa: S608
                unit.org, id, account.id, *values.values(),
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise taken(draft.uid) from None
    await secrets.first(unit, id, secret)
    return shown(row), secret


async def get(unit: Unit, id: UUID) -> Endpoint:
    """Raises NotFound, also for what was deleted and what is somebody else's."""
    row = await unit.fetchrow(
        f"select {COLUMNS} from endpoint where org = $1 and id = $2 and deleted_at is null",  # noqa: S608
        unit.org, id,
    )  # fmt: skip
    if row is None:
        raise no_endpoint(id)
    return shown(row)


async def list_of(unit: Unit, application: UUID | str, after: UUID | None = None, limit: int = 50) -> list[Endpoint]:
    """An application's, the oldest first. Raises NotFound."""
    account = await applications.get(unit, application)
    rows = await unit.fetch(
        f"select {COLUMNS} from endpoint where org = $1 and application = $2 and deleted_at is null "  # noqa: S608
        "and ($3::uuid is null or id > $3) order by id limit $4",
        unit.org, account.id, after, limit,
    )  # fmt: skip
    return [shown(row) for row in rows]


async def update(unit: Unit, id: UUID, changes: Mapping[str, Any], *, policy: UrlPolicy, version: int | None = None) -> Endpoint:
    """Change what is named, as `EndpointDraft` names it. `version`: only if it is still this one.

    Raises NotFound, Unprocessable, Conflict. Messages that wait go to the new address, signed with the secrets in force then.
    """
    known = await hold(unit, id)
    if version is not None and version != known.version:
        raise Conflict(
            f"The endpoint {id} was changed meanwhile: its version is {known.version}, not {version}:",
            hint="read it again, then change it.", field="If-Match",
        )  # fmt: skip
    values = await checked(unit, id, changes, policy)
    if "types" in values or "filter" in values:
        await hears_something(unit, values.get("types", known.types), changes.get("filter", known.filter))
    if values.get("url") == "":
        values |= {"enabled": False, "disabled_reason": "pull", "disabled_at": None}
    elif "url" in values and known.disabled_reason == "pull":
        values |= {"enabled": True, "disabled_reason": None}
    if not values:
        return known
    try:
        async with unit.savepoint():
            return await _set(unit, id, values)
    except asyncpg.UniqueViolationError:
        raise taken(changes.get("uid")) from None


async def enable(unit: Unit, id: UUID) -> Endpoint:
    """Send again, beginning with what waits. Raises NotFound; Unprocessable without an address."""
    known = await hold(unit, id)
    if known.url is None:
        raise Conflict(f"The endpoint {id} has no address:", hint="give it a url first; until then pull from it.", field="url")
    if known.enabled:
        return known
    await unit.execute("update endpoint_health set failures = 0, failing_since = null, noticed_at = null where endpoint = $1", id)
    found = await _set(unit, id, {"enabled": True, "disabled_reason": None, "disabled_at": None})
    await unit.execute("select pg_notify('luneo_message', '')")
    return found


async def disable(unit: Unit, id: UUID, reason: Reason = "operator") -> Endpoint:
    """Send nothing more; messages wait until it is enabled, or their payload's time is over. Raises NotFound.

    An operator's word stands over a partner's, who may not take it back.
    """
    known = await hold(unit, id)
    if not known.enabled and (reason != "operator" or known.disabled_reason in ("operator", "pull")):
        return known
    now = await unit.fetchval("select now()")
    return await _set(unit, id, {"enabled": False, "disabled_reason": reason, "disabled_at": now})


async def delete(unit: Unit, id: UUID) -> None:
    """Remove it; what waits is cancelled, and retention takes its log in batches. Raises NotFound."""
    await hold(unit, id)
    await unit.execute(
        "update endpoint set deleted_at = now(), enabled = false, version = version + 1, updated_at = now() "
        "where org = $1 and id = $2",
        unit.org, id,
    )  # fmt: skip
    await unit.execute(
        "update replay set status = 'cancelled', reason = 'The endpoint was deleted.', finished_at = now(), updated_at = now() "
        "where org = $1 and endpoint = $2 and status in ('queued', 'running')",
        unit.org, id,
    )  # fmt: skip
    await unit.execute(
        "update message set state = $3, ended_at = now() where org = $1 and (endpoint, event) in (select endpoint, event "  # noqa: S608
        f"from message where org = $1 and endpoint = $2 and {WAITING} limit $4 for update skip locked)",
        unit.org, id, State.CANCELLED, CANCELLED_AT_ONCE,
    )  # fmt: skip


async def hold(unit: Unit, id: UUID) -> Endpoint:
    """The endpoint, locked until the unit ends. Raises NotFound."""
    await unit.execute("select from endpoint where org = $1 and id = $2 and deleted_at is null for update", unit.org, id)
    return await get(unit, id)


async def _set(unit: Unit, id: UUID, values: Mapping[str, Any]) -> Endpoint:
    sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(values, 3))
    row = await unit.fetchrow(
        f"update endpoint set {sets}, version = version + 1, updated_at = now() where org = $1 and id = $2 returning {COLUMNS}",  # noqa: S608
        unit.org, id, *values.values(),
    )  # fmt: skip
    return shown(row)


def taken(uid: str | None) -> Conflict:
    """The error for a uid in use."""
    return Conflict(f"/uid {uid!r}: another endpoint of the application has it:", hint="choose another.", field="/uid")


def shown(row: Any) -> Endpoint:
    """From a row with COLUMNS."""
    values = {**row, "url": row["url"] or None, "metadata": json.loads(row["metadata"])}
    values["filter"] = None if row["filter"] is None else json.loads(row["filter"])
    org, sealed = values.pop("org"), values.pop("headers")
    opened = open_sealed(sealed, org=org, table="endpoint", column="headers", row=row["id"]) if sealed else b"{}"
    return Endpoint(**values, header_names=list(json.loads(opened)))
