"""Being signed in: a sealed cookie that names the organisation and the API key; and one-time links for the operator.

The cookie holds no secret and is good for nothing but these pages. The key behind it is looked at again for every page, so
revoking the key ends the session at once.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
from fastapi import Request, Response

from hub.crypto import SealBroken, open_sealed, seal
from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import ConfigurationError

HOURS: Final = 12
LINK_MINUTES: Final = 60
NEEDED: Final = ("installations:read", "runs:read", "quarantine:read")

#: What the seals are bound to in place of a table's row.
_COOKIE: Final = {"org": "-", "table": "session", "column": "cookie", "row": "-"}
_LINK: Final = {"org": "-", "table": "session", "column": "link", "row": "-"}


@dataclass(frozen=True, slots=True)
class Session:
    """Who looks at the pages. key None: the operator, who came by a one-time link."""

    org: UUID
    key: UUID | None
    until: int  # Unix seconds


def cookie_name(request: Request) -> str:
    """Over TLS the prefix makes browsers refuse the cookie from anywhere but this very host."""
    return "__Host-luneo" if request.url.scheme == "https" else "luneo"


def sign_in(request: Request, response: Response, org: UUID, key: UUID | None) -> None:
    """Give the browser its session."""
    session = Session(org, key, int(time.time()) + HOURS * 3600)
    response.set_cookie(
        cookie_name(request),
        seal(msgspec.json.encode(session), **_COOKIE),
        max_age=HOURS * 3600,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def sign_out(request: Request, response: Response) -> None:
    """Take it away."""
    response.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax")


async def session_of(request: Request, db: Database) -> Session | None:
    """The session of this request; None when there is none, it has ended, or its key was revoked."""
    session = _opened(request.cookies.get(cookie_name(request)), Session, _COOKIE)
    if session is None or session.until < time.time():
        return None
    async with db.org(session.org) as unit:
        return session if await _stands(unit, session) else None


async def _stands(unit: Unit, session: Session) -> bool:
    if session.key is None:
        return bool(await unit.fetchval("select true from organisation where id = $1", session.org))
    scopes = await unit.fetchval(
        "select scopes from api_key where id = $1 and revoked_at is null and (expires_at is null or expires_at > now())",
        session.key,
    )
    return scopes is not None and set(NEEDED) <= set(scopes)


@dataclass(frozen=True, slots=True)
class Link:
    """What a one-time link holds."""

    org: UUID
    nonce: str
    until: int


def one_time_link(base_url: str, org: UUID) -> str:
    """An address that signs its first visitor in, within the hour: for the operator's own terminal."""
    link = Link(org, secrets.token_hex(12), int(time.time()) + LINK_MINUTES * 60)
    return f"{base_url.rstrip('/')}/welcome/{seal(msgspec.json.encode(link), **_LINK)}"


async def redeem(db: Database, text: str) -> UUID | None:
    """The organisation of a one-time link, the first time and in time; else None."""
    link = _opened(text, Link, _LINK)
    if link is None or link.until < time.time():
        return None
    async with db.org(link.org) as unit:
        # The memory of what was done once remembers this too: it lasts longer than any link.
        first = await unit.fetchval(
            """insert into idempotency (org, key, request_hash, state, expires_at)
            select $1, $2, '', 'done', now() + interval '1 day' where exists (select from organisation where id = $1)
            on conflict do nothing returning true""",
            link.org,
            f"link:{link.nonce}",
        )
    return link.org if first else None


def _opened(text: str | None, shape: type[Any], place: dict[str, str]) -> Any:
    if not text:
        return None
    try:
        return msgspec.json.decode(open_sealed(text, **place), type=shape)
    except (SealBroken, ConfigurationError, msgspec.MsgspecError):  # ours no longer, or never
        return None
