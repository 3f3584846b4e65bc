"""Installing: merchants who connect their own shop, from the vendor's side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from hub.ports.opening import HttpClient


@dataclass(frozen=True, slots=True)
class Visit:
    """A merchant's browser at a connector's install address. query: in order, repeats included; headers: lower-case names;
    cookies: those that it sent; address: ours, as browsers reach it (`https://hub.example/install/shopify`)."""

    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    address: str


@dataclass(frozen=True, slots=True)
class Departure:
    """What the browser is answered: sent on to `to`, or shown `page` (HTML). cookie: name, value, seconds; kept from scripts."""

    to: str | None = None
    page: str | None = None
    cookie: tuple[str, str, int] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A merchant for whom the vendor vouches. shop: the identity of the shop, url: its address; grant: asks the vendor for
    credentials; fresh: ask even if the shop is connected (a permission was just given); onward: as for `Departure`."""

    shop: str
    url: str
    grant: Callable[[HttpClient], Awaitable[Mapping[str, str]]]
    fresh: bool
    onward: Departure


@runtime_checkable
class Installs(Protocol):
    """A connector whose merchants connect their own shop, from the vendor's side. Decisions only: no network, no database.

    Raises SignatureError for what the vendor does not vouch for, PermanentError for what is no shop, ConfigurationError when
    the operator has not configured the app.
    """

    def install_begin(self, visit: Visit) -> Departure:
        """The vendor sent a merchant: on to where permission is given."""
        ...

    def install_back(self, visit: Visit) -> Arrival:
        """The merchant is back with the vendor's permission."""
        ...

    def install_token(self, visit: Visit) -> Arrival:
        """A page of ours inside the vendor's admin brings a token of its session."""
        ...

    def install_refused(self, error: Exception) -> tuple[int, Mapping[str, str]] | None:
        """Status and headers with which the vendor's page wants to hear of this error; None: the usual ones."""
        ...
