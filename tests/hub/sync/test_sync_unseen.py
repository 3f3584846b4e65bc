"""What a shop does not show: fields, rows, lists; what is kept of them, and what a run says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.remap import remap
from hub.catalog.unseen import Hidden, carry
from hub.db.engine import Database
from hub.ports import Listing, Mapped, ShopSettings, Sight
from hub.sync.confirm import confirm_tombstones
from hub.sync.refetch import refetch
from hub.sync.run import sync
from tests.hub.sync.reel import FILMS, Reel, ReelEngine, reel_of
from tests.hub.sync.shelf import DAWN

LATER = DAWN + timedelta(days=3)
WHY = "Reading customer data needs Shopify's approval: ask for it in the Partner Dashboard."


def map_guest(body: bytes, children: Sequence[bytes], settings: ShopSettings) -> Mapped:
    raw = json.loads(body)
    id = str(raw["id"])
    doc: dict[str, Any] = {
        "refs": [{"connector": "reel", "kind": "guest", "id": id}],
        "number": raw["title"],
        "created_at": raw.get("created", raw["modified"]).replace("+00:00", "Z"),
    }
    if buyer := {name: raw[name] for name in ("email", "phone") if raw.get(name)}:
        doc["buyer"] = buyer
    if raw.get("note"):
        doc["note"] = raw["note"]
    return Mapped("order", id, doc)


GUESTS = replace(FILMS, name="guests", kind="order", raw_kind="guest", map=map_guest)


@pytest.fixture
def reel() -> Reel:
    reel = Reel()
    for id in range(1, 41):
        reel.put(id, email=f"{id}@example.org", phone="+33 1")
    return reel


@pytest.fixture
def engine(db: Database, reel: Reel) -> ReelEngine:
    engine = ReelEngine(db, reel)
    engine.connector.resources = (GUESTS, FILMS)
    return engine


async def doc(db: Database, org: UUID, id: int) -> dict[str, Any]:
    async with db.org(org) as unit:
        text = await unit.fetchval("select doc from record where vendor_id = $1", str(id))
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


async def events(db: Database, org: UUID, id: int) -> list[str]:
    async with db.org(org) as unit:
        return [row[0] for row in await unit.fetch("select type from event where vendor_id = $1 order by position", str(id))]


async def test_a_field_that_the_shop_stops_showing_keeps_its_known_value(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    await sync(engine, org, installation, "guests")
    reel.unseen, reel.look = ("/buyer/email", "/buyer/phone"), Sight(WHY)
    reel.put(3, title="#3 changed", at=LATER, note="gift")
    reel.put(4, at=LATER)
    result = await sync(engine, org, installation, "guests")
    assert (await doc(db, org, 3))["buyer"] == {"email": "3@example.org", "phone": "+33 1"}
    assert (await doc(db, org, 3))["note"] == "gift"
    assert await events(db, org, 3) == ["order.created", "order.updated"]
    assert result.verdict == "COMPLETE" and result.counts["updated"] == 2
    rows = len(reel.fetched[-1])  # row 40 comes again where our clock stands before the store's: it lies in the overlap
    assert result.evidence["unseen"] == {"/buyer/email": rows, "/buyer/phone": rows} and result.evidence["sight"] == WHY
    assert result.reason.endswith(
        f"The shop does not show buyer.email, buyer.phone ({rows} rows); what was known of them stays: {WHY}"
    )
    assert f"La boutique ne montre pas buyer.email, buyer.phone ({rows} lignes)" in result.evidence["words"]["fr"]


async def test_a_row_that_differs_only_in_what_is_not_shown_has_not_changed(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    for id in reel.rows:
        reel.rows[id]["created"] = DAWN.isoformat()
    await sync(engine, org, installation, "guests")
    reel.unseen = ("/buyer/email", "/buyer/phone")
    for id in reel.rows:
        reel.put(id, at=LATER + timedelta(minutes=id), created=DAWN.isoformat())
    result = await sync(engine, org, installation, "guests")
    assert result.counts["updated"] == 0 and result.counts["unchanged"] == 40
    assert await events(db, org, 7) == ["order.created"]


async def test_an_empty_field_that_the_shop_does_show_is_empty(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    await sync(engine, org, installation, "guests")
    reel.unseen = ("/buyer/phone",)
    reel.put(3, at=LATER, phone=None)
    await sync(engine, org, installation, "guests")
    assert (await doc(db, org, 3))["buyer"] == {"phone": "+33 1"}


async def test_the_same_bytes_say_more_once_the_shop_shows_everything(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    await sync(engine, org, installation, "guests")
    reel.unseen = ("/buyer/email",)
    reel.put(3, at=LATER, phone="+33 2")
    await sync(engine, org, installation, "guests")
    assert (await doc(db, org, 3))["buyer"]["email"] == "3@example.org"
    reel.unseen = ()
    await sync(engine, org, installation, "guests", "backfill")
    assert (await doc(db, org, 3))["buyer"] == {"phone": "+33 2"}


async def test_fields_that_no_row_shows_need_not_be_named_by_every_row(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    await sync(engine, org, installation, "guests")
    reel.look = Sight(WHY, fields=("buyer",))
    reel.put(3, at=LATER)
    result = await sync(engine, org, installation, "guests")
    assert result.evidence["unseen"] == {"/buyer": 2}  # row 40 comes again: it lies within the overlap
    assert (await doc(db, org, 3))["buyer"] == {"email": "3@example.org", "phone": "+33 1"}
    assert (await refetch(engine, org, installation, "guests", ["3"])).counts.unchanged == 1


async def test_a_new_mapping_keeps_what_the_kept_bytes_do_not_show(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    await sync(engine, org, installation, "guests")
    reel.unseen = ("/buyer/email",)
    reel.put(3, at=LATER, phone="+33 2")
    await sync(engine, org, installation, "guests")
    before = await doc(db, org, 3)
    async for _ in remap(db, org, installation, GUESTS, ShopSettings(), everything=True):
        pass
    assert await doc(db, org, 3) == before and before["buyer"]["email"] == "3@example.org"


async def created(reel: Reel) -> None:
    """Rows 1 to 20 were created a year before the others."""
    for id, row in reel.rows.items():
        row["created"] = (DAWN - timedelta(days=365 if id <= 20 else 1)).isoformat()


async def test_a_shop_that_shows_only_newer_rows_is_never_called_complete_but_goes_on(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.look = Sight("Orders older than 60 days need the scope read_all_orders.", since=DAWN - timedelta(days=60))
    first = await sync(engine, org, installation, "guests")
    assert (first.mode, first.verdict) == ("backfill", "PARTIAL")
    assert first.reason.startswith("The shop does not show everything: Orders older than 60 days need the scope read_all_orders.")
    assert first.evidence["words"]["fr"].startswith("La boutique ne montre pas tout : Orders older")
    reel.put(3, title="New", at=LATER)
    second = await sync(engine, org, installation, "guests")
    assert (second.mode, second.verdict, second.counts["updated"]) == ("incremental", "COMPLETE", 1)
    assert second.reason.endswith("The shop does not show everything: Orders older than 60 days need the scope read_all_orders.")


async def test_records_older_than_what_the_shop_shows_are_not_taken_for_deleted(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    await created(reel)
    await sync(engine, org, installation, "guests")
    reel.look = Sight("Only the last 60 days.", since=DAWN - timedelta(days=60))
    reel.remove(*range(1, 21), 33)
    result = await sync(engine, org, installation, "guests", "sweep")
    assert result.verdict == "PARTIAL" and result.evidence["limited"]
    assert (result.evidence["deleted"], result.evidence["invisible"]) == (1, 20)
    async with db.org(org) as unit:
        assert [row[0] for row in await unit.fetch("select vendor_id from record where deleted_at is not null")] == ["33"]


async def test_confirmed_deletions_leave_out_what_became_invisible_meanwhile(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    await created(reel)
    await sync(engine, org, installation, "guests")
    reel.remove(*range(11, 31))
    result = await sync(engine, org, installation, "guests", "sweep")
    assert result.evidence["tombstones_held"] == 20
    reel.look = Sight("Only the last 60 days.", since=DAWN - timedelta(days=60))
    assert await confirm_tombstones(engine, org, installation, "guests") == 10


async def test_a_row_whose_own_list_did_not_all_come_makes_the_run_partial_and_is_asked_for_again(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    reel.incomplete = {7}
    first = await sync(engine, org, installation, "films")
    assert first.verdict == "PARTIAL" and first.evidence["incomplete_children"] == 1
    assert (await doc(db, org, 7))["incomplete_children"] is True
    reel.incomplete = set()
    second = await sync(engine, org, installation, "films")
    assert second.verdict == "COMPLETE" and "incomplete_children" not in await doc(db, org, 7)


async def test_a_whole_record_is_not_overwritten_by_one_whose_list_did_not_all_come(
    db: Database, org: UUID, installation: UUID, engine: ReelEngine, reel: Reel
) -> None:
    await sync(engine, org, installation, "films")
    reel.incomplete = {7}
    reel.put(7, title="Half of it", at=LATER)
    result = await sync(engine, org, installation, "films")
    assert result.verdict == "PARTIAL" and (await doc(db, org, 7))["title"] == "Thing 7"
    reel.incomplete = set()
    again = await sync(engine, org, installation, "films")
    assert again.verdict == "COMPLETE" and (await doc(db, org, 7))["title"] == "Half of it"


async def test_extracts_count_rows_whose_lists_did_not_all_come() -> None:
    from hub.sync.extract import Extraction

    reel = reel_of(20, incomplete={3, 4})
    work = Extraction(reel, FILMS, ShopSettings(), "canonical")
    lines = [line async for some in work.lines() for line in some]
    assert len(lines) == 20 and work.incomplete == 2
    assert work.verdict is not None and work.verdict.word == "PARTIAL"
    assert reel.asked[0] == Listing()


VALUES = st.none() | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=2)
DOCS = st.dictionaries(st.sampled_from("abc"), VALUES | st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3), max_size=3)
POINTERS = st.lists(st.sampled_from(["/a", "/b", "/c", "/a/x", "/b/y", "/c/z", "/a/x/0"]), max_size=4)


def at(doc: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        doc = doc.get(part) if isinstance(doc, dict) else None
    return doc


def test_of_a_refused_field_the_known_value_stays_whatever_the_mapping_made_of_its_absence() -> None:
    old = {
        "guest": False,
        "ext": {"a": 1, "b": {"c": 2}},
        "addresses": [{"roles": ["billing"], "city": "Ulm"}, {"roles": ["shipping"]}],
    }
    new = {"guest": True, "ext": {"a": 3, "d": 4}, "addresses": [{"roles": ["shipping"], "city": "Bonn"}]}
    carry(new, old, Hidden(["/guest", "/ext", "/addresses"]))
    assert new == {
        "guest": False,
        "ext": {"a": 3, "b": {"c": 2}, "d": 4},
        "addresses": [{"roles": ["billing"], "city": "Ulm"}, {"roles": ["shipping"], "city": "Bonn"}],
    }


@given(DOCS, DOCS, POINTERS)
def test_carrying_never_loses_a_known_value_nor_touches_a_shown_one(
    new: dict[str, Any], old: dict[str, Any], pointers: list[str]
) -> None:
    before = json.loads(json.dumps(new))
    carry(new, old, Hidden(empty=pointers))
    for name, value in before.items():
        if isinstance(value, dict):
            for inner, shown in value.items():
                assert not shown or at(new, f"/{name}/{inner}") == shown
        else:
            assert not value or new[name] == value
    for pointer in pointers:
        known = at(old, pointer)
        parent = at(before, pointer.rpartition("/")[0]) if pointer.count("/") > 1 else before
        if known and (parent is None or isinstance(parent, dict)) and not at(before, pointer):
            assert at(new, pointer) == known or at(before, "/" + pointer.split("/")[1]) == ""
    for name in new:
        assert name in before or any(pointer.startswith(f"/{name}") for pointer in pointers)


def test_elements_of_a_list_are_carried_only_where_they_are_the_same() -> None:
    old = {"addresses": [{"id": "1", "phone": "+33 1"}, {"id": "2", "phone": "+33 2"}]}
    new = {"addresses": [{"id": "1"}, {"id": "3"}]}
    carry(new, old, Hidden(["/addresses/0/phone", "/addresses/1/phone", "/addresses/2/phone"]))
    assert new == {"addresses": [{"id": "1", "phone": "+33 1"}, {"id": "3"}]}
