"""/docs: the API to read and try, served whole by ourselves under our own content policy."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from hub.dashboard.assets import SWAGGER, address, missing
from hub.dashboard.pages import render_plain

router = APIRouter(include_in_schema=False)

#: Swagger UI draws its icons from data: images; scripts and styles come from here alone.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@router.get("/docs")
async def api_docs() -> Response:
    """The page of the API; without Swagger UI it says what is missing and how to get it."""
    lacking = missing(*SWAGGER)
    page = render_plain("docs.html", lacking=lacking, script=address("swagger-ui-bundle.js"), start=address("docs.js"))
    return Response(page, 200, {"content-security-policy": POLICY, "cache-control": "no-cache"}, "text/html; charset=utf-8")
