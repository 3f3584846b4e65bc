"""The canonical schemas, published: /schemas/v1/product.json and its siblings."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Final, Literal

import msgspec
from fastapi import APIRouter, Request, Response

from hub.web.answers import tagged

router = APIRouter(prefix="/schemas/v1", tags=["Schemas"])

Kind = Literal["product", "order", "customer", "metafield", "event"]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


@router.get("/{kind}.json")
async def json_schema(kind: Kind, request: Request) -> Response:
    """The JSON Schema of one canonical noun."""
    return tagged(request, schema_of(kind), "application/schema+json", cache="public, max-age=300")


@lru_cache(maxsize=8)
def schema_of(kind: str) -> bytes:
    """The schema as bytes, made from the model once."""
    model = getattr(import_module(f"schemas.{kind}"), kind.title())
    schema = {"$schema": DIALECT, "$id": f"/schemas/v1/{kind}.json", **model.model_json_schema(mode="serialization")}
    return msgspec.json.format(msgspec.json.encode(schema), indent=1)
