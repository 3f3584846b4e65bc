from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from hub.access import issue_key
from hub.app import create_app
from hub.db.engine import Database
from hub.web.house import House
from hub.web.redaction import without_secrets
from tests.webhooks.portal.conftest import Browser, Opener
from webhooks.partners import applications
from webhooks.partners.applications import Application
from webhooks.portal.passes import digest_of, issue


async def age(db: Database, org: UUID, kind: str, column: str, span: timedelta) -> None:
    async with db.org(org) as unit:
        await unit.execute(f"update portal_pass set {column} = {column} - $1::interval where kind = $2", span, kind)


async def test_a_link_opens_once_and_leads_to_a_page_without_it(
    stranger: Browser, application: Application, link_to: Opener
) -> None:
    link = await link_to(application.id)
    answer = await stranger.http.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/portal" in cookie
    assert "secure" not in cookie  # this connection is plain
    page = await stranger.get("")
    assert page.status_code == 200
    assert "Signed in for Atelier Corbeau." in page.text
    assert link.rpartition("/")[2] not in page.text


async def test_looking_at_a_link_does_not_use_it_up(
    stranger: Browser, application: Application, link_to: Opener, hub_url: str
) -> None:
    link = await link_to(application.id)
    async with httpx.AsyncClient(base_url=hub_url, trust_env=False, headers={"accept-language": "en"}) as scanner:
        for _ in range(3):
            seen = await scanner.get(link)
            assert (seen.status_code, "set-cookie" in seen.headers) == (200, False)
            assert '<form method="post"><button class="primary">Open the portal</button></form>' in seen.text
            assert link.rpartition("/")[2] not in seen.text
            assert (await scanner.head(link)).status_code == 405
    assert (await stranger.http.post(link, headers={"sec-fetch-site": "cross-site"})).status_code == 403
    assert (await stranger.http.post(link)).headers["location"] == "/portal"
    assert (await stranger.get("")).status_code == 200


async def test_over_tls_the_cookie_is_secure_and_says_so_in_its_name(
    house: House, db: Database, org: UUID, application: Application
) -> None:
    async with db.org(org) as unit:
        token, _ = await issue(unit, application.id)
    app = create_app(house=house)
    app.state.house = house  # its start is not run: nothing listens
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://hub.example") as client:
        answer = await client.post(f"/portal/open/{token}")
        name, _, rest = answer.headers["set-cookie"].partition("=")
        assert name == "__Secure-luneo-portal"
        assert "secure" in rest.lower()
        assert (await client.get("/portal")).status_code == 200


async def test_the_same_browser_may_open_the_link_again_and_no_other_may(
    partner: Browser, application: Application, link_to: Opener, hub_url: str
) -> None:
    link = await link_to(application.id)
    for open_it in (partner.http.post, partner.http.post, partner.http.get):
        answer = await open_it(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    async with httpx.AsyncClient(base_url=hub_url, trust_env=False) as other:
        answer = await other.get(link)
        assert answer.status_code == 410
        assert "set-cookie" not in answer.headers


async def test_links_that_were_used_have_ended_or_never_were_look_the_same(
    stranger: Browser, db: Database, org: UUID, application: Application, link_to: Opener
) -> None:
    used, ended = await link_to(application.id), await link_to(application.id)
    await stranger.http.post(used)
    stranger.http.cookies.clear()
    async with db.org(org) as unit:
        await unit.execute(
            "update portal_pass set expires_at = now() - interval '1 second' where digest = $1",
            digest_of(ended.rpartition("/")[2]),
        )
    answers = [await stranger.http.get(path) for path in (used, ended, f"/portal/open/{'A' * 43}")]
    assert [answer.status_code for answer in answers] == [410] * 3
    assert len({answer.text for answer in answers}) == 1
    assert "Ask whoever sent it for a new one" in answers[0].text


async def test_without_a_session_every_page_says_what_to_do(stranger: Browser) -> None:
    for path in ("", "/types", f"/endpoints/{uuid4()}", "/endpoints/new"):
        answer = await stranger.get(path)
        assert answer.status_code == 403, path
        assert "Your visit has ended" in answer.text
    french = await stranger.get("", headers={"accept-language": "fr-CA"})
    assert "Votre visite est terminée" in french.text


async def test_a_session_ends_after_an_hour_without_a_page(partner: Browser, db: Database, org: UUID) -> None:
    await age(db, org, "session", "expires_at", timedelta(minutes=50))
    assert (await partner.get("")).status_code == 200  # a page keeps it alive
    await age(db, org, "session", "expires_at", timedelta(minutes=50))
    assert (await partner.get("")).status_code == 200
    await age(db, org, "session", "expires_at", timedelta(minutes=61))
    assert (await partner.get("")).status_code == 403


async def test_a_session_ends_after_eight_hours_however_busy_it_was(partner: Browser, db: Database, org: UUID) -> None:
    await age(db, org, "session", "created_at", timedelta(hours=7, minutes=55))
    await age(db, org, "session", "expires_at", timedelta(minutes=58))
    assert (await partner.get("")).status_code == 200
    async with db.org(org) as unit:
        left = await unit.fetchval("select expires_at - now() from portal_pass where kind = 'session'")
    assert left < timedelta(minutes=6)


async def test_leaving_ends_the_session_in_the_database_too(partner: Browser) -> None:
    held = dict(partner.http.cookies)
    answer = await partner.send("/leave", at="")
    assert "You have left" in answer.text
    partner.http.cookies.update(held)
    assert (await partner.get("")).status_code == 403


async def test_the_database_knows_no_token(
    partner: Browser, db: Database, org: UUID, application: Application, link_to: Opener
) -> None:
    token = (await link_to(application.id)).rpartition("/")[2]
    assert len(token) == 43
    async with db.org(org) as unit:
        rows = await unit.fetch("select * from portal_pass")
    assert {row["kind"] for row in rows} == {"link", "session"}
    text = str([dict(row) for row in rows])
    assert token not in text
    assert str(partner.http.cookies["luneo-portal"]) not in text


async def test_a_link_says_its_language_its_way_back_and_its_end(
    stranger: Browser, api: httpx.AsyncClient, application: Application
) -> None:
    asked = {"language": "fr", "return_url": "https://maison.example/partenaires", "expires_minutes": 60}
    answer = await api.post(f"/v1/applications/{application.id}/portal", json=asked)
    until = datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < until < timedelta(minutes=61)
    path = httpx.URL(answer.json()["url"]).path
    assert "Ouvrir le portail" in (await stranger.http.get(path)).text
    await stranger.http.post(path)
    page = await stranger.get("")
    assert 'lang="fr"' in page.text
    assert "Vos points de réception" in page.text
    assert 'href="https://maison.example/partenaires"' in page.text
    await stranger.get("?lang=en")
    assert "Your endpoints" in (await stranger.get("")).text  # what the visitor chose counts more


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"return_url": "https://a:b@shop.example/"}, "return_url"),
        ({"return_url": "https://shop.example/\nx"}, "return_url"),
        ({"return_url": "/partners"}, "return_url"),
        ({"expires_minutes": 61}, "/expires_minutes"),
        ({"expires_minutes": True}, "/expires_minutes"),
        ({"language": "de"}, "/language"),
    ],
)
async def test_a_link_is_refused_with_the_field(
    api: httpx.AsyncClient, application: Application, asked: dict[str, object], field: str
) -> None:
    answer = await api.post(f"/v1/applications/{application.id}/portal", json=asked)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


