"""The pull API: every message once, in the order of the log, none missed however it is asked."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from hub import outbox
from hub.db.engine import Database
from hub.errors import NotFound, Unprocessable
from tests.webhooks.conftest import MakeEndpoint, Put
from tests.webhooks.log.conftest import Fill
from webhooks import expunge, poll
from webhooks.log.bounds import message_id
from webhooks.poll import pull


async def all_of(db: Database, org: UUID, endpoint: UUID, iterator: str | None = None, limit: int = 2) -> list[str]:
    """Everything, in small steps."""
    seen: list[str] = []
    async with db.org(org) as unit:
        while True:
            found = await pull(unit, endpoint, iterator, limit)
            seen += [one.id for one in found.messages]
            iterator = found.iterator
            if found.done:
                return seen


async def test_every_message_is_read_once_and_in_order(
    db: Database, org: UUID, endpoint: Put, fill: Fill, make_endpoint: MakeEndpoint
) -> None:
    other = await make_endpoint()
    first = await fill(3, 2)
    await fill(2, 0, to=other.id)
    await fill(1, None)
    second = await fill(2, 0)
    assert await all_of(db, org, endpoint.id) == [message_id(event) for event in (*first, *second)]
    async with db.org(org) as unit:
        found = await pull(unit, endpoint.id)
        assert (found.messages[0].type, found.messages[0].data) == ("parcel.lost", '{"parcel":"LP-1"}')
        assert (found.done, found.settled) == (True, True)
        assert (await pull(unit, endpoint.id, found.iterator)).messages == []
    third = await fill(1, 0)
    assert await all_of(db, org, endpoint.id, found.iterator) == [message_id(third[0])]


async def test_nobody_reads_beyond_what_is_not_fanned_out_yet(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    before = await fill(1, 0)
    (late,) = await fill(1, None, audience=None, type="product.updated", cause="sync")
    after = await fill(1, 0)
    async with db.org(org) as unit:
        found = await pull(unit, endpoint.id)
        assert [one.id for one in found.messages] == [message_id(before[0])]
        assert (found.done, found.settled) == (True, False)
        await unit.execute(
            "insert into message (org, endpoint, event, position, type, state) values ($1, $2, $3, 2, 'product.updated', 0)",
            org, endpoint.id, late,
        )  # fmt: skip
        await unit.execute("insert into payload (org, event, data) values ($1, $2, '{\"object\":1}')", org, late)
        await outbox.advance(unit, "webhooks", 2)
        rest = await pull(unit, endpoint.id, found.iterator)
    assert [(one.id, one.data) for one in rest.messages] == [
        (message_id(late), '{"object":1}'), (message_id(after[0]), '{"parcel":"LP-1"}'),
    ]  # fmt: skip


async def test_ids_that_are_out_of_step_with_positions_lose_nothing(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    made = [(await fill(1, 0))[0] for _ in range(4)]
    async with db.org(org) as unit:  # the last event has the least id, as when two writers overlap
        least = UUID(int=made[0].int - 1)
        await unit.execute("update message set event = $2 where event = $1", made[3], least)
        await unit.execute("update event set id = $2 where id = $1", made[3], least)
    assert await all_of(db, org, endpoint.id) == [message_id(event) for event in (*made[:3], least)]


async def test_a_long_log_is_read_in_windows(
    db: Database, org: UUID, endpoint: Put, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "WINDOW", 3)
    first = await fill(1, 0)
    await fill(8, None)
    last = await fill(1, 0)
    async with db.org(org) as unit:
        found = await pull(unit, endpoint.id)
        assert (len(found.messages), found.done) == (1, False)
    assert await all_of(db, org, endpoint.id) == [message_id(first[0]), message_id(last[0])]


async def test_what_has_no_payload_any_more_is_named_all_the_same(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    (event,) = await fill(1, 2)
    async with db.org(org) as unit:
        await expunge.event(unit, event)
        (found,) = (await pull(unit, endpoint.id)).messages
    assert (found.id, found.data) == (message_id(event), None)


async def test_an_iterator_belongs_to_its_endpoint(db: Database, org: UUID, endpoint: Put, make_endpoint: MakeEndpoint) -> None:
    other = await make_endpoint()
    async with db.org(org) as unit:
        mine = (await pull(unit, endpoint.id)).iterator
        for iterator in (mine, "", "x", "bm9uZQ", mine + "A"):
            with pytest.raises(Unprocessable, match="none of this endpoint's") as refusal:
                await pull(unit, other.id, iterator)
            assert refusal.value.field == "iterator"
        with pytest.raises(NotFound):
            await pull(unit, UUID(int=7))


async def test_a_reader_beside_busy_writers_misses_nothing(db: Database, org: UUID, endpoint: Put, fill: Fill) -> None:
    made: list[UUID] = []

    async def write() -> None:
        for _ in range(15):
            made.extend(await fill(2, 0))

    writers = asyncio.gather(*(write() for _ in range(3)))
    seen: list[str] = []
    iterator: str | None = None
    while not writers.done() or len(seen) < 90:
        async with db.org(org) as unit:
            found = await pull(unit, endpoint.id, iterator, 7)
        seen += [one.id for one in found.messages]
        iterator = found.iterator
        await asyncio.sleep(0.005)
    await writers
    assert len(seen) == len(set(seen)) == 90
    assert set(seen) == {message_id(event) for event in made}
