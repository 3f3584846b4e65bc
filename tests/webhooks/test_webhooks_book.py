"""The book of partners: what stands in it, and that nobody works with an old one."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.crypto import seal
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.db.unit import Unit
from tests.webhooks.conftest import MakeApplication, MakeEndpoint, MakeKind, Put, put_endpoint
from webhooks import keys
from webhooks.book import Book
from webhooks.card import RETRY
from webhooks.sign import new_secret, parse_secret


async def holds(book: Book, unit: Unit) -> bool:
    """Whether what the book knows of the unit's organisation still stands in the database."""
    assert unit.org is not None
    known = book.known(unit.org)
    return known is not None and known.version == await unit.fetchval(
        "select version from endpoint_book where org = $1", unit.org
    )


async def test_an_endpoint_as_it_was_set(
    db: Database, org: UUID, installation: UUID, application: UUID, make_endpoint: MakeEndpoint
) -> None:
    made = await make_endpoint(
        types=["product.*", "order.created"], installations=[installation], filter={"a": 1}, causes=["backfill"],
        headers={"x-token": "geheim"}, rate_limit=5, retry=[1, 2, 3], ordered=True, signatures=["v1", "v1a"],
    )  # fmt: skip
    async with db.org(org) as unit:
        await keys.ensure(unit)
    partners = await Book(db).partners(org)
    [card] = partners.applications[application]
    assert (card.id, card.org, card.application, card.url) == (made.id, org, application, "https://partner.example/hook")
    assert (card.enabled, card.deleted, card.rate_limit, card.retry, card.ordered) == (True, False, 5, (1, 2, 3), True)
    assert card.headers == (("x-token", "geheim"),)
    assert "geheim" not in repr(partners)
    assert (card.everything, card.types, card.families) == (False, frozenset({"order.created"}), ("product.",))
    assert card.wants is not None
    assert (card.wants({"a": 1}), card.wants({"a": 2})) == (True, False)
    assert card.takes("product.updated", installation, "backfill")
    assert not card.takes("products.updated", installation, "sync")
    assert not card.takes("order.updated", installation, "sync")
    assert not card.takes("order.created", None, "sync")
    assert not card.takes("order.created", installation, "remap")
    assert [signer.sign(b"m", b"1", b"b").partition(b",")[0] for signer, _ in card.signers] == [b"v1", b"v1a"]
    assert partners.names == {"partner": application, str(application): application}


async def test_an_endpoint_without_settings(db: Database, org: UUID, endpoint: Put) -> None:
    card = (await Book(db).partners(org)).cards[endpoint.id]
    assert (card.everything, card.installations, card.wants, card.headers, card.rate_limit) == (True, None, None, (), None)
    assert (card.retry, card.ordered) == (RETRY, False)
    signature = card.signers[0][0].sign(b"msg_1", b"1700000000", b"{}")
    key = b64decode(endpoint.secret.removeprefix("whsec_"))
    assert signature == b"v1," + b64encode(hmac.digest(key, b"msg_1.1700000000.{}", hashlib.sha256))


async def test_the_current_secret_signs_first_and_old_ones_until_they_expire(db: Database, org: UUID, endpoint: Put) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    for expires_at in (soon, datetime.now(UTC) - timedelta(seconds=1)):
        id = uuid7()
        sealed = seal(parse_secret(new_secret()), org=org, table="endpoint_secret", column="sealed", row=id)
        async with db.org(org) as unit:
            await unit.execute(
                "insert into endpoint_secret (org, endpoint, id, sealed, expires_at) values ($1, $2, $3, $4, $5)",
                org, endpoint.id, id, sealed, expires_at,
            )  # fmt: skip
    card = (await Book(db).partners(org)).cards[endpoint.id]
    assert [until for _, until in card.signers] == [None, soon]


async def test_a_deleted_endpoint_is_known_but_nobodys(
    db: Database, org: UUID, application: UUID, make_endpoint: MakeEndpoint
) -> None:
    gone = await make_endpoint(deleted_at=datetime.now(UTC))
    book = Book(db)
    partners = await book.partners(org)
    assert partners.applications == {application: []}
    card = book.card(gone.id)
    assert card is not None
    assert (card.deleted, card.enabled) == (True, False)


async def test_types_of_ones_own(db: Database, org: UUID, make_kind: MakeKind) -> None:
    await make_kind("plain")
    await make_kind("strict", {"type": "object", "required": ["parcel"]})
    async with db.org(org) as unit:
        await unit.execute("update event_type set archived_at = now() where name = 'plain'")
    kinds = (await Book(db).partners(org)).kinds
    assert (kinds["plain"].archived, kinds["plain"].check) == (True, None)
    assert not kinds["strict"].archived
    assert kinds["strict"].check is not None


