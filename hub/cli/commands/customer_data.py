"""`luneo customer-data`: what is held of a customer who asked for his data; the merchant hands it out."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from hub.cli import options


def command(
    receipt: Annotated[UUID, typer.Argument(metavar="RECEIPT", help="The id of the shop's request, as the log says it.")],
    org: options.Org = None,
) -> None:
    """Print, as one JSON object, everything that is held of the customer that a shop's request names."""
    import sys

    from hub.cli.run import run

    sys.stdout.write(run(_held(receipt, org)).decode() + "\n")


async def _held(receipt: UUID, org: str | None) -> bytes:
    import msgspec

    from hub.cli.house import open_house
    from hub.inbox.customer_data import customer_data

    async with open_house() as house:
        organisation = await house.organisation(org)
        async with house.db.org(organisation.id) as unit:
            return msgspec.json.encode(await customer_data(unit, house.registry, receipt))
