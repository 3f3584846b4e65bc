"""The parts of the running hub that routes work with, in one place on the application's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

if TYPE_CHECKING:
    from hub.db.engine import Database
    from hub.ports import HttpClient
    from hub.registry import Registry
    from hub.settings import Settings


@dataclass(slots=True)
class House:
    """Settings, database, connectors and outbound HTTP: opened once when the application starts."""

    settings: Settings
    db: Database
    registry: Registry
    http: HttpClient
    schema_seen: float = float("-inf")  # when the schema was last found to be ours (monotonic)


async def the_house(request: Request) -> House:
    """`house_of` as a dependency: FastAPI would run a plain function in a thread."""
    return house_of(request)


def house_of(request: Request) -> House:
    """The house of the application that answers this request."""
    house: House = request.app.state.house
    return house


TheHouse = Annotated["House", Depends(the_house)]
