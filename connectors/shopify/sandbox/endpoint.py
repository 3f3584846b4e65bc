"""`POST /admin/api/{version}/graphql.json`: from the request's bytes to the answer's.

Errors as Shopify sends them: a missing or dead token 401, a frozen shop 402, everything about the query itself 200 with `errors`.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from connectors.shopify.sandbox import cost
from connectors.shopify.sandbox.call import Call
from connectors.shopify.sandbox.execute import Execution, Refused
from connectors.shopify.sandbox.http import Route
from connectors.shopify.sandbox.request import Answer, Request
from connectors.shopify.sandbox.state import Json
from connectors.shopify.sandbox.versions import served_by

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox

CLOSED = {402: "Unavailable Shop", 403: "Forbidden", 404: "Not Found", 423: "Locked"}
_LIMITS = "https://shopify.dev/api/usage/rate-limits"


async def answer(sandbox: Sandbox, request: Request) -> Answer:
    """Every GraphQL request, whatever its version."""
    version = sandbox.fallen or served_by(request.params.get("version"))
    headers = [(b"x-shopify-api-version", version.encode()), (b"x-request-id", str(uuid.uuid4()).encode())]
    if sandbox.closed is not None:
        return Answer.json({"errors": CLOSED[sandbox.closed]}, sandbox.closed, headers)
    token = request.headers.get("x-shopify-access-token", "")
    if refusal := sandbox.tokens.refusal(token):
        return Answer.json({"errors": refusal[1]}, refusal[0], headers)
    access = sandbox.tokens.find(token)
    asked = _asked(request)
    if access is None or asked is None:
        return Answer.json({"errors": {"query": "Required parameter missing or invalid"}}, 400, headers)
    try:
        execution = Execution(Call(sandbox, access, request.base), *asked)
    except Refused as refused:
        return Answer.json({"errors": refused.errors}, 200, headers)
    return Answer.json(_executed(sandbox, execution, debug="shopify-search-query-debug" in request.headers), 200, headers)


def _asked(request: Request) -> tuple[str, Json, str | None] | None:
    """(document, variables, operation) of a request, None when it is none."""
    if request.headers.get("content-type", "").startswith("application/graphql"):
        return request.body.decode("utf-8", "replace"), {}, None
    try:
        body: Any = request.json()
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return None
    variables = body.get("variables") or {}
    return (body["query"], variables, body.get("operationName")) if isinstance(variables, dict) else None


def _executed(sandbox: Sandbox, execution: Execution, *, debug: bool) -> Json:
    """Run it if the points allow, and say what it cost."""
    price, bucket = execution.requested, sandbox.bucket
    if price > cost.MOST:
        return {"errors": [_too_dear(price)]}
    if not bucket.take(price):
        sandbox.throttled += 1
        errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": _LIMITS}}]
        return {"errors": errors, "extensions": {"cost": _cost(sandbox, price, None)}}
    said = execution.run()
    bucket.give(price - execution.actual)
    sandbox.spent += execution.actual
    sandbox.operations[execution.operation.name.value if execution.operation.name else ""] += 1
    extensions: Json = {"cost": _cost(sandbox, price, execution.actual)}
    if debug and execution.searches:
        extensions["search"] = execution.searches
    return {**said, "extensions": extensions}


def _cost(sandbox: Sandbox, price: int, actual: int | None) -> Json:
    return {"requestedQueryCost": price, "actualQueryCost": actual, "throttleStatus": sandbox.bucket.status()}


def _too_dear(price: int) -> Json:
    """Without a cost block, as Shopify sends it."""
    message = f"Query cost is {price}, which exceeds the single query max cost limit ({cost.MOST})."
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": price, "maxCost": cost.MOST, "documentation": _LIMITS}
    return {"message": message, "extensions": extensions}


ROUTES: tuple[Route, ...] = (("POST", r"/admin/api(/(?P<version>[^/]+))?/graphql\.json", answer),)
