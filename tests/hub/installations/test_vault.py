"""Credentials that change by themselves: one renewal at a time, whoever asks and whoever dies."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from hub.db.connect import connect
from hub.db.engine import Database
from hub.errors import Conflict, NotFound, ReauthorizationError, RetryableError
from hub.installations import secrets
from hub.installations.reconnect import mark_reconnect
from hub.installations.vault import Kept, RowVault
from hub.testing.serving import serve

OLD = {"token": "t0"}
#: Transactions that were held open for a while: who waits for his turn looks now and then, in short ones.
OPEN = """
select count(*) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'
  and xact_start < clock_timestamp() - interval '0.2 seconds'
"""


@dataclass
class Vendor:
    """Gives out t1, t2, …; each renewal takes `slow` seconds. `asked` are the tokens that were brought."""

    db: Database
    slow: float = 0.3
    asked: list[str] = field(default_factory=list)
    transactions: list[int] = field(default_factory=list)  # open ones at each renewal

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        self.asked.append((await receive())["body"].decode())
        await asyncio.sleep(self.slow / 2)
        eye = await connect(self.db.url)  # as the role that logs in: others are not shown what a session is doing
        self.transactions.append(await eye.fetchval(OPEN))
        await eye.close()
        await asyncio.sleep(self.slow / 2)
        body = json.dumps({"token": f"t{len(self.asked)}"}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def selling(vendor: Vendor) -> AsyncIterator[str]:
    async with serve(vendor) as url:
        yield url.removeprefix("http://")


@pytest.fixture
async def shop(db: Database, org: UUID, installation: UUID) -> UUID:
    """A connected shop whose token is t0."""
    await give(db, org, installation, OLD)
    return installation


async def give(db: Database, org: UUID, shop: UUID, credentials: Mapping[str, str]) -> None:
    async with db.org(org) as unit:
        sealed = secrets.seal_credentials(org, shop, credentials)
        await unit.execute("update installation set credentials = $2, status = 'active' where id = $1", shop, sealed)


async def held(db: Database, org: UUID, shop: UUID) -> dict[str, str]:
    async with db.org(org) as unit:
        return await secrets.credentials_of(unit, org, shop)


async def worker(url: str, org: UUID, shop: UUID, address: str, tasks: int, seconds: float) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hub.installations.vault_process", url, str(org), str(shop), address, "t0",
        str(tasks), str(seconds), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"begun"
    return process


async def said(process: asyncio.subprocess.Process) -> list[str]:
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return out.decode().split()


async def test_of_many_workers_in_many_processes_one_renews_and_all_get_what_it_brought(
    db: Database, org: UUID, shop: UUID
) -> None:
    vendor = Vendor(db, slow=1.0)
    async with db.org(org):
        watcher = await connect(db.url)
        await asyncio.sleep(0.25)
        assert await watcher.fetchval(OPEN) == 1  # an open one would be seen
        await watcher.close()
    async with selling(vendor) as address:
        processes = await asyncio.gather(*(worker(db.url, org, shop, address, 5, 30) for _ in range(3)))
        got = [token for words in await asyncio.gather(*map(said, processes)) for token in words]
    assert got == ["t1"] * 15
    assert vendor.asked == ["t0"]
    assert vendor.transactions == [0]  # nobody held one open while the vendor thought
    assert await held(db, org, shop) == {"token": "t1"}


async def test_a_worker_killed_while_it_renews_frees_the_turn_by_time(db: Database, org: UUID, shop: UUID) -> None:
    vendor = Vendor(db, slow=1.0)
    async with selling(vendor) as address:
        first = await worker(db.url, org, shop, address, 1, 3)
        while not vendor.asked:  # noqa: ASYNC110 (another process's doing)
            await asyncio.sleep(0.01)
        first.kill()
        await first.wait()
        started = time.monotonic()
        assert await held(db, org, shop) == OLD
        assert await said(await worker(db.url, org, shop, address, 4, 3)) == ["t2"] * 4
    assert vendor.asked == ["t0", "t0"]
    assert 1.5 < time.monotonic() - started < 20
    assert await held(db, org, shop) == {"token": "t2"}


async def test_who_finds_newer_credentials_there_asks_nobody(db: Database, org: UUID, shop: UUID) -> None:
    await give(db, org, shop, {"token": "newer"})

    async def never(current: Mapping[str, str]) -> Mapping[str, str]:
        raise AssertionError(current)

    assert await RowVault(db, org, shop).renewed(OLD, never) == {"token": "newer"}


async def test_what_a_vendor_answers_is_kept_before_anybody_uses_it_and_sealed(db: Database, org: UUID, shop: UUID) -> None:
    async def renew(current: Mapping[str, str]) -> Mapping[str, str]:
        return {**current, "token": "shpat_brand_new"}

    assert await RowVault(db, org, shop).renewed(OLD, renew) == {"token": "shpat_brand_new"}
    async with db.org(org) as unit:
        row = str(await unit.fetchrow("select * from installation where id = $1", shop))
    assert "shpat_brand_new" not in row
    assert "renewal_owner=None" in row


async def test_a_worker_overtaken_after_its_time_stores_nothing(db: Database, org: UUID, shop: UUID) -> None:
    """Its lease ran out while it was frozen; the next one's credentials stand, and are what the first one gets too."""
    frozen, thawed = asyncio.Event(), asyncio.Event()

    async def slow(current: Mapping[str, str]) -> Mapping[str, str]:
        frozen.set()
        await thawed.wait()
        return {"token": "from the dead"}

    async def quick(current: Mapping[str, str]) -> Mapping[str, str]:
        return {"token": "t9"}

    first = asyncio.create_task(RowVault(db, org, shop).renewed(OLD, slow))
    await frozen.wait()
    async with db.org(org) as unit:
        await unit.execute("update installation set renewal_until = now() - interval '1 second' where id = $1", shop)
    assert await RowVault(db, org, shop).renewed(OLD, quick) == {"token": "t9"}
    thawed.set()
    assert await first == {"token": "t9"}
    assert await held(db, org, shop) == {"token": "t9"}


