"""What the scenes of the demo share: the hub, and each shop's part with what was seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hub.cli.demo.caller import Caller
    from hub.cli.demo.partner import Partner
    from hub.cli.demo.shop import Shop
    from hub.cli.demo.stage import Stage
    from hub.cli.house import House
    from hub.cli.hub_process import Hub
    from hub.installations.installation import Installation
    from hub.tenancy import Organisation

#: What must be seen to work, in every shop that can do it.
CLAIMS: Final = ("webhook_seen", "event_seen", "partner_told", "metafield_written", "media_ready")


@dataclass(slots=True)
class Part:
    """One shop's part. seen: what was seen of it, for programs; record, position: the product that changed, and its event."""

    shop: Shop
    title: str
    installation: Installation
    seen: dict[str, Any] = field(default_factory=dict)
    record: str = ""
    position: int = 0

    @property
    def connector(self) -> str:
        """The vendor's name."""
        return self.installation.connector

    def record_of(self, product: str) -> str:
        """The hub's id of one of the shop's products."""
        from hub.db.ids import record_id

        return str(record_id(self.installation.id, "product", product))


@dataclass(slots=True)
class Play:
    """What the scenes share, and what they leave for the end."""

    house: House
    hub: Hub
    stage: Stage
    caller: Caller
    organisation: Organisation
    partner: Partner
    parts: Sequence[Part] = ()

    def sum_up(self) -> None:
        """What programs are told: everything of each shop, and what is true of all of them."""
        found = self.stage.found
        found["shops"] = {part.connector: part.seen for part in self.parts}
        found["runs"] = [run for part in self.parts for run in part.seen.get("runs", ())]
        for claim in CLAIMS:
            said = [part.seen[claim] for part in self.parts if claim in part.seen]
            found[claim] = bool(said) and all(said)
