"""The caller and the scopes: `resource:read` or `resource:write`, neither implying the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from hub.errors import Forbidden, Unprocessable

RESOURCES = (
    "installations", "products", "orders", "customers", "metafields", "runs", "quarantine", "events", "keys",
    "applications", "endpoints", "messages",
)  # fmt: skip
ALL_SCOPES = tuple(f"{resource}:{verb}" for resource in RESOURCES for verb in ("read", "write"))


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller: which organisation, by which key, allowed what."""

    org: UUID
    key: UUID
    scopes: frozenset[str]


def require(caller: Caller, scope: str) -> None:
    """Raise Forbidden unless the caller has the scope, such as `products:read`."""
    if scope not in caller.scopes:
        raise Forbidden(f"This API key lacks the scope {scope}:", hint="use a key that has it.", scope=scope)


def check_scopes(scopes: Iterable[str]) -> list[str]:
    """The scopes, each once, in our order. Raises Unprocessable for none or an unknown one."""
    wanted = set(scopes)
    if unknown := sorted(wanted - set(ALL_SCOPES)):
        raise Unprocessable(f"Unknown scope {unknown[0]!r}:", hint=f"choose from {', '.join(ALL_SCOPES)}.", field="scopes")
    if not wanted:
        raise Unprocessable("A key without scopes can do nothing:", hint="name at least one.", field="scopes")
    return [scope for scope in ALL_SCOPES if scope in wanted]
