"""A shop to read from, without storing anything: at an address with a key, or one that is connected."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.cli.options import dashed
from hub.errors import ConfigurationError, NotFound, Unprocessable

if TYPE_CHECKING:
    from hub.ports import Connector, Resource, ShopSettings, Store


@dataclass(frozen=True, slots=True)
class Source:
    """An opened shop."""

    connector: Connector
    store: Store
    settings: ShopSettings

    def resource(self, name: str) -> Resource:
        """The resource of that name. Raises NotFound that names the known ones."""
        for resource in self.connector.resources:
            if resource.name == name:
                return resource
        known = ", ".join(resource.name for resource in self.connector.resources)
        raise NotFound(f"{self.connector.manifest.title} has no {name!r}.", hint=f"It has: {known}.")


@asynccontextmanager
async def at_address(name: str, url: str, credentials: Mapping[str, str], allow_http: bool) -> AsyncIterator[Source]:
    """Ask the shop at this address who it is, then open it. No database, nothing is kept."""
    from dataclasses import replace

    from hub import registry
    from hub.cli.pace import Pace
    from hub.http import guarded_client
    from hub.installations.credentials import fitting, spoken
    from hub.ports import Opening
    from hub.settings import get_settings

    settings = get_settings()
    connector = registry.load().get(name)
    try:
        credentials = fitting(connector.manifest, credentials)
    except Unprocessable as error:
        raise ConfigurationError(error.message, hint=f"give {spoken(connector.manifest, dashed)}.") from None
    http = guarded_client(settings.egress_allow)
    try:
        opening = Opening(
            url=connector.normalise_url(url),
            credentials=credentials,
            http=http,
            budget=Pace(connector.manifest.limits),
            allow_http=allow_http or settings.allow_http,
        )
        probe = await connector.probe(opening)
        store = connector.open(replace(opening, url=probe.url, capabilities=probe.capabilities))
        try:
            yield Source(connector, store, probe.settings)
        finally:
            await store.close()
    finally:
        await http.close()


@asynccontextmanager
async def connected(name: str, shop: str, org: str | None) -> AsyncIterator[Source]:
    """A connected shop, with the credentials that are kept and its budget shared with the syncs."""
    from hub.cli.house import open_house
    from hub.cli.shops import chosen
    from hub.sync.engine import Engine

    async with open_house() as house:
        (known,) = await chosen(house, await house.organisation(org), shop)
        if known.connector != name:
            raise ConfigurationError(f"{known.name} is a {known.connector} shop.", hint=f"luneo extract {known.connector} …")
        engine = Engine(house.db, house.registry, house.http, house.settings)
        async with engine.shop(known.org, known.id) as opened:
            yield Source(opened.connector, opened.store, opened.settings)
