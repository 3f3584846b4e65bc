"""One unit of work of the organisation that a command means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from webhooks.cli import meant

if TYPE_CHECKING:
    from uuid import UUID

    from hub.db.unit import Unit


async def within(org: str | None, work: Callable[[Unit], Awaitable[Any]], *, make: bool = False) -> Any:
    """Run something in one unit of work of the organisation."""
    from hub.cli.house import open_house

    async with open_house() as house:
        organisation = await house.organisation(org, make=make)
        async with house.db.org(organisation.id) as unit:
            return await work(unit)


def on(named: str, org: str | None, work: Callable[[Unit, UUID], Awaitable[Any]]) -> Any:
    """Run something with the endpoint that was named."""
    from hub.cli.run import run

    async def chosen(unit: Unit) -> Any:
        return await work(unit, await meant.endpoint(unit, named))

    return run(within(org, chosen))
