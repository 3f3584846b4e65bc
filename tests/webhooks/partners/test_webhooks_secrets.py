"""Secrets: sealed, shown once, and while they are rotated old and new are both in force."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from hub.db.engine import Database
from hub.errors import NotFound, Unprocessable
from tests.webhooks.partners.conftest import Maker
from webhooks.partners import endpoints, secrets
from webhooks.partners.applications import Application
from webhooks.partners.draft import EndpointDraft, UrlPolicy

GIVEN = "whsec_" + b64encode(b"s" * 24).decode()


async def test_a_secret_is_made_or_taken_and_never_kept_in_the_open(db: Database, org: UUID, application: Application) -> None:
    async with db.org(org) as unit:
        _, made = await endpoints.create(unit, "nord", EndpointDraft("https://partner.example/"), policy=UrlPolicy())
        draft = EndpointDraft("https://partner.example/", secret=GIVEN)
        endpoint, given = await endpoints.create(unit, "nord", draft, policy=UrlPolicy())
        kept = [row[0] for row in await unit.fetch("select sealed from endpoint_secret")]
        assert await secrets.current(unit, endpoint.id) == given
    assert made.reveal().startswith("whsec_")
    assert given.reveal() == GIVEN
    assert "***" in repr(given)
    assert len(kept) == 2 and not any(GIVEN in text or GIVEN.removeprefix("whsec_") in text for text in kept)


async def test_the_old_secret_stays_in_force_for_the_overlap(db: Database, org: UUID, make_endpoint: Maker) -> None:
    made = await make_endpoint()
    async with db.org(org) as unit:
        old = await secrets.current(unit, made.id)
        new = await secrets.rotate(unit, made.id, overlap=timedelta(hours=3))
        assert await secrets.current(unit, made.id) == new != old
        left = await unit.fetchval("select expires_at - now() from endpoint_secret where expires_at is not null")
    assert left == timedelta(hours=3)


async def test_without_overlap_the_old_secret_is_gone_at_once(db: Database, org: UUID, make_endpoint: Maker) -> None:
    made = await make_endpoint()
    async with db.org(org) as unit:
        await secrets.rotate(unit, made.id, overlap=timedelta(0))
        assert await unit.fetchval("select count(*) from endpoint_secret") == 1


async def test_without_overlap_those_of_earlier_rotations_are_gone_too(db: Database, org: UUID, make_endpoint: Maker) -> None:
    made = await make_endpoint(secret=GIVEN)
    async with db.org(org) as unit:
        await secrets.rotate(unit, made.id)
        await secrets.rotate(unit, made.id, overlap=timedelta(0))
        assert await unit.fetchval("select count(*) from endpoint_secret") == 1


async def test_a_rotation_ends_older_secrets_with_its_own_overlap_and_lengthens_none(
    db: Database, org: UUID, make_endpoint: Maker
) -> None:
    made = await make_endpoint()
    async with db.org(org) as unit:
        for hours in (24, 1, 24):
            await secrets.rotate(unit, made.id, overlap=timedelta(hours=hours))
        rows = await unit.fetch("select extract(epoch from expires_at - now()) / 3600 as h from endpoint_secret order by id")
    assert [row["h"] for row in rows] == [1, 1, 24, None]


async def test_at_most_ten_old_secrets_are_kept_those_that_last_longest(db: Database, org: UUID, make_endpoint: Maker) -> None:
    made = await make_endpoint()
    async with db.org(org) as unit:
        for hours in range(1, 14):
            await secrets.rotate(unit, made.id, overlap=timedelta(hours=hours))
        rows = await unit.fetch("select extract(epoch from expires_at - now()) / 3600 as h from endpoint_secret order by h")
    assert [row["h"] for row in rows] == [*range(4, 14), None]


@pytest.mark.parametrize(
    ("given", "overlap", "field"),
    [
        ("whsec_" + b64encode(b"x" * 23).decode(), timedelta(0), "/secret"),
        ("whsec_" + b64encode(b"x" * 65).decode(), timedelta(0), "/secret"),
        ("whsec_***", timedelta(0), "/secret"),
        (GIVEN, timedelta(0), "/secret"),
        (None, timedelta(hours=169), "/overlap_hours"),
        (None, timedelta(hours=-1), "/overlap_hours"),
    ],
)
async def test_a_bad_rotation_changes_nothing(
    db: Database, org: UUID, make_endpoint: Maker, given: str | None, overlap: timedelta, field: str
) -> None:
    made = await make_endpoint(secret=GIVEN)
    async with db.org(org) as unit:
        with pytest.raises(Unprocessable) as refusal:
            await secrets.rotate(unit, made.id, given=given, overlap=overlap)
        assert (await secrets.current(unit, made.id)).reveal() == GIVEN
        assert await unit.fetchval("select count(*) from endpoint_secret") == 1
    assert refusal.value.field == field
    assert GIVEN not in str(refusal.value) and (given is None or given not in str(refusal.value))


async def test_another_organisation_cannot_rotate(
    db: Database, new_org: Callable[[str], Awaitable[UUID]], make_endpoint: Maker
) -> None:
    made = await make_endpoint()
    async with db.org(await new_org("other")) as unit:
        with pytest.raises(NotFound):
            await secrets.rotate(unit, made.id)
        with pytest.raises(NotFound):
            await secrets.current(unit, made.id)


def test_a_draft_shows_nobody_what_is_sealed_later() -> None:
    draft = EndpointDraft("https://partner.example/", secret="whsec_geheim", headers={"Authorization": "Bearer geheim"})
    assert "geheim" not in repr(draft)
