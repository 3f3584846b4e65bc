from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest

from hub.db.engine import Database
from tests.webhooks.portal.conftest import URL, Browser, Opener, made
from webhooks.partners import applications, endpoints, secrets
from webhooks.partners.applications import Application
from webhooks.partners.endpoints import Endpoint

GOOD = {"url": URL, "description": "Stock", "which": "all", "signatures": "v1"}


async def all_of(db: Database, org: UUID, application: UUID) -> list[Endpoint]:
    async with db.org(org) as unit:
        return await endpoints.list_of(unit, application)


async def test_an_endpoint_is_added_and_its_secret_shown_exactly_once(
    partner: Browser, db: Database, org: UUID, application: Application
) -> None:
    answer = await partner.send(
        "/endpoints/new", url=URL, description="Stock", which="some", types="product.*", signatures=["v1", "v1a"],
        filter='{"object.status": "active"}', headers="Authorization: Bearer x\r\nX-Shop: paris", rate_limit="20",
        retry="5, 30 120", ordered="1", causes="backfill",
    )  # fmt: skip
    assert answer.status_code == 303
    (endpoint,) = await all_of(db, org, application.id)
    assert (endpoint.url, endpoint.types, endpoint.filter) == (URL, ["product.*"], {"object.status": "active"})
    assert (endpoint.header_names, endpoint.rate_limit, endpoint.retry) == (["Authorization", "X-Shop"], 20, [5, 30, 120])
    assert (endpoint.ordered, endpoint.causes, endpoint.signatures) == (True, ["backfill"], ["v1", "v1a"])
    assert answer.headers["location"] == f"/portal/endpoints/{endpoint.id}/secret"
    cookie = answer.headers["set-cookie"]
    assert f"Path=/portal/endpoints/{endpoint.id}/secret" in cookie
    assert "whsec_" not in cookie  # sealed
    async with db.org(org) as unit:
        secret = (await secrets.current(unit, endpoint.id)).reveal()
    page = await partner.get(f"/endpoints/{endpoint.id}/secret")
    assert f'value="{secret}"' in page.text
    assert "readonly" in page.text
    again = await partner.get(f"/endpoints/{endpoint.id}/secret")
    assert secret not in again.text
    assert "The secret was shown" in again.text
    for path in ("", f"/endpoints/{endpoint.id}", f"/endpoints/{endpoint.id}/edit"):
        assert secret not in (await partner.get(path)).text


async def test_another_session_is_not_shown_a_secret_that_was_passed_on(
    partner: Browser, hub_url: str, application: Application, link_to: Opener
) -> None:
    answer = await partner.send("/endpoints/new", **GOOD)
    name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    async with httpx.AsyncClient(base_url=hub_url, trust_env=False) as other:
        await other.post(await link_to(application.id))
        other.cookies.set(name, value)
        page = await other.get(answer.headers["location"])
        assert page.status_code == 200
        assert "whsec_" not in page.text


async def test_a_form_that_is_sent_twice_makes_one_endpoint(
    partner: Browser, db: Database, org: UUID, application: Application
) -> None:
    page = (await partner.get("/endpoints/new")).text
    held = dict(re.findall(r'name="(form|once)" value="([\w-]+)"', page))
    first = await partner.http.post("/portal/endpoints/new", data=GOOD | held)
    second = await partner.http.post("/portal/endpoints/new", data=GOOD | held)
    (endpoint,) = await all_of(db, org, application.id)
    assert first.headers["location"] == f"/portal/endpoints/{endpoint.id}/secret"
    assert second.headers["location"] == f"/portal/endpoints/{endpoint.id}"


