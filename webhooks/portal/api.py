"""/v1/applications/{application}/portal and /v1/portal-brand: how an organisation opens its partners' pages, and dresses them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from hub.access import Caller
from hub.web.answers import answer
from hub.web.caller import needs
from hub.web.described import REFUSALS, shows
from hub.web.house import TheHouse
from webhooks.partners import applications
from webhooks.partners.strict import Strict
from webhooks.portal.brand import Brand, brand_of, put_brand
from webhooks.portal.passes import DEFAULT_MINUTES, MOST_MINUTES, PATH, issue

router = APIRouter(prefix="/v1", tags=["Partner portal"], responses=REFUSALS)


class Opening(Strict):
    """What a link to the portal is to say."""

    language: Literal["en", "fr"] | None = Field(None, description="Of the pages; without it the browser's.")
    return_url: str | None = Field(None, description="Where the link back leads, such as your own page for partners.")
    expires_minutes: int = Field(DEFAULT_MINUTES, ge=1, le=MOST_MINUTES, description="How long the link may be opened.")


class Dress(Strict):
    """How the portal looks. What is null is the default: the organisation's own name, our blue."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Maison Lumière", "accent": "#0a5c46"}]})

    name: str | None = None
    accent: str | None = Field(None, description="`#rrggbb`; white text on it must be readable (WCAG AA, 4.5:1).")


class Link(BaseModel):
    """A link to the portal."""

    url: str = Field(description="Shows a button that opens the portal once; looking at it does not use it up.")
    expires_at: datetime


class Worn(BaseModel):
    """The brand as partners see it."""

    name: str
    accent: str | None
    updated_at: datetime | None


@router.post("/applications/{application}/portal", status_code=201, responses=shows(Link, 201))
async def open_the_portal(
    application: str,
    request: Request,
    house: TheHouse,
    who: Annotated[Caller, needs("endpoints:write")],
    body: Opening | None = None,
) -> Response:
    """A link that opens the portal of this application, once. Whoever has it may do what the portal offers: hand it to the
    partner over a channel that you trust, or redirect your signed-in partner to it.
    """
    wanted = body or Opening(language=None, return_url=None, expires_minutes=DEFAULT_MINUTES)
    async with house.db.org(who.org) as unit:
        account = await applications.get(unit, application)
        token, until = await issue(
            unit, account.id, language=wanted.language, return_url=wanted.return_url, minutes=wanted.expires_minutes
        )
    base = (house.settings.public_url or str(request.base_url)).rstrip("/")
    return answer({"url": f"{base}{PATH}/open/{token}", "expires_at": until}, 201)


@router.get("/portal-brand", responses=shows(Worn))
async def read_the_brand(house: TheHouse, who: Annotated[Caller, needs("endpoints:read")]) -> Response:
    """The name and the colour that partners see."""
    async with house.db.org(who.org) as unit:
        return answer(public(await brand_of(unit)))


@router.put("/portal-brand", responses=shows(Worn))
async def choose_the_brand(body: Dress, house: TheHouse, who: Annotated[Caller, needs("endpoints:write")]) -> Response:
    """Choose them. A colour that white text cannot be read on is refused, with the nearest that serves."""
    async with house.db.org(who.org) as unit:
        return answer(public(await put_brand(unit, body.name, body.accent)))


def public(brand: Brand) -> dict[str, Any]:
    """As the API shows it."""
    return {"name": brand.name, "accent": brand.accent, "updated_at": brand.updated_at}
