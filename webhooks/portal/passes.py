"""Links that open the portal, and the sessions they turn into: random tokens of which the database keeps a digest.

A pass stands for one application of one organisation. A link is looked at as often as one likes, by programs that check mails
for instance, and exchanged once, for a session; the session ends after an hour
without a page, and after eight hours in any case.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Request, Response

from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import Unprocessable

PATH: Final = "/portal"
DEFAULT_MINUTES: Final = 15
MOST_MINUTES: Final = 60
IDLE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=8)
STEP: Final = timedelta(minutes=1)  # a session's end is not moved more often than this
LONGEST_URL: Final = 2000


@dataclass(frozen=True, slots=True)
class Visit:
    """A session: whose pages its browser sees. form_token: what every form of this session carries."""

    org: UUID
    application: UUID
    digest: bytes
    form_token: str
    language: str | None
    return_url: str | None


def digest_of(token: str) -> bytes:
    """What the database knows of a token. 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


async def issue(
    unit: Unit, application: UUID, *, language: str | None = None, return_url: str | None = None, minutes: int = DEFAULT_MINUTES
) -> tuple[str, datetime]:
    """A new link's token and the moment after which it opens nothing. Raises Unprocessable(field)."""
    if return_url is not None:
        check_return(return_url)
    await unit.execute("delete from portal_pass where expires_at < now() - interval '1 hour'")  # the organisation's own
    token = secrets.token_urlsafe(32)
    until = await unit.fetchval(
        "insert into portal_pass (org, application, digest, kind, form_key, language, return_url, expires_at) "
        "values ($1, $2, $3, 'link', $4, $5, $6, now() + $7::interval) returning expires_at",
        unit.org, application, digest_of(token), b"", language, return_url, timedelta(minutes=minutes),
    )  # fmt: skip
    return token, until


def check_return(url: str) -> None:
    """Raise Unprocessable unless it is an ordinary address of a web page: it becomes a link."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        sound = False
    if not sound or len(url) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in url):
        raise Unprocessable(
            f"return_url {url[:80]!r} is no address of a page:",
            hint="it looks like https://shop.example/partners.",
            field="return_url",
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A link that has not ended."""

    org: UUID
    application: UUID
    language: str | None
    used: bool


async def link_of(db: Database, token: str) -> Link | None:
    """What a link's token stands for; None when it has ended or never was."""
    async with db.system() as unit:
        row = await unit.fetchrow(
            "select org, application, language, used_at is not null as used from portal_pass "
            "where digest = $1 and kind = 'link' and expires_at > now()",
            digest_of(token),
        )
    return None if row is None else Link(**row)


async def exchange(db: Database, token: str, known: Visit | None) -> str | None:
    """A session's token for a link's. "" when the browser's own session holds what the link would open; None for any other."""
    link = await link_of(db, token)
    if link is None:
        return None
    if link.used:
        return "" if known is not None and known.application == link.application else None
    session = secrets.token_urlsafe(32)
    async with db.org(link.org) as unit:
        used = await unit.fetchrow(
            "update portal_pass set used_at = now() where digest = $1 and used_at is null returning language, return_url",
            digest_of(token),
        )
        if used is None:  # another browser was quicker
            return None
        await unit.execute(
            "insert into portal_pass (org, application, digest, kind, form_key, language, return_url, expires_at) "
            "values ($1, $2, $3, 'session', $4, $5, $6, now() + $7::interval)",
            link.org, link.application, digest_of(session), secrets.token_bytes(32), used["language"],
            used["return_url"], IDLE,
        )  # fmt: skip
    return session


def cookie_name(request: Request) -> str:
    """Over TLS the prefix makes browsers refuse it from a plain connection. (`__Host-` would need the path `/`.)"""
    return "__Secure-luneo-portal" if request.url.scheme == "https" else "luneo-portal"


def give(request: Request, response: Response, session: str) -> None:
    """Hand the browser its session."""
    response.set_cookie(
        cookie_name(request), session, max_age=int(LONGEST.total_seconds()), path=PATH,
        secure=request.url.scheme == "https", httponly=True, samesite="lax",
    )  # fmt: skip


async def visit_of(request: Request, db: Database) -> Visit | None:
    """The session of this request, kept alive by it; None when there is none or it has ended."""
    token = request.cookies.get(cookie_name(request))
    if not token:
        return None
    digest = digest_of(token)
    async with db.system() as unit:
        row = await unit.fetchrow(
            "select org, application, form_key, language, return_url, "
            "least(created_at + $2::interval, now() + $3::interval) > expires_at + $4::interval as stretch "
            "from portal_pass where digest = $1 and kind = 'session' and expires_at > now()",
            digest, LONGEST, IDLE, STEP,
        )  # fmt: skip
        if row is None:
            return None
        if row["stretch"]:
            await unit.execute(
                "update portal_pass set expires_at = least(created_at + $2::interval, now() + $3::interval) where digest = $1",
                digest, LONGEST, IDLE,
            )  # fmt: skip
    form_token = hmac.digest(row["form_key"], b"portal form", "sha256").hex()
    return Visit(row["org"], row["application"], digest, form_token, row["language"], row["return_url"])


async def leave(request: Request, response: Response, db: Database, visit: Visit) -> None:
    """End the session, here and in the database."""
    async with db.system() as unit:
        await unit.execute("delete from portal_pass where digest = $1", visit.digest)
    response.delete_cookie(cookie_name(request), path=PATH, secure=request.url.scheme == "https", httponly=True, samesite="lax")
