"""Notices of deliveries: told once, and told again when the database was away."""

from __future__ import annotations

import time

import pytest

from hub.db.engine import Database, UnitOfWork
from hub.errors import DatabaseUnreachable
from tests.webhooks.dispatch.partner import Partner
from webhooks.book import Book
from webhooks.dispatch import care
from webhooks.dispatch.care import Care
from webhooks.ready import Ready
from webhooks.send.answer import STATUS, Answer


async def told(db: Database, partner: Partner) -> int:
    async with db.org(partner.org) as unit:
        found: int = await unit.fetchval("select count(*) from event where type = 'message.dead'")
    return found


async def given_up(partner: Partner, care: Care) -> None:
    endpoint = await partner.endpoint("https://partner.example/", types=["stock.*"])
    await partner.endpoint("https://partner.example/notices", types=["message.dead"])
    answer = Answer(400, STATUS, "", time.time(), 1)
    for position, event in enumerate(await partner.publish(endpoint, 3), 1):
        care.died(Ready(endpoint.id, partner.org, event, position, b"{}"), answer)


async def test_a_dead_letter_is_told_once_the_database_is_back(
    db: Database, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    caring = Care(db, Book(db))
    await given_up(partner, caring)
    begin = UnitOfWork.__aenter__

    async def away(self: UnitOfWork) -> object:
        raise DatabaseUnreachable("The database is away.")

    monkeypatch.setattr(UnitOfWork, "__aenter__", away)
    await caring.act()
    monkeypatch.setattr(UnitOfWork, "__aenter__", begin)
    for _ in range(2):
        await caring.act()
        assert await told(db, partner) == 3


async def test_more_dead_letters_than_can_be_told_of_are_counted(
    db: Database, partner: Partner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(care, "MOST_WAITING", 2)
    caring = Care(db, Book(db))
    await given_up(partner, caring)
    await caring.act()
    assert await told(db, partner) == 2
    assert "dispatch.not_told" in capsys.readouterr().out
