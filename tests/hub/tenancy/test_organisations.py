from __future__ import annotations

import asyncio

import pytest

from hub.db.engine import Database
from hub.errors import Conflict, NotFound, Unprocessable
from hub.tenancy import Organisation, create_organisation, list_organisations, only_organisation, organisation_by_slug


async def test_the_only_organisation_is_found_without_being_named(db: Database) -> None:
    async with db.system() as unit:
        assert await only_organisation(unit) is None
        made = await create_organisation(unit, "  Café Müller & Söhne ")
        assert (made.name, made.slug) == ("Café Müller & Söhne", "cafe-muller-sohne")
        assert await only_organisation(unit) == made
        assert await organisation_by_slug(unit, "cafe-muller-sohne") == made


async def test_among_several_one_must_be_named(db: Database) -> None:
    async with db.system() as unit:
        for name in ("B", "A"):
            await create_organisation(unit, name)
        with pytest.raises(Conflict, match=r"--org \(a, b\)"):
            await only_organisation(unit)
        with pytest.raises(NotFound, match="'c'"):
            await organisation_by_slug(unit, "c")
        assert [organisation.slug for organisation in await list_organisations(unit)] == ["b", "a"]


async def test_twins_made_at_once_get_slugs_of_their_own(db: Database) -> None:
    async def make() -> Organisation:
        async with db.system() as unit:
            return await create_organisation(unit, "Twin")

    made = await asyncio.gather(*(make() for _ in range(8)))
    assert {organisation.slug for organisation in made} == {"twin", *(f"twin-{n}" for n in range(2, 9))}


async def test_a_name_in_another_script_still_gets_a_slug(db: Database) -> None:
    async with db.system() as unit:
        assert (await create_organisation(unit, "株式会社")).slug == "organisation"


@pytest.mark.parametrize(("name", "slug"), [("", None), (" ", None), ("x" * 201, None), ("x", "Bad Slug"), ("x", "-")])
async def test_bad_names_and_slugs_are_refused(db: Database, name: str, slug: str | None) -> None:
    async with db.system() as unit:
        with pytest.raises(Unprocessable):
            await create_organisation(unit, name, slug=slug)


async def test_a_slug_that_is_asked_for_and_taken_is_a_conflict(db: Database) -> None:
    async with db.system() as unit:
        await create_organisation(unit, "One", slug="one")
        with pytest.raises(Conflict, match="'one'"):
            await create_organisation(unit, "Two", slug="one")