async def test_credentials_that_the_merchant_gives_meanwhile_win(db: Database, org: UUID, shop: UUID) -> None:
    async def renew(current: Mapping[str, str]) -> Mapping[str, str]:
        await give(db, org, shop, {"token": "by hand"})
        return {"token": "t1"}

    async def refused(current: Mapping[str, str]) -> Mapping[str, str]:
        await give(db, org, shop, {"token": "by hand again"})
        raise ReauthorizationError("invalid_grant")

    assert await RowVault(db, org, shop).renewed(OLD, renew) == {"token": "by hand"}
    assert await RowVault(db, org, shop).renewed({"token": "by hand"}, refused) == {"token": "by hand again"}
    assert await held(db, org, shop) == {"token": "by hand again"}


async def test_a_dead_refresh_token_is_asked_about_once_and_everybody_is_told(db: Database, org: UUID, shop: UUID) -> None:
    asked = []

    async def refused(current: Mapping[str, str]) -> Mapping[str, str]:
        asked.append(1)
        await asyncio.sleep(0.3)
        raise ReauthorizationError("The shop's tokens are dead:", hint="open the app again in Shopify.")

    tries = [RowVault(db, org, shop).renewed(OLD, refused) for _ in range(6)]
    errors = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(error, ReauthorizationError) and "open the app again" in str(error) for error in errors)
    assert len(asked) == 1
    async with db.org(org) as unit:
        assert await unit.fetchval("select status from installation where id = $1", shop) == "reconnect"


async def test_a_failure_leaves_the_old_ones_and_the_turn_to_the_next(db: Database, org: UUID, shop: UUID) -> None:
    async def away(current: Mapping[str, str]) -> Mapping[str, str]:
        raise RetryableError("502")

    async def renew(current: Mapping[str, str]) -> Mapping[str, str]:
        return {"token": "t1"}

    with pytest.raises(RetryableError, match="502"):
        await RowVault(db, org, shop).renewed(OLD, away)
    assert await held(db, org, shop) == OLD
    started = time.monotonic()
    assert await RowVault(db, org, shop).renewed(OLD, renew) == {"token": "t1"}
    assert time.monotonic() - started < 5  # a turn that was kept would last thirty


async def test_a_vendor_that_takes_too_long_is_given_up_before_the_turn_ends(db: Database, org: UUID, shop: UUID) -> None:
    async def stuck(current: Mapping[str, str]) -> Mapping[str, str]:
        await asyncio.sleep(60)
        return {}

    with pytest.raises(RetryableError, match="too long"):
        await RowVault(db, org, shop, seconds=0.5).renewed(OLD, stuck)
    assert await held(db, org, shop) == OLD


async def test_a_shop_that_may_not_be_asked_is_not_renewed(db: Database, org: UUID, shop: UUID) -> None:
    async def never(current: Mapping[str, str]) -> Mapping[str, str]:
        raise AssertionError(current)

    await mark_reconnect(db, org, shop, "revoked")
    with pytest.raises(ReauthorizationError, match="revoked"):
        await RowVault(db, org, shop).renewed(OLD, never)
    async with db.org(org) as unit:
        await unit.execute("update installation set status = 'disconnected', credentials = null where id = $1", shop)
    with pytest.raises(Conflict, match="disconnected"):
        await RowVault(db, org, shop).renewed(OLD, never)


async def test_another_organisation_cannot_renew_it(db: Database, shop: UUID, new_org: Any) -> None:
    async def never(current: Mapping[str, str]) -> Mapping[str, str]:
        raise AssertionError(current)

    with pytest.raises(NotFound):
        await RowVault(db, await new_org("rival"), shop).renewed(OLD, never)


def test_opened_credentials_do_not_show_themselves() -> None:
    assert "hunter2" not in repr(Kept("sealed", {"token": "hunter2"}))
