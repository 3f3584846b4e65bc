"""What an endpoint may be: every field checked before anything is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

from hub.crypto import seal
from hub.db.unit import Unit
from hub.errors import Unprocessable
from webhooks import keys
from webhooks.partners.bounds import as_json, line, metadata, refused, uid
from webhooks.partners.types import known_names

if TYPE_CHECKING:
    from hub.settings import Settings

LONGEST_URL: Final = 2000
LONGEST_DESCRIPTION: Final = 1000
FASTEST: Final = 10_000  # attempts per second
MOST_STEPS: Final = 20
LONGEST_STEP: Final = 7 * 86400
MOST_TYPES: Final = 200
CAUSES: Final = ("backfill", "remap")
SIGNATURES: Final = ("v1", "v1a")


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """Which addresses an endpoint may have. `own`: where this hub is reached, which no endpoint may be."""

    allow: Sequence[str] = ()
    allow_http: bool = False
    own: str | None = None


def policy_of(settings: Settings) -> UrlPolicy:
    """The policy of a hub."""
    return UrlPolicy(settings.egress_allow, settings.allow_http, settings.public_url)


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """An endpoint to be made. `url` None: it is only pulled from. `secret` None: one is made.

    types: names, `product.*` or `*`. installations None: of every shop. causes: backfill and remap, if wanted. headers: sent
    with every message. rate_limit: attempts per second. retry: seconds between attempts, None for the hub's own schedule.
    """

    url: str | None
    types: Sequence[str] = ("*",)
    uid: str | None = None
    description: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    installations: Sequence[UUID] | None = None
    filter: Mapping[str, Any] | None = None
    causes: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    rate_limit: int | None = None
    retry: Sequence[int] | None = None
    ordered: bool = False
    signatures: Sequence[str] = ("v1",)
    secret: str | None = field(default=None, repr=False)

    def asked(self) -> dict[str, Any]:
        """Everything but the secret, by name."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "secret"}


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom something is checked."""

    unit: Unit
    endpoint: UUID
    policy: UrlPolicy


async def checked(unit: Unit, endpoint: UUID, asked: Mapping[str, Any], policy: UrlPolicy) -> dict[str, Any]:
    """Column → value of what was asked for. Raises Unprocessable that names the field, the value and what to do."""
    what = Asked(unit, endpoint, policy)
    return {name: await CHECKS[name](what, value) for name, value in asked.items()}


async def _url(asked: Asked, value: str | None) -> str:
    from webhooks.send.address import check_url

    if value is None:
        return ""
    if len(value) > LONGEST_URL:
        raise refused("/url", value, f"has {len(value)} characters", f"use at most {LONGEST_URL}.")
    try:
        check_url(value, asked.policy.allow, asked.policy.allow_http, own=asked.policy.own)
    except Unprocessable as error:
        error.field = "/url"
        raise
    return value


async def _types(asked: Asked, value: Sequence[str]) -> list[str]:
    return await chosen_types(asked.unit, value)


async def chosen_types(unit: Unit, value: Sequence[str], *, archived: bool = False) -> list[str]:
    """Names and families that there are, each once; `*` alone for all. Raises Unprocessable that names those that are near."""
    if not 0 < len(value) <= MOST_TYPES:
        raise refused("/types", f"{len(value)} types", "cannot be", f'name 1 to {MOST_TYPES}, or write ["*"] for all.')
    known = await known_names(unit, archived=archived)
    families = {".".join(name.split(".")[:n]) + ".*" for name in known for n in range(1, name.count(".") + 1)}
    for n, type in enumerate(value):
        if type != "*" and type not in known and type not in families:
            near = get_close_matches(type, sorted(known | families), 3, 0.5)
            hint = f"perhaps {' or '.join(near)}? " if near else ""
            raise refused(f"/types/{n}", type, "there is no such event type", f"{hint}GET /v1/event-types lists them.")
    return ["*"] if "*" in value else list(dict.fromkeys(value))


async def _installations(asked: Asked, value: Sequence[UUID] | None) -> list[UUID] | None:
    if value is None:
        return None
    if not 0 < len(value) <= 1000:
        raise refused("/installations", f"{len(value)} shops", "cannot be", "name 1 to 1000, or send null for all.")
    rows = await asked.unit.fetch("select id from installation where id = any ($1::uuid[])", list(value))
    found = {row["id"] for row in rows}
    for n, one in enumerate(value):
        if one not in found:
            raise refused(f"/installations/{n}", str(one), "there is no such installation", "GET /v1/installations lists them.")
    return list(dict.fromkeys(value))


async def _filter(_: Asked, value: Mapping[str, Any] | None) -> str | None:
    from webhooks import filters

    if value is None:
        return None
    filters.check(dict(value))
    return as_json(value, "/filter").decode()


async def _headers(asked: Asked, value: Mapping[str, str]) -> str | None:
    if not value:
        return None
    from webhooks.send.headers import check_headers

    check_headers(dict(value))
    text = msgspec.json.encode(dict(value))
    return seal(text, org=asked.unit.org, table="endpoint", column="headers", row=asked.endpoint)


async def _rate_limit(_: Asked, value: int | None) -> int | None:
    if value is not None and not 1 <= value <= FASTEST:
        raise refused("/rate_limit", value, "is out of bounds", f"choose 1 to {FASTEST} attempts per second, or null.")
    return value


async def _retry(_: Asked, value: Sequence[int] | None) -> list[int] | None:
    if value is None:
        return None
    if not 1 <= len(value) <= MOST_STEPS:
        raise refused("/retry", f"{len(value)} steps", "cannot be", f"name 1 to {MOST_STEPS}, or null for the hub's schedule.")
    for n, step in enumerate(value):
        if not 1 <= step <= LONGEST_STEP:
            raise refused(f"/retry/{n}", step, "is out of bounds", f"choose 1 to {LONGEST_STEP} seconds (seven days).")
    return list(value)


async def _causes(_: Asked, value: Sequence[str]) -> list[str]:
    return _chosen("/causes", value, CAUSES)


async def _signatures(asked: Asked, value: Sequence[str]) -> list[str]:
    if not value:
        raise refused("/signatures", list(value), "names none", f"choose of {', '.join(SIGNATURES)}.")
    if "v1a" in (chosen := _chosen("/signatures", value, SIGNATURES)):
        await keys.ensure(asked.unit)
    return chosen


def _chosen(field: str, value: Sequence[str], known: Sequence[str]) -> list[str]:
    for n, one in enumerate(value):
        if one not in known:
            raise refused(f"{field}/{n}", one, "is not known", f"choose of {', '.join(known)}.")
    return [one for one in known if one in value]


async def _uid(_: Asked, value: str | None) -> str | None:
    return uid(value)


async def _description(_: Asked, value: str) -> str:
    return line(value, "/description", LONGEST_DESCRIPTION)


async def _metadata(_: Asked, value: Mapping[str, str]) -> str:
    return metadata(dict(value))


async def _ordered(_: Asked, value: bool) -> bool:
    return value


CHECKS: Final[Mapping[str, Callable[[Asked, Any], Awaitable[Any]]]] = {
    "url": _url,
    "types": _types,
    "uid": _uid,
    "description": _description,
    "metadata": _metadata,
    "installations": _installations,
    "filter": _filter,
    "causes": _causes,
    "headers": _headers,
    "rate_limit": _rate_limit,
    "retry": _retry,
    "ordered": _ordered,
    "signatures": _signatures,
}
