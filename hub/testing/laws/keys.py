"""L11, L12: credentials that end. A token is refreshed by itself; a key that was taken away is the merchant's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.errors import ConnectorError
from hub.installations.listing import get
from hub.installations.reconnect import reconnect
from hub.testing.laws.book import law
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Exempt, must
from hub.testing.laws.paging import ROWS
from hub.testing.laws.strangers import two_at_once
from hub.testing.laws.tape import Asked
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import live, same


@law("L11", "401 for an expired token: refreshed, asked again, nothing lost")
async def refreshed_token(ground: Ground) -> str:
    """Only where there are tokens. `sandbox.expire()` must end the one in use; the connector gets itself another.

    `makes` names the shops whose tokens end, where those of the usual one do not.
    """
    manifest = ground.connector.manifest
    if manifest.auth != "oauth2":
        raise Exempt(f"{manifest.title} signs in with {manifest.auth.replace('_', ' and ')}: there is nothing to refresh")
    seen = []
    for make in ground.makes("L11", usual=False):
        sandbox = ground.sandbox({ground.first: ROWS}, make)
        expire = getattr(sandbox, "expire", None)
        if expire is None:
            raise Exempt("the sandbox cannot end a token: give it expire()")
        async with trial(ground, sandbox) as shop:
            shop.tape.before = _at(shop, ground.first, 3, expire)
            await shop.complete(ground.first)
            await same(shop, ground.first)
            refused = sum(one.status == 401 for one in shop.tape.asked)
            must(refused, "no request was answered 401: the token never ended", shop.tape.culprit)
            seen.append(
                f"{', '.join(map(str, make.values()))}: {refused} requests answered 401, all rows came".removeprefix(": ")
            )
        seen.append(await two_at_once(ground, make))
    return "; ".join(seen)


@law("L12", "a revoked key: the shop is marked “reconnect”, nothing is lost, and it goes on with a new key")
async def revoked_key(ground: Ground) -> str:
    """The key is taken away in the middle of a run; `sandbox.renew()` takes it away and gives another."""
    return "; ".join([await _revoked(ground, make) for make in ground.makes("L12")])


async def _revoked(ground: Ground, make: Mapping[str, Any]) -> str:
    sandbox = ground.sandbox({ground.first: ROWS}, make)
    renew = getattr(sandbox, "renew", None)
    if renew is None:
        raise Exempt("the sandbox cannot take a key away: give it renew() -> new credentials")
    async with trial(ground, sandbox) as shop:
        await shop.complete(ground.first)
        before = await live(shop, ground.first)
        sandbox.add(ground.first, 60)
        fresh: list[dict[str, str]] = []
        shop.tape.clear()
        shop.tape.before = _at(shop, ground.first, 3, lambda: fresh.append(renew()))
        result = await shop.sync(ground.first, "backfill")
        must(fresh and result.verdict != "COMPLETE", f"the verdict without a key is {result.verdict}", shop.tape.culprit)
        must(await _status(shop) == "reconnect", f"the shop is {await _status(shop)!r}, not 'reconnect'", shop.tape.culprit)
        must(before <= await live(shop, ground.first), "records were lost with the key", shop.tape.culprit)
        shop.tape.clear()
        await _refused(shop, ground.first)
        must(not shop.tape.asked, "a shop that waits for a new key was asked all the same", shop.tape.culprit)
        engine = shop.engine
        await reconnect(
            engine.db, engine.registry, engine.http, org=shop.org, installation=shop.installation, credentials=fresh[-1]
        )
        await shop.complete(ground.first, "backfill")
        return f"{result.reason} Reconnected: all {await same(shop, ground.first)} rows"


async def _refused(shop: Trial, resource: str) -> None:
    try:
        result = await shop.sync(resource)
    except ConnectorError:
        return
    must(result.verdict != "COMPLETE", "a run without a key ended COMPLETE")


async def _status(shop: Trial) -> str:
    async with shop.engine.db.org(shop.org) as unit:
        return (await get(unit, shop.installation)).status


def _at(shop: Trial, resource: str, page: int, act: Callable[[], object]) -> Callable[[Asked], None]:
    """A hook for the tape: does something once, before the n-th page of the resource."""
    done: list[bool] = []

    def hook(_: Asked) -> None:
        if not done and len(shop.tape.listings(resource)) >= page:
            done.append(True)
            act()

    return hook
