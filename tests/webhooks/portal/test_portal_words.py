from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID

import httpx
import pytest

import webhooks.portal
from hub.dashboard.speech import catalogue
from hub.db.engine import Database
from hub.errors import Unprocessable
from schemas.event import EVENT_TYPES
from tests.webhooks.browser.furnish import furnish
from tests.webhooks.portal.conftest import Browser, Opener
from webhooks.partners import types
from webhooks.portal.brand import sheet
from webhooks.portal.catalogue import snippets
from webhooks.portal.colour import DARK_GROUND, ENOUGH, LIGHT_GROUND, WHITE, checked, contrast
from webhooks.portal.speech import Said
from webhooks.send import answer as words

ROOM = Path(webhooks.portal.__file__).parent
FAMILIES = (
    "door.", "error.", "done.", "health.", "fault.", "family.", "type.", "state.", "replay.scope.", "replay.is.", "tab.",
    "wrong.", "secret.keep.", "verify.", "attempt.cause.", "rule.", "day.", "just_now",
)  # fmt: skip


def said(language: str) -> dict[str, str]:
    return catalogue(language, Said.folder)


def test_both_catalogues_say_the_same_things_with_the_same_blanks() -> None:
    english, french = said("en"), said("fr")
    assert list(english) == list(french)
    for key, sentence in english.items():
        assert set(re.findall(r"\{(\w*)\}", sentence)) == set(re.findall(r"\{(\w*)\}", french[key])), key


def test_french_is_spaced_as_french_is() -> None:
    for key, sentence in said("fr").items():
        assert not re.search(r"[ \w][:;?!](?:\s|$)", re.sub(r"\{\w+\}", "", sentence)), key


def test_every_sentence_that_the_code_asks_for_exists_and_each_is_asked_for() -> None:
    sources = "".join(path.read_text("utf-8") for path in [*ROOM.glob("*.py"), *ROOM.glob("templates/*.html")])
    known = said("en")
    for key in re.findall(r"""\bt\(f?"([a-z_.]+)"[,)]""", sources):
        assert key in known, key
    for key in known:
        stem = key.removesuffix(".one").removesuffix(".other")
        assert re.search(f"[\"']{re.escape(stem)}[\"']", sources) or key.startswith(FAMILIES), f"{key} is said nowhere"


def test_every_word_of_the_sender_and_every_event_type_has_a_sentence() -> None:
    faults = {value for name, value in vars(words).items() if name.isupper() and isinstance(value, str)}
    assert faults
    assert {f"fault.{word}" for word in faults} <= set(said("en"))
    assert {f"type.{name}" for name in EVENT_TYPES} <= set(said("en"))
    assert {f"family.{name.partition('.')[0]}" for name in EVENT_TYPES} <= set(said("en"))


