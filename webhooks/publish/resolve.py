"""What was read, made into drafts against the partners as they are known: application, type and schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from hub.errors import ApiError, NotFound, Unprocessable
from schemas.event import EVENT_TYPES
from webhooks.card import Card, EventKind, Partners
from webhooks.publish.draft import Draft, matched
from webhooks.publish.read import Read

RESERVED: Final = frozenset(EVENT_TYPES)
#: First words of our own events; `endpoint.disabled` and its like are told by us alone.
FAMILIES: Final = (*sorted({f"{type.partition('.')[0]}." for type in EVENT_TYPES}), "endpoint.", "message.")


def resolved(partners: Partners, read: Sequence[Read]) -> tuple[list[Draft], list[Sequence[Card]]]:
    """Drafts, and the endpoints of each. Raises NotFound or Unprocessable that names the field."""
    drafts = [_draft(partners, one) for one in read]
    return drafts, [matched(partners, draft) for draft in drafts]


def _draft(partners: Partners, read: Read) -> Draft:
    asked = read.asked
    application = partners.names.get(asked.application)
    if application is None:
        application = _by_id(partners, asked.application)
    if application is None:
        at = f"{read.where}/application"
        raise NotFound(f"{at}: there is no application {asked.application[:80]!r}:", hint="give its id or its uid.", field=at)
    kind = partners.kinds.get(asked.type)
    if kind is None or kind.archived:
        raise _no_kind(read, kind)
    if kind.check is not None:
        _checked(kind, read)
    return Draft(asked.type, read.data, application, asked.order_key, asked.installation)


def _by_id(partners: Partners, text: str) -> UUID | None:
    """UUIDs have more spellings than one."""
    try:
        id = UUID(text)
    except ValueError:
        return None
    return id if id in partners.applications else None


def _no_kind(read: Read, kind: EventKind | None) -> Unprocessable:
    type, at = read.asked.type[:80], f"{read.where}/type"
    if type in RESERVED or (kind is None and type.startswith(FAMILIES)):
        return Unprocessable(f"{at}: {type!r} is reserved: the hub itself tells it:", hint="name a type of your own.", field=at)
    if kind is not None:
        return Unprocessable(f"{at}: the event type {type!r} is archived:", hint="take another one, or restore it.", field=at)
    return Unprocessable(f"{at}: there is no event type {type!r}:", hint="create it first: POST /v1/event-types.", field=at)


def _checked(kind: EventKind, read: Read) -> None:
    assert kind.check is not None  # noqa: S101 (asked by the caller)
    try:
        kind.check(read.data)
    except ApiError as error:
        field = f"{read.where}{error.field or '/data'}"
        message = error.message.removeprefix(f"{error.field}: ")
        raise Unprocessable(f"{field}: {message}", hint=error.hint, field=field) from None
