"""Which shops a command means."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from hub.errors import NotFound

if TYPE_CHECKING:
    from hub.cli.house import House
    from hub.db.unit import Unit
    from hub.installations.installation import Installation
    from hub.tenancy import Organisation


async def chosen(house: House, organisation: Organisation, shop: str | None) -> list[Installation]:
    """The shop that was named, or every connected one. Raises NotFound when there is none at all."""
    from hub.installations.listing import listing, named

    async with house.db.org(organisation.id) as unit:
        found = [await named(unit, shop)] if shop else await listing(unit)
    if not found:
        raise NotFound(
            f"{organisation.name} has no connected shop.", hint="Connect one: luneo connect woocommerce URL --key K --secret S"
        )
    return found


async def names_of(unit: Unit) -> dict[UUID, str]:
    """The names of the organisation's shops, disconnected ones too."""
    from hub.installations.listing import listing

    return {shop.id: shop.name for shop in await listing(unit, disconnected=True)}