@pytest.mark.parametrize(
    ("typed", "field", "english", "french"),
    [
        ({"url": ""}, "url", "Enter the address", "Indiquez l’adresse"),
        ({"url": "https://127.0.0.1/x"}, "url", "is not a public address", "n’est pas une adresse publique"),
        ({"url": "https://2130706433/"}, "url", "number in disguise", "nombre déguisé"),
        ({"url": "https://me:pw@partner.example/"}, "url", "a user name or a password", "un nom d’utilisateur"),
        ({"url": "http://partner.example/"}, "url", "must begin with https://", "doit commencer par https://"),
        ({"which": "some"}, "types", "Choose one event type", "Choisissez au moins un type"),
        ({"which": "some", "types": "product.exploded"}, "types", "no such event type", "n’est pas un type d’événement"),
        ({"filter": "{oops"}, "filter", "must be a JSON object", "doit être un objet JSON"),
        ({"filter": '{"a": {"near": 1}}'}, "filter", "This filter cannot be used", "Ce filtre ne peut pas"),
        ({"headers": "no colon"}, "headers", "one header per line", "un en-tête par ligne"),
        ({"headers": "A: 1\nA: 2"}, "headers", "may stand there once", "ne peut figurer qu’une fois"),
        ({"headers": "Host: evil.example"}, "headers", "cannot be sent", "ne peuvent pas être envoyés"),
        ({"rate_limit": "fast"}, "rate_limit", "whole number", "nombre entier"),
        ({"rate_limit": "99999"}, "rate_limit", "choose 1 to 10000", "de 1 à 10000"),
        ({"retry": "soon"}, "retry", "seconds with commas", "des secondes séparées"),
        ({"retry": "0"}, "retry", "waiting times cannot be used", "d’une seconde à sept jours"),
        ({"signatures": []}, "signatures", "one signature at least", "au moins une signature"),
    ],
)
async def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(
    partner: Browser, db: Database, org: UUID, application: Application,
    typed: dict[str, object], field: str, english: str, french: str,
) -> None:  # fmt: skip
    for language, words in (("en", english), ("fr", french)):
        await partner.get(f"?lang={language}")
        answer = await partner.send("/endpoints/new", **(GOOD | {"description": "Atelier d’été"} | typed))
        assert answer.status_code == 422
        assert words in answer.text
        assert "LUNEO" not in answer.text  # settings are the operator's
        assert 'role="alert"' in answer.text
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-fault"' in answer.text
        assert re.search(rf'aria-describedby="[^"]*{field}-fault"', answer.text)
        assert 'value="Atelier d’été"' in answer.text
    assert await all_of(db, org, application.id) == []


async def test_hostile_text_in_a_form_comes_back_as_text(partner: Browser) -> None:
    evil = '"><script>alert(1)</script>'
    answer = await partner.send("/endpoints/new", **(GOOD | {"url": evil, "filter": "</textarea><script>", "description": evil}))
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert "</textarea><script>" not in answer.text


async def test_settings_change_and_kept_headers_stay_until_they_are_replaced_or_dropped(
    partner: Browser, db: Database, org: UUID, application: Application
) -> None:
    endpoint = await made(db, org, application.id, headers={"Authorization": "Bearer hush"}, rate_limit=5)
    page = await partner.get(f"/endpoints/{endpoint.id}/edit")
    assert "Authorization" in page.text
    assert "hush" not in page.text
    answer = await partner.send(f"/endpoints/{endpoint.id}/edit", **(GOOD | {"description": "Renamed", "rate_limit": ""}))
    assert answer.headers["location"] == f"/portal/endpoints/{endpoint.id}?done=saved"
    (changed,) = await all_of(db, org, application.id)
    assert (changed.description, changed.rate_limit, changed.header_names) == ("Renamed", None, ["Authorization"])
    await partner.send(f"/endpoints/{endpoint.id}/edit", **(GOOD | {"headers": "X-Shop: paris"}))
    assert (await all_of(db, org, application.id))[0].header_names == ["X-Shop"]
    await partner.send(f"/endpoints/{endpoint.id}/edit", **(GOOD | {"drop_headers": "1"}))
    assert (await all_of(db, org, application.id))[0].header_names == []