class Outline(HTMLParser):
    """What a strict content policy would stop, what the page loads, and what its forms carry."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loads: list[str] = []
        self.forms: list[bool] = []
        self.labels: set[str] = set()
        self.fields: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.inline += [f"{tag} {name}" for name in known if name == "style" or name.startswith("on")]
        if tag in ("script", "style"):
            self.inline.append(tag)
        if tag in ("link", "img", "script"):
            self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "form" and known.get("method") == "post":
            self.forms.append(False)
        if tag == "input" and known.get("name") == "form" and self.forms:
            self.forms[-1] = True


async def test_pages_hold_nothing_inline_load_nothing_from_elsewhere_and_vouch_for_their_forms(
    stranger: Browser, db: Database, org: UUID, link_to: Opener
) -> None:
    rooms = await furnish(db, org)
    await stranger.http.post(await link_to(rooms.application))
    loaded = set()
    for _, path in [("", ""), ("", "/endpoints/new"), ("", "/nothing"), *rooms.pages]:
        for language in ("en", "fr"):
            answer = await stranger.get(path, headers={"accept-language": language})
            outline = Outline()
            outline.feed(answer.text)
            assert outline.inline == [], path
            assert all(outline.forms), path
            assert all(load.startswith(("/assets/", "/portal/")) for load in outline.loads), path
            assert "script-src" not in answer.headers["content-security-policy"]
            loaded |= set(outline.loads)
    for load in loaded:
        answer = await stranger.http.get(load)
        assert answer.status_code == 200, load
        assert "max-age=31536000" in answer.headers["cache-control"] or "fonts" in load or load.endswith(".woff2"), load
    assert "/portal/accent/7a1f3d.css" in loaded


async def test_an_application_without_endpoints_is_told_how_to_begin(
    stranger: Browser, db: Database, org: UUID, link_to: Opener
) -> None:
    rooms = await furnish(db, org)
    await stranger.http.post(await link_to(rooms.empty))
    assert "No endpoint yet" in (await stranger.get("")).text


# -- the catalogue -------------------------------------------------------------------------------------------------


async def test_the_catalogue_shows_our_types_in_both_languages_and_the_organisations_own(
    partner: Browser, db: Database, org: UUID
) -> None:
    async with db.org(org) as unit:
        schema = {"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}
        await types.create(unit, "season.runs_low", "Few <b>left</b>.", schema, {"sku": "LAMP-1"})
    page = (await partner.get("/types")).text
    assert "season.runs_low" in page
    assert "Few &lt;b&gt;left&lt;/b&gt;." in page
    assert "Un produit a changé dans une boutique." in (await partner.get("/types?lang=fr")).text
    own = (await partner.get("/types/season.runs_low?lang=en")).text
    assert "LAMP-1" in own
    assert "&#34;required&#34;" in own
    async with db.org(org) as unit:
        await types.archive(unit, "season.runs_low")
    assert (await partner.get("/types/season.runs_low")).status_code == 404
    assert (await partner.get("/types/no.such")).status_code == 404


def test_the_code_to_copy_is_that_of_the_documentation() -> None:
    found = {snippet.name: snippet.text for snippet in snippets()}
    assert list(found) == ["Python", "JavaScript", "PHP"]
    assert "def verify(" in found["Python"]


# -- the brand -----------------------------------------------------------------------------------------------------


async def test_a_brand_is_put_on_and_its_colour_served_as_a_stylesheet(api: httpx.AsyncClient, partner: Browser) -> None:
    assert (await api.get("/v1/portal-brand")).json() == {"name": "Acme", "accent": None, "updated_at": None}
    answer = await api.put("/v1/portal-brand", json={"name": " Maison Lumière ", "accent": "#0A5C46"})
    assert (answer.json()["name"], answer.json()["accent"]) == ("Maison Lumière", "#0a5c46")
    page = (await partner.get("")).text
    assert "Maison Lumière" in page
    assert "Acme" not in page
    assert '<link rel="stylesheet" href="/portal/accent/0a5c46.css">' in page
    answer = await partner.http.get("/portal/accent/0a5c46.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "--primary: #0a5c46;" in answer.text
    kept = await partner.http.get("/portal/accent/0a5c46.css", headers={"if-none-match": answer.headers["etag"]})
    assert kept.status_code == 304
    for name in ("d4af37", "zzz", "0a5c46}body{display:none"):
        assert (await partner.http.get(f"/portal/accent/{name}.css")).status_code == 404


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        ({"accent": "#d4af37"}, "accent", "a contrast of 2.1:1"),
        ({"accent": "gold"}, "accent", "is no colour"),
        ({"accent": "#fff;}"}, "accent", "is no colour"),
        ({"name": ""}, "name", "1 to 80"),
        ({"name": "a\nb"}, "name", "1 to 80"),
        ({"name": "x" * 81}, "name", "1 to 80"),
    ],
)
async def test_a_brand_that_cannot_be_read_is_refused_with_the_reason(
    api: httpx.AsyncClient, asked: dict[str, str], field: str, told: str
) -> None:
    answer = await api.put("/v1/portal-brand", json=asked)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == field
    assert told in error["message"]
    assert (await api.get("/v1/portal-brand")).json()["accent"] is None


def test_the_colour_that_is_offered_instead_does_serve() -> None:
    for bright in ("#d4af37", "#ff9500", "#34c759", "#ffffff", "#777777"):
        with pytest.raises(Unprocessable) as refused:
            checked(bright)
        assert checked(refused.value.details["nearest"])
        assert refused.value.details["contrast"] < ENOUGH


@pytest.mark.parametrize("accent", ["#7a1f3d", "#0a5c46", "#0071e3", "#000000", "#0000ff", "#767676", "#b3201a"])
def test_every_accent_can_be_read_wherever_it_stands(accent: str) -> None:
    light, dark = sheet(checked(accent)).split("@media")
    tokens = [dict(re.findall(r"--([\w-]+): (#\w{6});", part)) for part in (light, dark)]
    assert contrast(tokens[0]["primary"], WHITE) >= ENOUGH
    assert contrast(tokens[0]["primary-deep"], WHITE) >= ENOUGH
    for known, ground in zip(tokens, (LIGHT_GROUND, DARK_GROUND), strict=True):
        assert contrast(known["link"], ground) >= ENOUGH
        assert contrast(known["calm-ink"], known["calm-fill"]) >= ENOUGH


def test_refusals_in_french_are_patterns_that_work() -> None:
    known = json.loads((ROOM / "words" / "refusals.fr.json").read_text("utf-8"))
    for pattern, told in known.items():
        groups = re.compile(pattern).groups
        assert all(int(n) <= groups for n in re.findall(r"\\(\d)", told)), pattern
