"""The connector itself: its manifest, how fast its shops may be asked, and everything that can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, runtime_checkable

from hub.ports.inbound import Webhooks
from hub.ports.opening import Opening
from hub.ports.reading import Json, Resource, ShopSettings, Store
from hub.ports.writing import Writer


@dataclass(frozen=True, slots=True)
class Probe:
    """What a shop says of itself when it is connected."""

    shop: str  # stable identity of the shop, unique per connector (normalised host and path)
    name: str
    url: str
    settings: ShopSettings
    capabilities: Json
    api_version: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast a shop may be asked: requests per second and burst; page sizes to step down to when it struggles.

    costs: the shop counts points, not requests, and tells its rate and burst with every answer (`Budget.told`): the figures
    here are only the guess before the first answer.
    """

    per_second: float = 20.0
    burst: int = 40
    page_sizes: tuple[int, ...] = (100, 50, 20, 10)
    costs: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a connector says of itself.

    credential_fields: what a shop is connected with; other_credentials: further complete sets, any one instead of it;
    further_credentials: what may come with any of them.
    """

    name: str
    title: str
    version: str
    api_version: str
    api_expires: date | None
    auth: Literal["key_secret", "oauth2", "none"]
    credential_fields: tuple[str, ...]
    limits: Limits = Limits()
    requires_hub: str = ">=0.1,<1"
    other_credentials: tuple[tuple[str, ...], ...] = ()
    further_credentials: tuple[str, ...] = ()


class Sandbox(Protocol):
    """An honest small fake of the vendor that speaks real HTTP, for the demo, the laws and authors."""

    app: Any  # an ASGI 3 application
    clock: float  # seconds the store's clock is ahead of ours

    def credentials(self) -> dict[str, str]: ...
    def ids(self, resource: str) -> list[str]: ...
    def add(self, resource: str, count: int = 1) -> list[str]: ...
    def change(self, resource: str, ids: Sequence[str]) -> None: ...
    def delete(self, resource: str, ids: Sequence[str]) -> None: ...
    def trash(self, resource: str, ids: Sequence[str]) -> None: ...
    def rows(self, body: object) -> list[object] | None: ...
    def record(self, resource: str, id: str) -> Json: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """A mapping with its reasons: canonical path → raw pointer(s), and what no canonical field took."""

    canonical: Json
    provenance: Mapping[str, str | list[str]]
    unmapped: Mapping[str, Any]


@runtime_checkable
class KeepsAlive(Protocol):
    """A connector whose credentials die when nobody uses them for long: the hub asks once a day, for every shop."""

    async def keep_alive(self, opening: Opening) -> bool:
        """Renew what would end within the next days; whether that was necessary. Raises ConnectorError."""
        ...


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know of a shop's health: well (green), to be known (amber), not working (red); and what to do about it."""

    level: Literal["green", "amber", "red"]
    words: str
    hint: str = ""


@runtime_checkable
class Examines(Protocol):
    """A connector that can say more of a shop's health than whether it answers: for `luneo doctor`."""

    async def examine(self, opening: Opening, url: str | None) -> Sequence[Remark]:
        """Look, and change nothing. url: where the shop's webhooks should go, None where it is polled. Raises ConnectorError."""
        ...


class Connector(Protocol):
    """Code for one vendor."""

    manifest: Manifest
    resources: Sequence[Resource]
    webhooks: Webhooks | None

    def normalise_url(self, text: str) -> str: ...

    async def probe(self, opening: Opening) -> Probe:
        """Check address and credentials, read what the shop says of itself. Raises ConnectorError with one clear line."""
        ...

    def open(self, opening: Opening) -> Store: ...

    def writer(self, store: Store) -> Writer | None: ...

    def explain(self, raw_kind: str, body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Explained:
        """On demand, never on the hot path. `raw_kind` is any of the vendor's kinds, children's too ("variation", "refund")."""
        ...

    def to_native(self, raw_kind: str, doc: Json) -> Json:
        """The writable part of a canonical document in the vendor's own words (the other half of the round trip)."""
        ...

    def objects_in(self, raw_kind: str, text: bytes) -> list[bytes]:
        """The vendor objects of this kind in a file: one object, an array, or a capture of exchanges or deliveries."""
        ...

    def sandbox(self, **scale: int) -> Sandbox: ...
