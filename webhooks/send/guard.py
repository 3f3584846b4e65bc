"""The guard: what may be connected to. A name's addresses are vetted, then pinned; a socket to any other is not opened."""

from __future__ import annotations

import time
from dataclasses import dataclass

from hub.errors import Unprocessable
from hub.http.addresses import refusal
from webhooks.send.address import Address, Pairs, parse
from webhooks.send.answer import ADDRESS, NAME
from webhooks.send.resolve import FOREVER, Found, Resolver

KNOWN_AT_MOST = 20_000


@dataclass(slots=True, eq=False)
class Place:
    """Where a host and port lead, vetted. A new one is made when the name answers something else.

    addresses: the only ones a socket may be opened to. pin: for libcurl's RESOLVE; none for numeric hosts. loaded: libcurl
    has taken the pin over, for all handles of its multi handle and for good.
    """

    addresses: frozenset[str]
    pin: tuple[str, ...]
    loaded: bool = False


@dataclass(slots=True, eq=False)
class No:
    """It may not be connected to: a word of `answer` and a line."""

    error: str
    detail: str


@dataclass(slots=True, eq=False)
class Way:
    """A URL and what its name said last. url: as it is called. address: None where the URL itself is refused, for good."""

    url: str
    address: Address | None
    found: Found
    place: Place | No


NOT_ASKED = Found((), "", 0.0, 0.0)


class Guard:
    """Knows URLs and the places they lead to."""

    def __init__(self, allowed: Pairs, allow_http: bool, resolver: Resolver) -> None:
        self._allowed = allowed
        self._allow_http = allow_http
        self._resolver = resolver
        self._ways: dict[str, Way] = {}
        self._places: dict[tuple[str, int], Place] = {}

    def way(self, url: str) -> Way | None:
        """Where a URL leads, at once; None when its name must be asked for first."""
        way = self._ways.get(url)
        if way is None:
            way = self._new(url)
        if way.found.ahead > time.monotonic():
            return way
        found = self._resolver.known(way.address.host) if way.address is not None else None
        return self._vetted(way, found) if found is not None else None

    async def find(self, url: str) -> Way:
        """Where it leads, after asking for its name."""
        way = self._ways.get(url) or self._new(url)
        if way.address is None:
            return way
        return self._vetted(way, await self._resolver.find(way.address.host))

    def _new(self, url: str) -> Way:
        """The rules of creation hold at every attempt, for they may have become stricter since."""
        if len(self._ways) >= KNOWN_AT_MOST:
            self._ways.clear()
        try:
            address = parse(url, self._allowed, self._allow_http)
        except Unprocessable as error:
            way = Way("", None, FOREVER, No(ADDRESS, error.message))
        else:
            if address.numeric:  # vetted when it was taken apart
                way = Way(address.url, address, FOREVER, Place(frozenset((address.host,)), (), True))
            else:
                way = Way(address.url, address, NOT_ASKED, No(NAME, ""))
        self._ways[url] = way
        return way

    def _vetted(self, way: Way, found: Found) -> Way:
        if way.found is not found and way.address is not None:
            way.found = found
            way.place = self._one(way.address, vet(way.address, found))
        return way

    def _one(self, address: Address, place: Place | No) -> Place | No:
        """The same object for all URLs of a host and port as long as it leads to the same addresses."""
        key = (address.host, address.port)
        if isinstance(place, No):
            return place
        known = self._places.get(key)
        if known is not None and known.pin == place.pin:
            return known
        if len(self._places) >= KNOWN_AT_MOST:
            self._places.clear()
        self._places[key] = place
        return place


def vet(address: Address, found: Found) -> Place | No:
    """Every address of a name looked at; of a mixture, the public ones are used."""
    if not found.addresses:
        return No(NAME, found.trouble)
    good = [one for one in found.addresses if address.exempt or refusal(one) is None]
    if not good:
        worst = found.addresses[0]
        return No(ADDRESS, f"{address.host} points to {worst}, which may not be connected to ({refusal(worst)}).")
    pin = f"{address.host}:{address.port}:" + ",".join(f"[{one}]" if ":" in one else one for one in good)
    return Place(frozenset(good), (pin,))
