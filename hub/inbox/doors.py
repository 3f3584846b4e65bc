"""Where a message is for: the shop, and what its messages may be signed with.

A shop has an address of its own; a connector may have one address for all its shops, where the message names the shop. There
the shops that were disconnected are found too: what must follow an uninstallation (forget this shop, this customer) comes when
the credentials are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from hub.db.engine import Database
from hub.db.unit import Unit
from hub.errors import NotFound, SignatureError
from hub.installations.secrets import open_credentials, open_webhook_secret
from hub.ports import Delivery, InboundRequest, Webhooks

COLUMNS: Final = "org, id, shop, status, credentials, webhook_secret"

#: Notices that concern a shop's data wherever it is kept, also where the shop was disconnected.
LASTING: Final = frozenset({"forget_shop", "forget_customer", "customer_data"})


@dataclass(frozen=True, slots=True)
class Door:
    """One installation. `own`: the secret that the hub made for it; `open`: it is connected."""

    org: UUID
    installation: UUID
    shop: str
    open: bool
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    own: str = field(default="", repr=False)

    def takes(self, delivery: Delivery) -> bool:
        """Whether this message is of any use here."""
        return self.open or lasts(delivery)


def lasts(delivery: Delivery) -> bool:
    """Whether a message concerns those too who no longer have the shop."""
    return delivery.notice is not None and delivery.notice.kind in LASTING


async def by_id(db: Database, connector: str, installation: UUID) -> Door:
    """The shop that an address belongs to. Raises NotFound for none, another connector's, and a disconnected one."""
    async with db.system() as unit:
        row = await unit.fetchrow(
            f"select {COLUMNS} from installation where id = $1 and connector = $2 and status <> 'disconnected'",  # noqa: S608
            installation, connector,
        )  # fmt: skip
    if row is None or row["webhook_secret"] is None:
        raise NotFound("No connected shop has this address.")
    return _door(row)


async def by_shop(db: Database, connector: str, shop: str, *, open: bool) -> list[Door]:
    """The one installation of a shop that is connected (an index finds it), or those that no longer are, the latest first."""
    wanted = "status <> 'disconnected'" if open else "status = 'disconnected' order by disconnected_at desc"
    async with db.system() as unit:
        rows = await unit.fetch(
            f"select {COLUMNS} from installation where connector = $1 and shop = $2 and {wanted}",  # noqa: S608
            connector, shop,
        )  # fmt: skip
    return [_door(row) for row in rows]


async def of_installation(unit: Unit, installation: UUID) -> Door:
    """The same for the job. Raises NotFound."""
    row = await unit.fetchrow(f"select {COLUMNS} from installation where id = $1", installation)  # noqa: S608
    if row is None:
        raise NotFound(f"There is no installation {installation}.")
    return _door(row)


def verified(webhooks: Webhooks, message: InboundRequest, door: Door | None) -> tuple[Delivery, str]:
    """The delivery, and the secret that it is signed with. Raises SignatureError when none fits, or what `parse` raises.

    Each door has its own secrets: what one organisation's app may sign is no proof at another's.
    """
    secrets = webhooks.secrets(door.credentials, door.own) if door else webhooks.secrets({}, "")
    refusal = SignatureError("The secret that this message is signed with is not known here.")
    for secret in secrets or ("",):  # without any, the connector says what is missing
        try:
            return webhooks.parse(message, secret), secret
        except SignatureError as error:
            refusal = error
    raise refusal


def refuse_strangers(door: Door, delivery: Delivery) -> None:
    """Raise SignatureError when a message says that it is from another shop than this one's."""
    if delivery.shop is not None and delivery.shop != door.shop:
        raise SignatureError(f"The message says that it is from {delivery.shop}: this address belongs to another shop.")


def _door(row: Any) -> Door:
    org, id = row["org"], row["id"]
    credentials = open_credentials(row["credentials"], org, id) if row["credentials"] else {}
    own = open_webhook_secret(row["webhook_secret"], org, id) if row["webhook_secret"] else ""
    return Door(org, id, row["shop"], row["status"] != "disconnected", credentials, own)
