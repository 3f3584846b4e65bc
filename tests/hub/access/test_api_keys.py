from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.access import ALL_SCOPES, Caller, authenticate, issue_key, list_keys, require, revoke
from hub.access.format import BODY, base62, new_key, well_formed
from hub.crypto import pepper
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import Forbidden, NotFound, Unauthorized, Unprocessable


def test_a_key_has_its_form_and_its_checksum() -> None:
    key = new_key(live=True)
    assert re.fullmatch(r"lun_live_[0-9A-Za-z]{43}[0-9A-Za-z]{6}", key)
    assert new_key(live=False).startswith("lun_test_")
    assert well_formed(key)
    assert base62(2**256 - 1, BODY).isalnum()
    assert len(base62(2**256 - 1, BODY)) == BODY


def test_one_wrong_character_anywhere_is_noticed_without_the_database() -> None:
    key = new_key(live=True)
    for position in range(len(key)):
        wrong = key[:position] + ("a" if key[position] != "a" else "b") + key[position + 1 :]
        assert not well_formed(wrong)
    for wrong in ("", "lun_live_", key[:-1], key + "0", key.replace("lun_live_", "lun_test_"), "é" * len(key)):
        assert not well_formed(wrong)


async def test_a_key_speaks_for_its_organisation_with_its_scopes(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        shown, secret = await issue_key(unit, "till", ["orders:read", "products:read", "orders:read"])
        stored = await unit.fetchrow("select * from api_key")
    assert stored is not None
    assert secret.reveal() not in str(dict(stored))
    assert stored["digest"] == hmac.digest(pepper(), secret.reveal().encode(), "sha256")
    assert (shown.prefix, shown.last4) == ("lun_live_", secret.reveal()[-4:])
    caller = await authenticate(db, secret.reveal())
    assert caller == Caller(org, shown.id, frozenset({"orders:read", "products:read"}))
    require(caller, "orders:read")
    with pytest.raises(Forbidden, match="orders:write"):
        require(caller, "orders:write")


async def test_wrong_keys_are_refused_each_in_its_own_words(db: Database, org: UUID) -> None:
    with pytest.raises(Unauthorized, match="not a Luneo API key"):
        await authenticate(db, "sk_live_123")
    with pytest.raises(Unauthorized, match="not known"):
        await authenticate(db, new_key(live=True))
    async with db.org(org) as unit:
        past = datetime.now(UTC) - timedelta(seconds=1)
        _, secret = await issue_key(unit, "old", ["orders:read"], expires_at=past)
    with pytest.raises(Unauthorized, match="expired"):
        await authenticate(db, secret.reveal())


async def test_a_key_that_expires_while_remembered_stops_at_once(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        soon = datetime.now(UTC) + timedelta(seconds=0.3)
        _, secret = await issue_key(unit, "short", ["orders:read"], expires_at=soon)
    await authenticate(db, secret.reveal())
    await asyncio.sleep(0.32)
    with pytest.raises(Unauthorized, match="expired"):
        await authenticate(db, secret.reveal())


async def test_a_revoked_key_stops_within_a_second_in_a_process_that_remembers_it(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        shown, secret = await issue_key(unit, "till", ["orders:read"])
    elsewhere = Database(db.url)
    await authenticate(db, secret.reveal())
    async with elsewhere.org(org) as unit:
        assert (await revoke(unit, shown.id)).revoked_at is not None
    revoked = time.monotonic()
    with pytest.raises(Unauthorized, match="revoked"):
        await authenticate(elsewhere, secret.reveal())
    with pytest.raises(Unauthorized, match="revoked"):
        while True:
            await authenticate(db, secret.reveal())
            assert time.monotonic() - revoked < 1
            await asyncio.sleep(0.05)
    await elsewhere.close()


async def test_only_the_organisation_itself_revokes_its_keys(
    db: Database, org: UUID, new_org: Callable[[str], Awaitable[UUID]]
) -> None:
    async with db.org(org) as unit:
        shown, secret = await issue_key(unit, "till", ["orders:read"])
    async with db.org(await new_org("other")) as unit:
        assert await list_keys(unit) == []
        with pytest.raises(NotFound):
            await revoke(unit, shown.id)
    await authenticate(db, secret.reveal())


async def test_a_busy_key_costs_one_look_up_and_its_use_is_noted_once(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        _, secret = await issue_key(unit, "busy", ["orders:read"])
        scans = "select coalesce(sum(n_tup_upd), 0) from pg_stat_xact_user_tables where relname = 'api_key'"
        assert await unit.fetchval(scans) == 0
    callers = await asyncio.gather(*(authenticate(db, secret.reveal()) for _ in range(200)))
    assert len(set(callers)) == 1
    async with db.org(org) as unit:
        first = (await list_keys(unit))[0].last_used_at
        version = await unit.fetchval("select xmin::text from api_key")
    assert first is not None
    await asyncio.sleep(0.85)
    await authenticate(db, secret.reveal())
    async with db.org(org) as unit:
        assert await unit.fetchval("select xmin::text from api_key") == version


async def test_a_waiter_that_gives_up_does_not_spoil_the_look_up_of_the_others(db: Database, org: UUID) -> None:
    async with db.org(org) as unit:
        _, secret = await issue_key(unit, "till", ["orders:read"])
    impatient = asyncio.ensure_future(authenticate(db, secret.reveal()))
    patient = asyncio.ensure_future(authenticate(db, secret.reveal()))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).org == org


@pytest.mark.parametrize(("name", "scopes"), [("", ["orders:read"]), ("x", []), ("x", ["orders:fly"]), ("x" * 101, ["a"])])
async def test_a_key_with_a_bad_name_or_scope_is_not_made(db: Database, name: str, scopes: list[str]) -> None:
    async with db.org(uuid7()) as unit:
        with pytest.raises(Unprocessable):
            await issue_key(unit, name, scopes)


def test_scopes_are_a_verb_on_each_resource() -> None:
    assert len(ALL_SCOPES) == 24
    assert "quarantine:write" in ALL_SCOPES
