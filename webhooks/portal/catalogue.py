"""The pages of event types: what can be sent, its schema and its example; and how to verify what was sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from hub.errors import NotFound
from schemas.base import utc_text
from webhooks.partners import types
from webhooks.partners.types import EventTypeShown
from webhooks.portal.pages import HERE, Looking, PortalRoute
from webhooks.portal.passes import PATH
from webhooks.portal.speech import Said
from webhooks.portal.view import endpoint_view, mine

router = APIRouter(prefix=PATH, route_class=PortalRoute, include_in_schema=False)

#: The examples for receivers: beside us in an installed package, in the documentation of a working copy.
RECEIVERS: Final = (HERE / "receivers", HERE.parents[1] / "docs" / "receivers")
LANGUAGES: Final = (("Python", "verify.py"), ("JavaScript", "verify.mjs"), ("PHP", "verify.php"))


@dataclass(frozen=True, slots=True)
class TypeView:
    """An event type on a page. translated: whether its description is in the page's language."""

    name: str
    description: str
    translated: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code to copy."""

    name: str
    file: str
    text: str


@router.get("/types")
async def catalogue(visitor: Looking) -> Response:
    """All event types, by family."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        known = await types.catalogue(unit)
    return visitor.page("catalogue.html", families=grouped(visitor.t, known))


@router.get("/types/{name}")
async def one_type(name: str, visitor: Looking) -> Response:
    """One type: a whole message as an example, and the schema of its data."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await types.get(unit, name)
    if found.archived_at is not None:
        raise NotFound(f"There is no event type {name[:80]!r}.", field="type")
    example = None
    if found.example is not None:
        at = utc_text(visitor.t.now.astimezone(UTC))
        example = json.dumps({"type": found.name, "timestamp": at, "data": found.example}, indent=2, ensure_ascii=False)
    schema = json.dumps(found.schema, indent=2, ensure_ascii=False) if found.schema is not None else None
    return visitor.page("event_type.html", type=type_view(visitor.t, found), example=example, schema=schema)


@router.get("/endpoints/{endpoint}/verify")
async def verify(endpoint: UUID, visitor: Looking) -> Response:
    """How a receiver knows that a message is ours: the steps, what a request looks like, and code in three languages."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
    base = (visitor.house.settings.public_url or str(visitor.request.base_url)).rstrip("/")
    told: dict[str, Any] = {
        "jwks": f"{base}/jwks/{visitor.visit.org}" if "v1a" in found.signatures else None,
        "headers": shown_headers(found.signatures),
        "snippets": snippets(),
    }
    return visitor.page("verify.html", endpoint=endpoint_view(visitor.t, found), tab="verify", **told)


def grouped(t: Said, known: Sequence[EventTypeShown]) -> list[tuple[str, list[TypeView]]]:
    """Event types by the words before their last dot."""
    groups: dict[str, list[TypeView]] = {}
    for type in known:
        family = type.name.rpartition(".")[0]
        name = t(f"family.{family}") if t.knows(f"family.{family}") else family
        groups.setdefault(name, []).append(type_view(t, type))
    return list(groups.items())


def type_view(t: Said, type: EventTypeShown) -> TypeView:
    """The type with its description: ours are known in both languages, the organisation's own in its own."""
    key = f"type.{type.name}"
    if type.canonical and t.knows(key):
        return TypeView(type.name, t(key), True)
    return TypeView(type.name, type.description, not type.canonical)


def shown_headers(signatures: Sequence[str]) -> str:
    """Headers as a request has them."""
    marks = {"v1": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=", "v1a": "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5B…"}
    lines = (
        "content-type: application/json",
        "webhook-id: msg_0198b2c47e3f7d218c5a1b3d5f7a9c0e",
        "webhook-timestamp: 1795334400",
        f"webhook-signature: {' '.join(marks[one] for one in signatures)}",
        "webhook-attempt: 1",
    )
    return "\n".join(lines)


@cache
def snippets() -> tuple[Snippet, ...]:
    """The examples that are there."""
    found: dict[str, Path] = {}
    for folder in reversed(RECEIVERS):
        found |= {path.name: path for path in folder.glob("verify.*")}
    return tuple(Snippet(name, file, found[file].read_text("utf-8")) for name, file in LANGUAGES if file in found)
