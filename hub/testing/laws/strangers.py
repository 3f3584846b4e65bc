"""Two shops read at once in one process: neither is ever shown the other's credentials, nor are their rows mixed up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from hub.installations.secrets import credentials_of
from hub.testing.laws.canaries import found
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import must
from hub.testing.laws.trial import Trial, trial
from hub.testing.laws.truth import same

ROWS = 60


async def two_at_once(ground: Ground, make: Mapping[str, Any]) -> str:
    """The second shop has other rows under the same ids, where ids are the vendor's. Tokens that can end do, at the start."""
    sandboxes = [ground.sandbox(ground.rows(ROWS), make) for _ in range(2)]
    for name in ground.rows(ROWS):
        sandboxes[1].change(name, sandboxes[1].ids(name))
    first, second = sandboxes
    if first.credentials() == second.credentials() and hasattr(second, "renew"):
        second.renew()
    async with AsyncExitStack() as stack:
        shops = [await stack.enter_async_context(trial(ground, sandbox)) for sandbox in sandboxes]
        heard: list[list[str]] = [[], []]
        for shop, said in zip(shops, heard, strict=True):
            shop.tape.heard = said.append
        known = [set(sandbox.credentials().values()) for sandbox in sandboxes]
        if make:
            for sandbox in sandboxes:
                sandbox.expire()  # type: ignore[attr-defined]  # the caller knows
        await asyncio.gather(*(shop.complete(name) for name in ground.rows(ROWS) for shop in shops))
        for shop, kept in zip(shops, known, strict=True):
            kept |= await _kept(shop)
        for at, shop in enumerate(shops):
            theirs, ours = known[1 - at] - known[at], known[at] - known[1 - at]
            text = "\n".join(heard[at])
            must(found(text, ours) or not ours, "no credentials were seen on the way: nothing was looked at")
            must((line := found(text, theirs)) is None, "a shop was shown the credentials of another", line or "")
            for name in ground.rows(ROWS):
                await same(shop, name)
    return "two shops at once: each saw its own credentials and gave its own rows"


async def _kept(shop: Trial) -> set[str]:
    """What the vault holds by now."""
    async with shop.engine.db.org(shop.org) as unit:
        return set((await credentials_of(unit, shop.org, shop.installation)).values())