async def test_organisations_do_not_see_each_others_partners(
    db: Database, org: UUID, endpoint: Put, new_org: Callable[[str], Awaitable[UUID]], make_application: MakeApplication
) -> None:
    other = await new_org("other")
    theirs = await make_application("partner", of=other)
    book = Book(db)
    assert set((await book.partners(org)).applications) == {endpoint.application}
    assert set((await book.partners(other)).applications) == {theirs}
    async with db.org(other) as unit:
        assert (await book.fresh(unit)).cards == {}


async def test_every_change_of_a_partner_is_noticed(
    db: Database, second: Database, org: UUID, application: UUID, make_kind: MakeKind
) -> None:
    book = Book(db)
    await book.partners(org)

    async def changed(sql: str, *args: object) -> None:
        async with second.org(org) as unit:
            await unit.execute(sql, *args)
        async with db.org(org) as unit:
            assert not await holds(book, unit), sql
        assert await book.refresh() == [org], sql
        assert await book.refresh() == []
        async with db.org(org) as unit:
            assert await holds(book, unit)

    made = await put_endpoint(second, org, application)
    await changed("update endpoint set url = 'https://new.example/' where id = $1", made.id)
    card = book.card(made.id)
    assert card is not None
    assert card.url == "https://new.example/"
    await changed("update endpoint_secret set expires_at = now() + interval '1 hour' where endpoint = $1", made.id)
    await changed("update application set uid = 'renamed' where id = $1", application)
    await changed("insert into event_type (org, name) values ($1, 'a.b')", org)
    await changed("delete from event_type")
    await changed("delete from endpoint where id = $1", made.id)
    assert (await book.partners(org)).names == {"renamed": application, str(application): application}


async def test_before_something_is_said_not_to_be_there_the_book_is_asked_for_anew(
    db: Database, second: Database, org: UUID, application: UUID
) -> None:
    book = Book(db)
    before = await book.partners(org)
    assert await book.verify(org) is before
    made = await put_endpoint(second, org, application)
    assert made.id in (await book.verify(org)).cards


async def test_what_is_settled_does_not_change_until_the_unit_ends(
    db: Database, second: Database, org: UUID, application: UUID
) -> None:
    await put_endpoint(second, org, application)
    book = Book(db)
    async with db.org(org) as unit:
        settled = await book.settled(unit)
        change = asyncio.create_task(put_endpoint(second, org, application))
        await asyncio.sleep(0.2)
        assert not change.done()
        assert await holds(book, unit)
        assert (await book.settled(unit)).version == settled.version
    made = await change
    async with db.org(org) as unit:
        assert made.id in (await book.fresh(unit)).cards


async def test_who_asks_at_the_same_time_loads_once(db: Database, org: UUID, endpoint: Put) -> None:
    book = Book(db)
    assert len({id(one) for one in await asyncio.gather(*(book.partners(org) for _ in range(20)))}) == 1
    async with db.org(org) as unit:
        await unit.execute("update endpoint set description = 'new'")
    assert len({id(one) for one in await asyncio.gather(*(book.verify(org) for _ in range(20)))}) == 1
    assert len({id(one) for one in await asyncio.gather(*(book.reload(org) for _ in range(20)))}) <= 2


async def test_an_older_book_never_replaces_a_newer_one(db: Database, org: UUID, endpoint: Put) -> None:
    from webhooks.book import load

    book = Book(db)
    async with db.org(org) as unit:
        old = await load(unit, org)
        await unit.execute("update endpoint set url = 'https://new.example/'")
    new = await book.reload(org)
    assert new.version > old.version
    assert book._remember(old) is new
    card = book.card(endpoint.id)
    assert card is not None
    assert card.url == "https://new.example/"


async def test_five_hundred_endpoints_are_loaded_again_quickly(
    db: Database, org: UUID, application: UUID, make_endpoint: MakeEndpoint
) -> None:
    """Each change of a partner loads the book anew, on the loop that publishes; what has not changed is not unsealed again."""
    ids, secrets = [uuid7() for _ in range(500)], [uuid7() for _ in range(500)]
    sealed = [seal(parse_secret(new_secret()), org=org, table="endpoint_secret", column="sealed", row=row) for row in secrets]
    async with db.org(org) as unit:
        await unit.execute(
            "insert into endpoint (org, id, application, url, filter) "
            "select $1, e.id, $2, 'https://partner.example', '{\"a\": 1}' from unnest($3::uuid[]) as e(id)",
            org, application, ids,
        )  # fmt: skip
        await unit.execute(
            "insert into endpoint_secret (org, endpoint, id, sealed) "
            "select $1, s.endpoint, s.id, s.sealed from unnest($2::uuid[], $3::uuid[], $4::text[]) as s(endpoint, id, sealed)",
            org, ids, secrets, sealed,
        )  # fmt: skip
    book = Book(db)
    assert len((await book.reload(org)).cards) == 500
    took = []
    for _ in range(5):
        began = time.process_time()
        await book.reload(org)
        took.append(time.process_time() - began)
    assert min(took) < 0.05
