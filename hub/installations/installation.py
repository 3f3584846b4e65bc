"""An installation as the other rooms see it: everything about it but its secrets."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from hub.errors import Conflict, ReauthorizationError
from hub.ports import Json, ShopSettings

Status = Literal["active", "reconnect", "disconnected"]

#: What `from_row` reads; the sealed secrets stay in the database.
COLUMNS: Final = (
    "org, id, connector, shop, name, url, status, settings, capabilities, api_version, created_at, updated_at, disconnected_at"
)


@dataclass(frozen=True, slots=True)
class Installation:
    """One shop connected to one organisation.

    shop: its identity as its connector defines it; status: active, reconnect (the shop refuses our credentials) or
    disconnected; capabilities: what the connector learnt of the shop when it was probed, with our own notes beside it
    (`allow_http`, `inbound`, `reconnect`).
    """

    org: UUID
    id: UUID
    connector: str
    shop: str
    name: str
    url: str
    status: Status
    settings: ShopSettings
    capabilities: Json
    api_version: str | None
    created_at: datetime
    updated_at: datetime
    disconnected_at: datetime | None = None

    @property
    def allow_http(self) -> bool:
        """Whether this shop may be asked over plain HTTP."""
        return bool(self.capabilities.get("allow_http"))

    @property
    def inbound(self) -> Json:
        """How changes reach us: {"mode": "webhooks"} or {"mode": "polling", "reason": "…"}."""
        inbound: Json = self.capabilities.get("inbound") or {"mode": "polling"}
        return inbound

    @property
    def reconnect_reason(self) -> str | None:
        """Why the merchant must connect again, when that is so."""
        reason: str | None = self.capabilities.get("reconnect")
        return reason if self.status == "reconnect" else None


def from_row(row: Any) -> Installation:
    """An installation from a row with `COLUMNS`."""
    values = dict(row)
    values["settings"] = shop_settings(row["settings"])
    values["capabilities"] = msgspec.json.decode(row["capabilities"])
    return Installation(**values)


def shop_settings(text: str | bytes) -> ShopSettings:
    """The shop's settings from the jsonb column; keys that we do not know (any more) are left aside."""
    known = {field.name for field in fields(ShopSettings)}
    return ShopSettings(**{key: value for key, value in msgspec.json.decode(text).items() if key in known})


def settings_json(settings: ShopSettings) -> bytes:
    """The jsonb column from the shop's settings."""
    return msgspec.json.encode({key: value for key, value in asdict(settings).items() if value is not None})


def refuse_closed(installation: Installation) -> None:
    """Raise unless this shop may be asked."""
    if installation.status == "disconnected":
        raise Conflict(f"{installation.name} is disconnected:", hint="connect it again.", field="installation")
    if installation.status == "reconnect":
        why = installation.reconnect_reason or "the shop refuses our credentials"
        raise ReauthorizationError(f"{installation.name} must be connected again: {why}", hint="Give it new credentials.")
