"""Secrets on pages: shown once after they were made, and rotated with an overlap.

A secret reaches the page that shows it in a sealed cookie of that page's own address, which its first view takes away: nothing
keeps it in between, reloading shows it no more, and reloading makes no new one.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Response

from hub.crypto import SealBroken, Secret, open_sealed, seal
from hub.db.unit import Unit
from webhooks.partners import secrets
from webhooks.portal.pages import Looking, PortalRoute, Sent, Visitor, back
from webhooks.portal.passes import PATH
from webhooks.portal.view import endpoint_view, mine

router = APIRouter(prefix=PATH, route_class=PortalRoute, include_in_schema=False)

OVERLAPS: Final = (0, 1, 24, 72, 168)  # hours
COOKIE: Final = "luneo-portal-secret"
SECONDS: Final = 120


@router.get("/endpoints/{endpoint}/secret")
async def show(endpoint: UUID, visitor: Looking) -> Response:
    """The secret that was just made; after that, that it was shown."""
    async with visitor.house.db.org(visitor.visit.org) as unit:
        found = await mine(unit, visitor, endpoint)
        until = await old_secret_until(unit, endpoint)
    secret = passed_on(visitor, endpoint)
    response = visitor.page("secret.html", endpoint=endpoint_view(visitor.t, found), tab="", secret=secret, old_until=until)
    response.delete_cookie(COOKIE, path=page_of(endpoint), secure=_secure(visitor), httponly=True, samesite="strict")
    return response


@router.post("/endpoints/{endpoint}/secret")
async def rotate(endpoint: UUID, visitor: Looking, form: Sent) -> Response:
    """A new secret; the old one signs beside it for as long as was chosen."""
    chosen = str(form.get("overlap", ""))
    hours = int(chosen) if chosen in map(str, OVERLAPS) else 24
    async with visitor.house.db.org(visitor.visit.org) as unit:
        await mine(unit, visitor, endpoint)
        secret = await secrets.rotate(unit, endpoint, overlap=timedelta(hours=hours))
    return pass_on(visitor, endpoint, secret)


async def old_secret_until(unit: Unit, endpoint: UUID) -> datetime | None:
    """Until when an older secret signs too."""
    until: datetime | None = await unit.fetchval(
        "select max(expires_at) from endpoint_secret where endpoint = $1 and expires_at > now()", endpoint
    )
    return until


def pass_on(visitor: Visitor, endpoint: UUID, secret: Secret) -> Response:
    """On to the page that shows it."""
    response = back(f"/endpoints/{endpoint}/secret")
    text = msgspec.json.encode({"secret": secret.reveal(), "until": int(time.time()) + SECONDS})
    response.set_cookie(
        COOKIE, seal(text, **_place(visitor, endpoint)), max_age=SECONDS, path=page_of(endpoint),
        secure=_secure(visitor), httponly=True, samesite="strict",
    )  # fmt: skip
    return response


def passed_on(visitor: Visitor, endpoint: UUID) -> str | None:
    """The secret in the cookie; None without one, or when it is another session's or too old."""
    try:
        held: dict[str, Any] = msgspec.json.decode(
            open_sealed(visitor.request.cookies.get(COOKIE, ""), **_place(visitor, endpoint))
        )
    except (SealBroken, msgspec.MsgspecError):
        return None
    return str(held["secret"]) if held["until"] > time.time() else None


def page_of(endpoint: UUID) -> str:
    """Where it is shown."""
    return f"{PATH}/endpoints/{endpoint}/secret"


def _place(visitor: Visitor, endpoint: UUID) -> dict[str, Any]:
    return {"org": visitor.visit.org, "table": "portal_pass", "column": visitor.visit.digest.hex(), "row": endpoint}


def _secure(visitor: Visitor) -> bool:
    return visitor.request.url.scheme == "https"
