from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import httpx
import pytest

import hub.dashboard
from hub.access import revoke
from hub.catalog.raw import pack_all
from hub.dashboard.session import one_time_link
from hub.dashboard.speech import LANGUAGES, Speech, catalogue, preferred
from hub.dashboard.view import api_fact, facts
from hub.db.ids import uuid7
from hub.sync.engine import Engine
from hub.sync.run import sync
from hub.web.house import House
from tests.hub.served import KeyMaker, Woo

ROOM = Path(hub.dashboard.__file__).parent
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
async def browser(hub_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is not signed in, with a cookie jar."""
    headers = {"origin": hub_url, "accept-language": "en"}
    async with httpx.AsyncClient(base_url=hub_url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
async def reader(browser: httpx.AsyncClient, make_key: KeyMaker) -> httpx.AsyncClient:
    """Somebody who is."""
    answer = await browser.post("/sign-in", data={"key": await make_key()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return browser


async def put_aside(house: House, org: UUID, installation: UUID, raw: bytes, reason: str = "total '12,90' is no amount") -> UUID:
    id = uuid7()
    async with house.db.org(org) as unit:
        await unit.execute(
            "insert into quarantine (org, id, installation, resource, vendor_id, raw, reason, field) "
            "values ($1, $2, $3, 'orders', '118', $4, $5, '/total')",
            org, id, installation, pack_all([raw]), reason,
        )  # fmt: skip
    return id


# -- the door ------------------------------------------------------------------------------------------------------


async def test_whoever_is_not_signed_in_is_shown_the_door(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/runs", "/quarantine", f"/shops/{uuid7()}"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


async def test_a_wrong_key_and_a_weak_one_are_told_and_not_repeated(browser: httpx.AsyncClient, make_key: KeyMaker) -> None:
    wrong = await browser.post("/sign-in", data={"key": "lun_live_wrong"})
    assert wrong.status_code == 401
    assert "not valid" in wrong.text
    weak = await make_key("products:read")
    answer = await browser.post("/sign-in", data={"key": weak})
    assert answer.status_code == 403
    assert weak not in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_session_is_a_sealed_cookie_that_scripts_and_other_sites_do_not_get(
    browser: httpx.AsyncClient, make_key: KeyMaker, org: UUID
) -> None:
    key = await make_key()
    cookie = (await browser.post("/sign-in", data={"key": key})).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert key not in cookie
    assert str(org) not in cookie
    value = re.search(r"luneo=([^;]+)", cookie)
    assert value is not None
    browser.cookies.clear()
    forged = value[1][:-6] + ("AAAAAA" if value[1][-6:] != "AAAAAA" else "BBBBBB")
    assert (await browser.get("/", headers={"cookie": f"luneo={forged}"})).status_code == 303


async def test_revoking_the_key_ends_the_session_at_once(reader: httpx.AsyncClient, house: House, org: UUID) -> None:
    assert (await reader.get("/")).status_code == 200
    async with house.db.org(org) as unit:
        await revoke(unit, await unit.fetchval("select id from api_key"))
    assert (await reader.get("/")).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"origin": ""}]
)
async def test_a_form_from_another_site_does_nothing(
    browser: httpx.AsyncClient, make_key: KeyMaker, headers: dict[str, str]
) -> None:
    answer = await browser.post("/sign-in", data={"key": await make_key()}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_signing_out_ends_it(reader: httpx.AsyncClient) -> None:
    assert (await reader.post("/sign-out")).headers["location"] == "/sign-in"
    assert (await reader.get("/")).status_code == 303


async def test_the_operators_link_signs_in_once(browser: httpx.AsyncClient, hub_url: str, org: UUID) -> None:
    link = one_time_link(hub_url, org)
    assert (await browser.get(link)).headers["location"] == "/"
    assert (await browser.get("/")).status_code == 200
    browser.cookies.clear()
    again = await browser.get(link)
    assert again.status_code == 410
    assert "has been used" in again.text
    assert (await browser.get(link[:-4] + "AAA=")).status_code == 410


async def test_the_api_takes_no_session_for_a_key(reader: httpx.AsyncClient) -> None:
    assert (await reader.get("/v1/products")).status_code == 401


# -- the pages -----------------------------------------------------------------------------------------------------


async def test_a_hub_without_shops_says_how_to_connect_one(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/")).text
    assert "No shop is connected yet" in page
    assert "luneo connect woocommerce" in page


async def test_a_synced_shop_is_shown_with_its_verdicts_and_evidence_in_both_languages(
    reader: httpx.AsyncClient, house: House, org: UUID, woo: Woo
) -> None:
    from hub.installations.connect import connect

    shop = await connect(
        house.db, house.registry, house.http, org=org, connector="woocommerce", url=woo.url,
        credentials=woo.credentials, name="Atelier", allow_http=True,
    )  # fmt: skip
    assert (await sync(Engine(house.db, house.registry, house.http), org, shop.id, "products", "backfill")).verdict == "COMPLETE"
    english, french = (await reader.get("/")).text, (await reader.get("/?lang=fr")).text
    for text in ("Atelier", "Complete", "All 6 rows of the shop were read", "The shop counts 6 rows.", "Not read yet"):
        assert text in english
    for text in (
        "Atelier",
        "Complet",
        "Les 6 lignes de la boutique ont été lues",
        "La boutique compte 6 lignes.",
        "Pas encore lu",
    ):
        assert text in french
    assert 'lang="fr"' in french
    assert 'lang="fr"' in (await reader.get("/runs")).text  # the choice is remembered
    assert "Atelier" in (await reader.get(f"/shops/{shop.id}")).text


async def test_a_quarantined_row_is_shown_as_it_came_and_not_obeyed(
    reader: httpx.AsyncClient, house: House, org: UUID, installation: UUID
) -> None:
    raw = json.dumps({"id": 118, "note": HOSTILE}).replace("118", "118.500000000000000000001").encode()
    id = await put_aside(house, org, installation, raw, reason=f"bad {HOSTILE}")
    for path in ("/", "/quarantine", f"/shops/{installation}"):
        page = (await reader.get(path)).text
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page
        assert "118.500000000000000000001" in page
        assert f"luneo quarantine replay {id}" in page


async def test_a_row_that_is_no_json_is_shown_as_text(
    reader: httpx.AsyncClient, house: House, org: UUID, installation: UUID
) -> None:
    await put_aside(house, org, installation, b"<b>Notice</b>: \xff broken")
    assert "&lt;b&gt;Notice&lt;/b&gt;: \ufffd broken" in (await reader.get("/quarantine")).text


async def test_a_run_whose_worker_fell_silent_is_not_called_running(
    reader: httpx.AsyncClient, house: House, org: UUID, installation: UUID
) -> None:
    async with house.db.org(org) as unit:
        await unit.execute(
            "insert into run (org, id, installation, resource, mode, cause, heartbeat_at, started_at) "
            "values ($1, $2, $3, 'products', 'backfill', 'api', now() - interval '5 minutes', now() - interval '9 minutes')",
            org, uuid7(), installation,
        )  # fmt: skip
    page = (await reader.get("/")).text
    assert "The worker has fallen silent" in page
    assert "Running" not in page


async def test_another_organisations_shop_is_a_page_that_does_not_exist(
    reader: httpx.AsyncClient, installation: UUID, make_key: KeyMaker, new_org: object, browser: httpx.AsyncClient
) -> None:
    assert (await reader.get(f"/shops/{installation}")).status_code == 200
    rival = await new_org("rival")  # type: ignore[operator]
    browser.cookies.clear()
    await browser.post("/sign-in", data={"key": await make_key(of=rival)})
    answer = await browser.get(f"/shops/{installation}")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


async def test_an_address_that_cannot_be_one_of_ours_is_a_page_that_does_not_exist(reader: httpx.AsyncClient) -> None:
    answer = await reader.get("/shops/not-an-id")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


async def test_trouble_is_told_on_a_page_without_its_insides(reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("insides")

    monkeypatch.setattr("hub.dashboard.routes.history.waiting", broken)
    answer = await reader.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "insides" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


class Outline(HTMLParser):
    """What a strict content policy would stop, and what the page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inline += [f"{tag} {name}" for name, _ in attrs if name == "style" or name.startswith("on")]
        if tag in ("script", "style"):
            self.inline.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href") and tag in ("link", "img", "script")]


async def test_pages_hold_nothing_inline_and_load_nothing_from_elsewhere(
    reader: httpx.AsyncClient, house: House, org: UUID, installation: UUID
) -> None:
    await put_aside(house, org, installation, b"{}")
    for path in ("/", "/runs", "/quarantine", f"/shops/{installation}", f"/shops/{uuid7()}"):
        answer = await reader.get(path)
        outline = Outline()
        outline.feed(answer.text)
        assert outline.inline == [], path
        assert all(load.startswith("/assets/") for load in outline.loads), path
        assert "script-src" not in answer.headers["content-security-policy"]
        for load in outline.loads:
            assert (await reader.get(load)).status_code == 200, load


async def test_assets_may_be_kept_for_ever_under_their_own_address(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/sign-in")).text
    style = re.search(r'href="(/assets/hub\.css\?v=[0-9a-f]+)"', page)
    assert style is not None
    answer = await browser.get(style[1])
    assert "immutable" in answer.headers["cache-control"]
    assert (await browser.get("/assets/hub.css", headers={"if-none-match": answer.headers["etag"]})).status_code == 304
    for name in ("..%2fpages.py", "%2e%2e/%2e%2e/errors.py", "vendor", ".stamp"):
        assert (await browser.get(f"/assets/{name}")).status_code == 404


# -- the languages -------------------------------------------------------------------------------------------------


def test_both_catalogues_say_the_same_things_with_the_same_blanks() -> None:
    english, french = catalogue("en"), catalogue("fr")
    assert list(english) == list(french)
    for key, sentence in english.items():
        assert set(re.findall(r"\{(\w*)\}", sentence)) == set(re.findall(r"\{(\w*)\}", french[key])), key


def test_every_sentence_that_the_code_asks_for_exists_and_each_is_asked_for() -> None:
    sources = "".join(path.read_text("utf-8") for path in [*ROOM.glob("*.py"), *ROOM.glob("templates/*.html")])
    keys = catalogue("en")
    for key in re.findall(r"""\bt\(f?"([a-z_.]+)"[,)]""", sources):
        assert key in keys, key
    families = ("verdict.", "mode.", "cause.", "evidence.", "resource.", "shop.status.", "sign_in.", "error.")
    for key in keys:
        stem = key.removesuffix(".one").removesuffix(".other")
        assert re.search(f"[\"']{re.escape(stem)}[\"']", sources) or key.startswith(families), f"{key} is said nowhere"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("fr-CH, en;q=0.9", "fr"),
        ("de", "en"),
        ("en;q=0.5, fr;q=0.7", "fr"),
        ("", "en"),
        ("fr;q=x", "en"),
        ("*", "en"),
    ],
)
def test_a_browser_hears_the_language_it_prefers(header: str, language: str) -> None:
    assert preferred(header) == language


