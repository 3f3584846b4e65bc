"""Writing back: metafields, files, stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from hub.ports.reading import Resource, Row


@dataclass(frozen=True, slots=True)
class MetafieldWrite:
    """One metafield to set (`value` JSON-ready) or, with value None, to remove."""

    namespace: str
    key: str
    type: str
    value: Any


class Writer(Protocol):
    """Write-back of metafields to one record. Returns the row as the store holds it afterwards; unchanged values are not sent."""

    async def write_metafields(self, resource: Resource, vendor_id: str, fields: Sequence[MetafieldWrite]) -> Row: ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to put on a record: a 3D model, a picture. `mime` as the vendor wants it (model/gltf-binary, image/jpeg)."""

    filename: str
    mime: str
    content: bytes
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class MediaState:
    """A file of ours in the shop. `url`: where the shop serves it, once it is ready; `reason`: why it failed, in words."""

    id: str
    status: Literal["processing", "ready", "failed"]
    url: str | None = None
    reason: str = ""


@runtime_checkable
class MediaWriter(Protocol):
    """Write-back of files; a `Writer` may be one too. The same upload again finds the file that is there."""

    async def add_media(self, resource: Resource, vendor_id: str, upload: Upload) -> MediaState:
        """Put a file on a record, or where the vendor's records carry none, into the shop for a metafield to refer to. The shop
        may still be working on it afterwards (`media_state` tells)."""
        ...

    async def media_state(self, id: str) -> MediaState: ...


@dataclass(frozen=True, slots=True)
class StockWrite:
    """One quantity to set. item: a variant's vendor id; location: the vendor's id; expected: what it must be now, else the
    write is refused (None: whatever it is)."""

    item: str
    location: str
    quantity: int
    expected: int | None
    name: str = "available"


@runtime_checkable
class StockWriter(Protocol):
    """Write-back of stock; a `Writer` may be one too."""

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> None:
        """Set quantities, all or none of each 250. `key`: the same key again does nothing again.

        Raises StockMoved when a quantity is not what was expected; nothing of those 250 was written then.
        """
        ...


@dataclass(frozen=True, slots=True)
class MetafieldDefinition:
    """What makes a metafield show in the shop's own pages with a name, and checked for its form.

    kind: whose metafield it is, the vendor's word for a part included ("product", "variant", "order", "customer"); type: the
    vendor's own word; public: whether whoever visits the shop may read it.
    """

    kind: str
    namespace: str
    key: str
    type: str
    name: str
    description: str = ""
    public: bool = False


@runtime_checkable
class Definer(Protocol):
    """A `Writer` of a shop whose metafields can be defined."""

    async def define(self, definitions: Sequence[MetafieldDefinition]) -> Sequence[MetafieldDefinition]:
        """Make those that the shop lacks; answers which. What is there stays as the merchant has it."""
        ...
