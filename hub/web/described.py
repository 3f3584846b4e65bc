"""How answers look, for the API's description only: nothing is serialised through these."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Row = TypeVar("Row")


class Listed(BaseModel, Generic[Row]):
    """A page of rows."""

    data: list[Row]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null at the end.")


class Fault(BaseModel):
    """What went wrong, and what to do about it."""

    model_config = ConfigDict(extra="allow")

    code: str = Field(examples=["not_found"])
    message: str
    hint: str | None = None
    field: str | None = Field(None, description="The parameter, or the JSON pointer into the body, at fault.")
    request_id: str = Field(description="Also in the header X-Request-ID; our log knows the request by it.")


class Refusal(BaseModel):
    """The one envelope of all errors."""

    error: Fault


#: For every route: errors look alike.
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": Refusal, "description": "No valid API key."},
    403: {"model": Refusal, "description": "The key lacks the scope."},
    404: {"model": Refusal, "description": "There is no such thing, or it is somebody else's."},
    422: {"model": Refusal, "description": "The request's content is not usable; `field` says where."},
    503: {"model": Refusal, "description": "Try again after the time in Retry-After."},
}


def shows(model: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route whose answer looks like this model."""
    return {status: {"model": model}}
