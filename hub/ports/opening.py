"""Opening a shop: what the hub lends a connector to reach a shop with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

from hub.ports.reading import Json


class HttpClient(Protocol):
    """The guarded outbound client (hub.http). Every call has a deadline that covers the body and a size cap."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        deadline: float = 30.0,
        max_bytes: int = 64 << 20,
    ) -> HttpAnswer: ...

    async def download(
        self,
        url: str,
        path: Path,
        *,
        headers: Mapping[str, str] | None = None,
        deadline: float = 3600.0,
        max_bytes: int = 8 << 30,
    ) -> HttpAnswer:
        """A GET whose body goes to a file as it comes; the answer's own body is empty (with another status than 200: its
        first 64 KiB, and the file is left alone)."""
        ...


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer: header names in lower case, body decoded from its content encoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a shop that counts points said with an answer. asked: the points that were set aside for the request; actual: what
    it cost (None: it was not done); available, maximum, restore: the shop's bucket now, its size, its points per second."""

    asked: float
    actual: float | None
    available: float
    maximum: float
    restore: float


class Budget(Protocol):
    """The rate budget of one shop, shared by all workers."""

    async def __call__(self, cost: float = 1.0) -> None:
        """Waits until a request of this cost is allowed, and sets the cost aside."""
        ...

    async def told(self, tariff: Tariff) -> None:
        """What the shop says of its bucket; every request that was allowed must be followed by this, or by `back`."""
        ...

    async def back(self, cost: float) -> None:
        """A request that was allowed was never answered: its points are not in flight any more."""
        ...


Renew = Callable[[Mapping[str, str]], Awaitable[Mapping[str, str]]]


class Vault(Protocol):
    """Where the credentials of one shop are kept, for those that change by themselves (tokens that expire)."""

    async def renewed(self, stale: Mapping[str, str], renew: Renew) -> Mapping[str, str]:
        """Credentials newer than `stale`. Of all workers one calls `renew` (current → new), the others get what it brought;
        the new ones are kept, sealed, before anybody uses them. Raises what `renew` raises."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What a connector gets to open a store: nothing of the hub but its HTTP client and the shop's budget."""

    url: str
    credentials: Mapping[str, str] = field(repr=False)
    http: HttpClient
    budget: Budget
    capabilities: Json = field(default_factory=dict)
    allow_http: bool = False
    installation: UUID | None = None
    vault: Vault | None = None  # None before there is an installation (probing)
