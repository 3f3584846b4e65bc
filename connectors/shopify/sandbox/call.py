"""What a resolver gets to know, and how it refuses.

A resolver is `resolver(call, source, args) -> value`: `source` the object that holds the field (empty at the root), `args`
the field's arguments as coerced by the schema (absent ones are absent). It may return a scalar, a dict, a gid (read as that
object), a list, or for a connection a list of gids or dicts, which is then filtered, sorted and cut as the arguments say.
Mutations return their payload: `{"product": gid, "userErrors": []}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.shopify.sandbox.state import Json, State
from connectors.shopify.sandbox.tokens import Access

if TYPE_CHECKING:
    from connectors.shopify.sandbox.sandbox import Sandbox


@dataclass(slots=True)
class Call:
    """One GraphQL request under way. `directives`: of the field being resolved, name → arguments ({"idempotent": {"key": …}})."""

    sandbox: Sandbox
    access: Access
    base: str  # how the caller addressed us: "http://127.0.0.1:8000"
    directives: dict[str, Json] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return self.sandbox.state

    def may(self, scope: str) -> bool:
        """Whether the token covers a scope: writing implies reading."""
        return scope in self.access.scopes or (scope.startswith("read_") and f"write_{scope[5:]}" in self.access.scopes)


Resolver = Callable[[Call, Json, Json], Any]


class GraphError(Exception):
    """A top-level error of GraphQL: {"message", "extensions": {"code", …}}. `code` as Shopify writes it: ACCESS_DENIED,
    MAX_COST_EXCEEDED, BAD_REQUEST, INTERNAL_SERVER_ERROR…"""

    def __init__(self, message: str, code: str | None = None, **extensions: Any) -> None:
        super().__init__(message)
        self.code = code
        self.extensions = {"code": code, **extensions} if code else extensions


class UserError(Exception):
    """Refuse a mutation from anywhere in it: the payload's `userErrors` gets this one, its other fields are null.

    field: path of the input that is wrong, as Shopify lists it (["metafields", "0", "value"]).
    """

    def __init__(self, message: str, field: list[str] | None = None, code: str | None = None, **more: Any) -> None:
        super().__init__(message)
        self.error = {"field": field, "message": message, **({"code": code} if code else {}), **more}
