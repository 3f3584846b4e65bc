from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.db.engine import Database
from tests.webhooks.browser.furnish import HOSTILE, Furnished, furnish
from tests.webhooks.portal.conftest import Browser, Opener, made
from webhooks.partners.applications import Application
from webhooks.partners.endpoints import Endpoint
from webhooks.portal.letters import printable, text_view
from webhooks.portal.picture import HEIGHT, drawn
from webhooks.portal.speech import Said
from webhooks.replay.work import go_on
from webhooks.states import Cause, State


@pytest.fixture
async def rooms(db: Database, org: UUID) -> Furnished:
    return await furnish(db, org)


@pytest.fixture
async def guest(stranger: Browser, rooms: Furnished, link_to: Opener) -> Browser:
    """A partner whose application has a past."""
    await stranger.http.post(await link_to(rooms.application))
    return stranger


@pytest.fixture
async def endpoint(db: Database, org: UUID, application: Application) -> Endpoint:
    return await made(db, org, application.id)


async def test_messages_are_filtered_by_state_and_type_and_turned_over_page_by_page(guest: Browser, rooms: Furnished) -> None:
    at = f"/endpoints/{rooms.healthy.id}/messages"
    first = (await guest.get(at)).text
    cursor = first.split("cursor=")[1].split('"')[0]
    second = (await guest.get(f"{at}?cursor={cursor}")).text
    ids = [set(page.split("/messages/msg_")[1:]) for page in (first, second)]
    assert [len(one) for one in ids] == [30, 30]
    assert not {one[:32] for one in ids[0]} & {one[:32] for one in ids[1]}
    waiting = (await guest.get(f"{at}?state=waiting")).text
    assert waiting.count("/messages/msg_") == 1
    assert "Retrying" in waiting
    assert "None of these" in (await guest.get(f"{at}?state=delivered&type=order.created")).text
    assert (await guest.get(f"{at}?cursor=bogus")).status_code == 404
    assert (await guest.get(f"{at}?state=bogus")).text.count("/messages/msg_") == 30


async def test_a_message_shows_its_attempts_and_what_strangers_answered_is_text(guest: Browser, rooms: Furnished) -> None:
    page = (await guest.get(dict(rooms.pages)["message-dead"])).text
    assert HOSTILE not in page
    assert "<script>" not in page
    assert "<style>" not in page
    assert "onerror=alert(1)&gt;" in page
    assert "\u202e" not in page  # nothing turns the page's own words around
    assert "Your server answered 502 Bad Gateway, which is no success." in page
    assert "The certificate is not valid for this server." in page
    assert "of 90,000 bytes" in page
    assert "1290.500000000000000001" in page
    assert "Bague Éclipse" in page


async def test_a_message_is_sent_again(guest: Browser, rooms: Furnished, db: Database, org: UUID) -> None:
    path = dict(rooms.pages)["message-dead"]
    answer = await guest.send(f"{path}/resend", at=path)
    assert answer.headers["location"] == f"/portal{path}?done=resent&live=1"
    async with db.org(org) as unit:
        row = await unit.fetchrow("select state, cause from message where event = $1", UUID(path.rpartition("msg_")[2]))
    assert (row["state"], row["cause"]) == (State.WAITING, Cause.RESEND)
    page = await guest.http.get(answer.headers["location"])
    assert page.headers["refresh"] == f"3; url=/portal{path}?live=1"  # it looks again while something is to happen
    assert "Stop following" in page.text
    stopped = await guest.get(path)
    assert "refresh" not in stopped.headers
    assert "Follow live" in stopped.text
    assert 'role="status"' in page.text


async def test_a_message_whose_payload_is_gone_offers_no_resend_and_refuses_one(guest: Browser, rooms: Furnished) -> None:
    at = f"/endpoints/{rooms.healthy.id}/messages"
    listed = (await guest.get(at)).text.split("/messages/msg_")
    path = f"{at}/msg_{listed[-1][:32]}"
    page = (await guest.get(path)).text
    assert "It is no longer kept" in page
    assert "Send it again" not in page
    answer = await guest.send(f"{path}/resend", at=path)
    assert answer.status_code == 409
    assert "This is not possible now" in answer.text


async def test_a_test_event_of_a_chosen_type_goes_into_line(
    partner: Browser, endpoint: Endpoint, db: Database, org: UUID
) -> None:
    at = f"/endpoints/{endpoint.id}"
    answer = await partner.send(f"{at}/test", at=at, type="order.created")
    page = (await partner.http.get(answer.headers["location"])).text
    assert "The test event is in line" in page
    assert "order.created" in page
    async with db.org(org) as unit:
        row = await unit.fetchrow("select endpoint, type, cause from message")
    assert (row["endpoint"], row["type"], row["cause"]) == (endpoint.id, "order.created", Cause.TEST)
    assert (await partner.send(f"{at}/test", at=at, type="product.exploded")).status_code == 422


