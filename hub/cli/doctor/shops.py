"""The vendors and the shops: connectors loaded or broken, their API's remaining life, and every shop asked once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import TYPE_CHECKING

from hub.cli.doctor.finding import Finding, amber, green, red
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.cli.house import House
    from hub.installations.installation import Installation
    from hub.ports import Probe
    from hub.registry import Registry

SOON = 60  # days


def connectors(registry: Registry) -> list[Finding]:
    """One finding for each connector."""
    found = [
        Finding("red", b.name, f"of {b.dist} {b.version} is broken: {b.error}", "Update or remove that package.")
        for b in registry.broken
    ]
    for name, connector in sorted(registry.connectors.items()):
        manifest = connector.manifest
        words = f"connector {manifest.version}, API {manifest.api_version}"
        if manifest.api_expires is None:
            found.append(green(name, words))
            continue
        days = (manifest.api_expires - date.today()).days
        if days < 0:
            found.append(Finding("red", name, f"{words}, which ended {-days} days ago", "Update luneo-hub."))
        elif days < SOON:
            found.append(amber(name, f"{words}, which ends in {days} days", "Plan an update of luneo-hub."))
        else:
            found.append(green(name, f"{words}, good for {days} days"))
    return found


async def shops(house: House) -> AsyncIterator[Finding]:
    """Every connected shop of every organisation, asked who it is with the credentials we hold."""
    from hub.installations.listing import listing

    async with house.db.system() as unit:
        organisations = await unit.fetch("select id, name from organisation order by created_at")
    if not organisations:
        yield green("shops", "none connected yet", "luneo connect woocommerce URL --key K --secret S")
    for organisation in organisations:
        async with house.db.org(organisation["id"]) as unit:
            found = await listing(unit)
        for shop in found:
            for finding in await _look(house, shop):
                yield finding


async def jobs(house: House) -> Finding:
    """The queue: what waits, and what will not be tried again by itself."""
    async with house.db.system() as unit:
        waiting, dead = await unit.fetchrow(
            "select count(*) filter (where status = 'queued' and run_at < now()), count(*) filter (where status = 'dead')"
            " from job where status <> 'done'"
        ) or (0, 0)
        last = await unit.fetchval("select last_error from job where status = 'dead' order by finished_at desc limit 1")
    if dead:
        return amber("jobs", f"{waiting} due, {dead} given up", f"The last one: {last}")
    return green("jobs", f"{waiting} due, none given up")


async def _look(house: House, shop: Installation) -> list[Finding]:
    from hub.budget import Unhurried
    from hub.installations.connect import inbound_url
    from hub.installations.opening import opening
    from hub.ports import Examines

    connector = house.registry.get(shop.connector)
    try:
        _, open_ = await opening(house.db, house.http, Unhurried(), shop.org, shop.id)
        probe = await connector.probe(open_)
        if probe.shop != shop.shop:
            return [Finding("red", shop.name, f"is another shop now: {probe.shop}, was {shop.shop}", "Connect the shop again.")]
        found = [_answers(shop, probe)]
        if isinstance(connector, Examines):
            public = house.settings.public_url if shop.inbound["mode"] == "webhooks" else None
            remarks = await connector.examine(open_, public and inbound_url(public, shop))
            found += [Finding(remark.level, shop.name, remark.words, remark.hint) for remark in remarks]
    except HubError as error:
        return [red(shop.name, error)]
    return found


def _answers(shop: Installation, probe: Probe) -> Finding:
    if shop.inbound["mode"] == "polling":
        return amber(shop.name, f"answers; {probe.api_version}; polled: {shop.inbound.get('reason', 'no webhooks')}")
    return green(shop.name, f"answers; {probe.api_version}; sends webhooks")