async def test_a_link_needs_the_scope_and_an_application_of_the_callers(
    hub_url: str, db: Database, org: UUID, application: Application, new_org: object
) -> None:
    rival = await new_org("rival")  # type: ignore[operator]
    async with db.org(rival) as unit:
        _, foreign = await issue_key(unit, "rival", ["endpoints:write"])
    async with db.org(org) as unit:
        _, reader = await issue_key(unit, "reader", ["endpoints:read"])
    async with httpx.AsyncClient(base_url=hub_url, trust_env=False) as client:
        for key, status in ((foreign, 404), (reader, 403)):
            answer = await client.post(
                f"/v1/applications/{application.id}/portal", headers={"authorization": f"Bearer {key.reveal()}"}
            )
            assert answer.status_code == status


async def test_an_application_that_goes_takes_its_sessions_along(
    partner: Browser, db: Database, org: UUID, application: Application
) -> None:
    async with db.org(org) as unit:
        await applications.delete(unit, application.id)
    assert (await partner.get("")).status_code == 403


async def test_pages_are_kept_by_nobody_framed_by_nobody_and_tell_nobody_where_they_are(partner: Browser) -> None:
    answer = await partner.get("")
    policy = answer.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_form_counts_only_with_the_token_of_this_session(
    partner: Browser, db: Database, org: UUID, application: Application
) -> None:
    for data in ({}, {"form": "0" * 64}, {"form": "é"}):
        answer = await partner.http.post("/portal/endpoints/new", data={"url": "https://a.example/", **data})
        assert answer.status_code == 403
        assert "This was not sent from here" in answer.text
    async with db.org(org) as unit:
        assert await unit.fetchval("select count(*) from endpoint") == 0


async def test_a_form_from_another_site_is_refused_even_with_its_token(partner: Browser) -> None:
    partner.http.headers["sec-fetch-site"] = "cross-site"
    answer = await partner.send("/endpoints/new", url="https://a.example/")
    assert answer.status_code == 403


async def test_no_link_and_no_secret_stands_in_a_log() -> None:
    assert without_secrets("GET /portal/open/abc-DEF_123") == "GET /portal/open/***"
    assert "C2FVsBQ" not in without_secrets("rotated to whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")


async def test_every_address_under_the_portal_is_a_page(partner: Browser) -> None:
    for path in ("/nothing", "/nothing/at/all", "/endpoints/no-uuid", "/endpoints/no-uuid/edit", "/leave", "?after=x", "/assets"):
        answer = await partner.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), path
        assert "There is nothing here" in answer.text, path
        assert "Back to the endpoints" in answer.text, path
    assert (await partner.http.post("/portal/nothing")).status_code == 404


async def test_a_form_too_large_or_with_too_many_fields_is_told_so_on_a_page(partner: Browser) -> None:
    for fields, status, said in (
        ({"description": "x" * (2 << 20)}, 413, "This form is too large"),
        ({f"field{n}": "1" for n in range(5000)}, 400, "This form cannot be read"),
    ):
        answer = await partner.http.post("/portal/endpoints/new", data=fields)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert said in answer.text
        assert "our side" not in answer.text
