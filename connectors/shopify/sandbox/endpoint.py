"""`POST /admin/api/{version}/graphql.json`: from the request's bytes to the answer's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.shopify.sandbox.http import Route
from connectors.shopify.sandbox.request import Answer, Request

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox


async def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Every GraphQL request, whatever its version."""
    token = request.headers.get("x-shopify-access-token", "")
    if refusal := sandbox.tokens.refusal(token):
        return Answer.json({"errors": refusal[1]}, refusal[0])
    return Answer.json({"data": None})


ROUTES: tuple[Route, ...] = (("POST", r"/admin/api(/(?P<version>[^/]+))?/graphql\.json", answer),)
