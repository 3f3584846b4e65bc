"""Make and find organisations. All of these take a system unit: they look across tenants."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.db.ids import uuid7
from hub.db.unit import Unit
from hub.errors import Conflict, NotFound, Unprocessable

COLUMNS = "id, slug, name, created_at"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A tenant. `slug` is what an operator types after --org."""

    id: UUID
    slug: str
    name: str
    created_at: datetime


async def create_organisation(unit: Unit, name: str, *, slug: str | None = None) -> Organisation:
    """A new organisation. Without a slug one is made from the name; a given slug that is taken raises Conflict."""
    name = name.strip()
    if not 0 < len(name) <= 200:
        raise Unprocessable("An organisation's name has 1 to 200 characters.", field="name")
    stem = slug or slug_of(name)
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", stem):
        raise Unprocessable(f"{stem!r} is no slug:", hint="use a-z, 0-9 and -, at most 63.", field="slug")
    number = 1
    while True:
        wanted = stem if number == 1 else f"{stem[:55].rstrip('-')}-{number}"
        row = await unit.fetchrow(
            f"insert into organisation (id, slug, name) values ($1, $2, $3) on conflict (slug) do nothing "  # noqa: S608
            f"returning {COLUMNS}",
            uuid7(), wanted, name,
        )  # fmt: skip
        if row is not None:
            return Organisation(**row)
        if slug is not None:
            raise Conflict(f"The organisation {slug!r} exists already.", field="slug")
        number += 1


async def list_organisations(unit: Unit) -> list[Organisation]:
    """All organisations, the oldest first."""
    rows = await unit.fetch(f"select {COLUMNS} from organisation order by created_at, id")  # noqa: S608
    return [_from(row) for row in rows]


async def organisation_by_slug(unit: Unit, slug: str) -> Organisation:
    """The organisation of that slug, or NotFound."""
    row = await unit.fetchrow(f"select {COLUMNS} from organisation where slug = $1", slug)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no organisation {slug!r}:", hint="luneo org list shows them.")
    return _from(row)


async def only_organisation(unit: Unit) -> Organisation | None:
    """The only one, or None when there is none yet. Several: Conflict that asks for --org."""
    rows = await unit.fetch(f"select {COLUMNS} from organisation order by slug limit 6")  # noqa: S608
    if len(rows) > 1:
        names = ", ".join(row["slug"] for row in rows[:5]) + (" …" if len(rows) > 5 else "")
        raise Conflict("There are several organisations:", hint=f"choose one with --org ({names}).")
    return _from(rows[0]) if rows else None


def slug_of(name: str) -> str:
    """A slug from a name.

    >>> slug_of("Café Müller & Söhne")
    'cafe-muller-sohne'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-") or "organisation"


def _from(row: Any) -> Organisation:
    return Organisation(**row)