def test_numbers_times_and_plurals_are_written_as_each_language_does() -> None:
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    english, french = (Speech(language, now) for language in LANGUAGES)
    assert (english.number(1234567), french.number(1234567)) == ("1,234,567", "1\u202f234\u202f567")
    assert english.time(now, "Europe/Paris") == "22 Nov 2026, 10:30"
    assert french.time(now, "Europe/Paris") == "22 nov. 2026, 10:30"
    assert "3 minutes ago" in english.ago(now - timedelta(minutes=3))
    assert "il y a 3 minutes" in french.ago(now - timedelta(minutes=3))
    assert english.count("quarantine.waits", 0) == "0 rows wait in quarantine"
    assert french.count("quarantine.waits", 0) == "0 ligne attend en quarantaine"
    assert french.count("quarantine.waits", 1_000_000).startswith("1\u202f000\u202f000 lignes")


@pytest.mark.parametrize(
    ("language", "days", "said"),
    [
        ("en", 313, "API 2026-10, 313 days left"),
        ("en", 1, "API 2026-10, 1 day left"),
        ("en", -1, "API 2026-10, which has ended"),
        ("fr", 0, "API 2026-10, encore 0 jour"),
        ("fr", 90, "API 2026-10, encore 90 jours"),
    ],
)
def test_how_long_the_vendor_still_has_our_version_of_its_api_is_said(language: str, days: int, said: str) -> None:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert api_fact(Speech(language, now), "2026-10", now.date() + timedelta(days=days)) == said


def test_an_api_without_an_end_is_named_alone() -> None:
    t = Speech("en", datetime.now(UTC))
    assert [api_fact(t, "wc/v3", None), api_fact(t, None, None)] == ["API wc/v3", None]


def test_exports_repairs_and_fields_that_are_kept_back_are_evidence() -> None:
    evidence = {"operations": 1, "missed": 3, "unseen": {"/email": 12, "/phone": 12}}
    assert [said.text for said in facts(Speech("en", datetime.now(UTC)), evidence)] == [
        "They came in 1 export, which the shop made for it.",
        "3 of the changes had been missed before, and are repaired.",
        "2 fields come empty for want of a permission; what was known of them stays.",
    ]