async def test_a_replay_is_begun_once_runs_to_its_end_and_shows_how_far_it_is(
    guest: Browser, rooms: Furnished, db: Database, org: UUID
) -> None:
    at = f"/endpoints/{rooms.healthy.id}/replays"
    now = datetime.now(UTC)
    span = {"since": (now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"), "until": now.strftime("%Y-%m-%dT%H:%M")}
    answer = await guest.send(at, **span, scope="all", rate="1000")
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    id = UUID(path.partition("?")[0].rpartition("/")[2])
    page = await guest.http.get(path)
    assert "In line" in page.text
    assert "refresh" in page.headers
    twice = await guest.send(at, **span, scope="all")
    assert twice.status_code == 422
    assert "is at work" in twice.text
    await go_on(db, org, id)
    page = await guest.http.get(path)
    assert "Done" in page.text
    assert 'value="100"' in page.text
    assert "refresh" not in page.headers
    assert "could not be sent: their contents are no longer kept" in page.text


async def test_a_replay_is_cancelled_and_cancelling_it_again_harms_nothing(guest: Browser, rooms: Furnished) -> None:
    path = dict(rooms.pages)["replay"]
    assert "412 of 1,000 messages looked at." in (await guest.get(path)).text
    answer = await guest.send(f"{path}/cancel", at=path)
    assert "Cancelled" in (await guest.http.get(answer.headers["location"])).text
    assert (await guest.send(f"{path}/cancel", at="")).headers["location"] == f"/portal{path}"


@pytest.mark.parametrize(
    ("typed", "field", "english", "french"),
    [
        ({"since": ""}, "since", "Enter from when on", "Indiquez à partir de quand"),
        ({"until": "yesterday"}, "until", "Enter until when", "Indiquez jusqu’à quand"),
        ({"since": "2026-01-01T00:00", "until": "2026-08-01T00:00"}, "since", "at most 90 days", "au plus 90 jours"),
        ({"since": "2026-01-02T00:00", "until": "2026-01-01T00:00"}, "since", "not before until", "doit précéder la fin"),
        ({"until": "2999-01-01T00:00"}, "until", "in the future", "dans le futur"),
        ({"rate": "quickly"}, "rate", "whole number", "nombre entier"),
        ({"rate": "100000"}, "rate", "choose 1 to 1000", "de 1 à 1000"),
        ({"scope": "some"}, "scope", "Choose what is to be sent again", "Choisissez ce qui doit"),
    ],
)
async def test_a_replay_is_refused_at_its_field(
    partner: Browser, endpoint: Endpoint, typed: dict[str, str], field: str, english: str, french: str
) -> None:
    good = {"since": "2026-01-01T00:00", "until": "2026-01-02T00:00", "scope": "failed"}
    for language, words in (("en", english), ("fr", french)):
        await partner.get(f"?lang={language}")
        answer = await partner.send(f"/endpoints/{endpoint.id}/replays", **(good | typed))
        assert answer.status_code == 422
        assert words in answer.text
        assert f'id="{field}-fault"' in answer.text


def test_the_picture_keeps_its_height_and_shows_every_failure() -> None:
    t = Said("en", datetime.now(UTC))
    day = drawn(t, [(0, 0)] * 21 + [(300, 1), (0, 5), (10, 10)])
    assert len(day.bars) == 24
    assert all(bar.good + bar.bad <= HEIGHT for bar in day.bars)
    assert [bar.bad > 0 for bar in day.bars[-3:]] == [True] * 3
    assert day.said == "Last 24 hours: more than 326 attempts, 16 failed among those counted"
    assert drawn(t, [(0, 0)] * 24).said == "No attempts in the last 24 hours"
    assert drawn(t, [(1, 0)] + [(0, 0)] * 23).said == "Last 24 hours: 1 attempt, 0 failed"


def test_long_and_broken_payloads_are_shown_as_far_as_is_sensible() -> None:
    long = text_view(b'{"a":"' + b"x" * 60_000 + b'"}')
    assert (long.cut, long.shown, len(long.text)) == (True, 40_000, 40_000)
    assert text_view(b"\xff not json").text == "\ufffd not json"
    assert printable("a\u202eb\x00c\td\n") == "a\ufffdb\ufffdc\td\n"


ODD_PATHS = ("/types/%00", "/types/" + "x" * 3000, "/open/%00", "/endpoints/%00")
ODD_QUERIES = ("type=%00", "type=%ed%a0%80", "state=%00", "cursor=%00", "lang=%00", "done=%00", "live=%00")
ODD_SETTINGS: tuple[dict[str, object], ...] = (
    {"filter": '{"a": "\\u0000"}'},
    {"filter": "[" * 5000},
    {"description": "a\x00b"},
    {"headers": "X: a\x00"},
    {"types": ["\x00"], "which": "some"},
    {"url": "https://partner.example/\x00"},
    {"retry": "9" * 50},
)
ODD_SPANS = (
    {"type": "\x00"},
    {"scope": "\x00"},
    {"rate": "٣"},
    {"since": "0001-01-01T00:00+14:00"},
    {"until": "9999-12-31T23:59-14:00"},
)


async def test_odd_texts_in_addresses_and_forms_are_refused_and_break_nothing(partner: Browser, endpoint: Endpoint) -> None:
    at = f"/endpoints/{endpoint.id}"
    for path in (*ODD_PATHS, f"{at}/messages/msg_%00", f"{at}/messages/msg_zz"):
        assert (await partner.get(path)).status_code in (404, 410, 422), path
    for query in ODD_QUERIES:
        assert (await partner.get(f"{at}/messages?{query}")).status_code in (200, 404), query
    assert (await partner.send(f"{at}/test", at=at, type="\x00")).status_code == 422
    assert (await partner.send(f"{at}/secret", at=at, overlap="\x00")).status_code == 303
    settings = {"url": "https://partner.example/", "which": "all", "signatures": "v1"}
    for odd in ODD_SETTINGS:
        assert (await partner.send("/endpoints/new", **(settings | odd))).status_code == 422, odd
    span = {"since": "2026-01-01T00:00", "until": "2026-01-02T00:00", "scope": "failed"}
    for odd_span in ODD_SPANS:
        assert (await partner.send(f"{at}/replays", **(span | odd_span))).status_code == 422, odd_span
