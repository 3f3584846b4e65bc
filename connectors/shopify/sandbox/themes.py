"""The table of contents of the sandbox: every theme module, and what each brings.

A theme module may hold `ROUTES` (http.Route: HTTP addresses), `RESOLVERS` ("Type.field" or "*.field" → call.Resolver) and
`NEEDS` ("Type.field" → the access scope that it needs); its types stand in `schema/<theme>.graphql`. What it keeps beside the
shop's objects is an object of its own that Sandbox makes and holds.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

THEMES = (
    "endpoint", "reading", "oauth", "bulk_routes", "subscriptions", "metafield_writes", "uploads", "files", "stock_writes",
)  # fmt: skip


@cache
def routes() -> tuple[Any, ...]:
    """The routes of all themes, in the order of the table."""
    return tuple(route for theme in THEMES for route in getattr(_module(theme), "ROUTES", ()))


@cache
def resolvers() -> dict[str, Any]:
    """The resolvers of all themes: "Type.field" → function."""
    return {name: each for theme in THEMES for name, each in getattr(_module(theme), "RESOLVERS", {}).items()}


@cache
def scopes() -> dict[str, str]:
    """The access scopes that fields need, of all themes: "Type.field" → scope."""
    return {name: each for theme in THEMES for name, each in getattr(_module(theme), "NEEDS", {}).items()}


def _module(theme: str) -> Any:
    return import_module(f"connectors.shopify.sandbox.{theme}")