async def test_a_secret_is_rotated_with_the_chosen_overlap(
    partner: Browser, db: Database, org: UUID, application: Application
) -> None:
    endpoint = await made(db, org, application.id)
    async with db.org(org) as unit:
        old = (await secrets.current(unit, endpoint.id)).reveal()
    answer = await partner.send(f"/endpoints/{endpoint.id}/secret", at=f"/endpoints/{endpoint.id}", overlap="72")
    page = await partner.http.get(answer.headers["location"])
    async with db.org(org) as unit:
        new = (await secrets.current(unit, endpoint.id)).reveal()
        hours = await unit.fetchval("select extract(epoch from max(expires_at) - now()) / 3600 from endpoint_secret")
    assert new != old
    assert new in page.text
    assert 71.9 < hours <= 72
    assert "Messages are signed with the old secret too, until" in (await partner.get(f"/endpoints/{endpoint.id}")).text


async def test_an_endpoint_is_switched_off_and_on_and_deleted_after_a_question(
    partner: Browser, db: Database, org: UUID, application: Application
) -> None:
    endpoint = await made(db, org, application.id)
    at = f"/endpoints/{endpoint.id}"
    await partner.send(f"{at}/disable", at=at)
    page = (await partner.get(f"{at}?done=disabled")).text
    assert "You switched it off" in page
    assert "Messages wait until you switch it on again" in page
    await partner.send(f"{at}/enable", at=at)
    assert (await all_of(db, org, application.id))[0].enabled
    assert "Delete this endpoint?" in (await partner.get(f"{at}/delete")).text
    answer = await partner.send(f"{at}/delete")
    assert answer.headers["location"] == "/portal?done=deleted"
    assert await all_of(db, org, application.id) == []
    assert (await partner.get(at)).status_code == 404


async def test_what_the_sender_switched_off_a_partner_cannot_switch_on(
    partner: Browser, db: Database, org: UUID, application: Application
) -> None:
    endpoint = await made(db, org, application.id)
    at = f"/endpoints/{endpoint.id}"
    await partner.send(f"{at}/disable", at=at)
    async with db.org(org) as unit:
        await endpoints.disable(unit, endpoint.id, "operator")
    page = (await partner.get(at)).text
    assert "only the sender can switch it on" in page
    assert f"{at}/enable" not in page
    assert (await partner.send(f"{at}/enable", at=at)).status_code == 403
    assert not (await all_of(db, org, application.id))[0].enabled


EVENT = UUID(int=7)
PAGES = ("", "/edit", "/secret", "/delete", "/messages", f"/messages/{EVENT}", "/replays", f"/replays/{EVENT}", "/verify")
FORMS = {
    "/edit": GOOD,
    "/secret": {},
    "/disable": {},
    "/enable": {},
    "/delete": {},
    "/test": {"type": "product.created"},
    f"/messages/{EVENT}/resend": {},
    "/replays": {"since": "2026-11-20T08:00", "until": "2026-11-20T09:00"},
    f"/replays/{EVENT}/cancel": {},
}


async def test_no_other_application_can_be_seen_or_changed(partner: Browser, db: Database, org: UUID, new_org: object) -> None:
    async with db.org(org) as unit:
        neighbour = await applications.create(unit, "Neighbour")
    rival = await new_org("rival")  # type: ignore[operator]
    async with db.org(rival) as unit:
        stranger = await applications.create(unit, "Stranger")
    theirs = [await made(db, org, neighbour.id), await made(db, rival, stranger.id)]
    for endpoint in theirs:
        at = f"/endpoints/{endpoint.id}"
        for path in PAGES:
            assert (await partner.get(f"{at}{path}")).status_code == 404, path
        for path, fields in FORMS.items():
            assert (await partner.send(f"{at}{path}", at="", **fields)).status_code == 404, path
    assert "Neighbour" not in (await partner.get("")).text
    for owner, endpoint in zip((org, rival), theirs, strict=True):
        async with db.org(owner) as unit:
            assert await endpoints.get(unit, endpoint.id) == endpoint
            assert await unit.fetchval("select count(*) from endpoint_secret where endpoint = $1", endpoint.id) == 1
            assert await unit.fetchval("select count(*) from message") == 0
            assert await unit.fetchval("select count(*) from replay") == 0


async def test_beyond_the_most_endpoints_it_says_why(
    partner: Browser, db: Database, org: UUID, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MOST", 1)
    await made(db, org, application.id)
    answer = await partner.send("/endpoints/new", **GOOD)
    assert answer.status_code == 422
    assert "1 are allowed" in answer.text
