"""The canonical form as JSON Schema (draft 2020-12), as it is served at /schemas/v1/<kind>.json."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from schemas.kinds import MODELS

#: The kinds with a schema of their own; variant and refund stand inside product and order.
PUBLISHED: Final = ("product", "order", "customer", "metafield", "event")
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@cache
def published(kind: str) -> dict[str, Any]:
    """The schema of one kind; do not change it. Raises KeyError for what is not published.

    It describes documents as they are given out: unknown fields are refused, absent ones say nothing.
    """
    if kind not in PUBLISHED:
        raise KeyError(kind)
    schema = MODELS[kind].model_json_schema(mode="validation")
    return {"$schema": DIALECT, "$id": f"/schemas/v1/{kind}.json", **schema}
