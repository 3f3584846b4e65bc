"""The guard: what may be connected to. A name's addresses are vetted, then pinned; a socket to any other is not opened."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import Unprocessable
from hub.http.addresses import refusal
from webhooks.send.address import Address, Pairs, parse
from webhooks.send.answer import ADDRESS, NAME
from webhooks.send.resolve import Found, Resolver

URLS_AT_MOST = 20_000


@dataclass(slots=True, eq=False)
class Place:
    """Where an address leads, vetted. A new one is made when its name answers something else.

    addresses: the only ones a socket may be opened to. pin: for libcurl's RESOLVE, empty for numeric hosts.
    """

    host: str
    addresses: frozenset[str]
    pin: tuple[str, ...]


@dataclass(slots=True, eq=False)
class No:
    """An address that may not be connected to, and why: a word of `answer` and a line."""

    error: str
    detail: str


class Guard:
    """Knows URLs and the places they lead to."""

    def __init__(self, allowed: Pairs, allow_http: bool, resolver: Resolver) -> None:
        self._allowed = allowed
        self._allow_http = allow_http
        self._resolver = resolver
        self._urls: dict[str, Address | No] = {}
        self._places: dict[tuple[str, int], tuple[Found, Place | No]] = {}

    def address(self, url: str) -> Address | No:
        """A URL taken apart; the rules of creation hold at every attempt, for they may have become stricter since."""
        known = self._urls.get(url)
        if known is None:
            if len(self._urls) >= URLS_AT_MOST:
                self._urls.clear()
            try:
                known = parse(url, self._allowed, self._allow_http)
            except Unprocessable as error:
                known = No(ADDRESS, error.message)
            self._urls[url] = known
        return known

    def place(self, address: Address) -> Place | No | None:
        """Where it leads, at once; None when its name must be asked for first."""
        if address.numeric:
            return Place(address.host, frozenset((address.host,)), ())  # vetted when its URL was taken apart
        found = self._resolver.known(address.host)
        return self._vetted(address, found) if found is not None else None

    async def find(self, address: Address) -> Place | No:
        """Where it leads, after asking for its name."""
        return self._vetted(address, await self._resolver.find(address.host))

    def _vetted(self, address: Address, found: Found) -> Place | No:
        key = (address.host, address.port)
        known = self._places.get(key)
        if known is None or known[0] is not found:
            if len(self._places) >= URLS_AT_MOST:
                self._places.clear()
            place = vet(address, found)
            if known is not None and isinstance(place, Place) and isinstance(known[1], Place) and place.pin == known[1].pin:
                place = known[1]
            known = self._places[key] = (found, place)
        return known[1]


def vet(address: Address, found: Found) -> Place | No:
    """Every address of a name looked at; of a mixture, the public ones are used."""
    if not found.addresses:
        return No(NAME, found.trouble)
    good = [one for one in found.addresses if address.exempt or refusal(one) is None]
    if not good:
        worst = found.addresses[0]
        return No(ADDRESS, f"{address.host} points to {worst}, which may not be connected to ({refusal(worst)}).")
    pin = f"{address.host}:{address.port}:" + ",".join(f"[{one}]" if ":" in one else one for one in good)
    return Place(address.host, frozenset(good), (pin,))
