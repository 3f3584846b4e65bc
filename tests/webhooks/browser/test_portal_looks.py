"""The portal seen by a real Chromium: both languages, both themes, at a desk and on a phone, and walked with the keyboard.

Screenshots go to LUNEO_SCREENSHOTS, or to pytest's temporary folder. LUNEO_LOOK (such as en-light-1280) takes one look alone.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub import registry
from hub.app import create_app
from hub.db.engine import Database
from hub.http import guarded_client
from hub.settings import Settings
from hub.testing.serving import serve
from hub.web.house import House
from tests.browsers import CHROMIUM, furnished, node
from tests.webhooks.browser.furnish import Furnished, furnish
from webhooks.portal.passes import PATH, issue
from webhooks.portal.speech import Said

SHOTS = os.environ.get("LUNEO_SCREENSHOTS")  # read here: a run of the tests puts our settings aside
ONLY = os.environ.get("LUNEO_LOOK")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"),
]


@pytest.fixture
async def hub_url(db: Database) -> AsyncIterator[str]:
    http = guarded_client([])
    async with serve(create_app(house=House(Settings(), db, registry.load(strict=True), http))) as url:
        yield url
    await http.close()


@pytest.fixture
async def rooms(db: Database, org: UUID) -> Furnished:
    return await furnish(db, org)


@pytest.fixture
async def seen(hub_url: str, db: Database, org: UUID, rooms: Furnished, tmp_path: Path) -> dict[str, Any]:
    workshop = await furnished(tmp_path, Path(__file__).parent / "portal.mjs")
    async with db.org(org) as unit:
        links = [f"{PATH}/open/{(await issue(unit, rooms.application, minutes=60))[0]}" for _ in range(9)]
    asked = {
        "url": hub_url, "chromium": CHROMIUM, "folder": str(Path(SHOTS or workshop / "screenshots")), "links": links,
        "pages": rooms.pages, "only": ONLY, "live": dict(rooms.pages)["replay"],
        "keys": sorted(key for key in keys() if "." in key),
    }  # fmt: skip
    found: dict[str, Any] = json.loads(await node("portal.mjs", json.dumps(asked), cwd=workshop, timeout=540))
    return found


def keys() -> set[str]:
    return set(json.loads((Said.folder / "en.json").read_text("utf-8")))


def test_the_portal_looks_right_to_a_browser(seen: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert len(seen["looks"]) == (1 if ONLY else 8)
    flaws = {(name, *look["look"].values()): page["violations"] for look in seen["looks"] for name, page in look["pages"].items()}
    assert {where: found for where, found in flaws.items() if found} == {}
    for look in seen["looks"]:
        assert look["complaints"] == [], look["look"]  # no report of the content policy among them, nor anything else
        assert look["strangers"] == [], look["look"]
        assert look["landed"].endswith("/portal"), look["landed"]
        assert look["firstFocus"] == "skip"
        assert (look["still"], look["follows"], look["stopped"]) == (True, True, True), look["look"]
        assert look["faults"] == {"focus": "faults", "invalid": ["filter"], "described": True, "kept": "Atelier"}, look["look"]
        french = look["look"]["language"] == "fr"
        assert look["detail"][1] == "", look["detail"]
        assert ("n’est pas une adresse publique" if french else "is not a public address") in look["detail"][0]
        assert look["secret"].startswith("whsec_")
        assert not look["secretAgain"]
        for name, page in look["pages"].items():
            where = f"{name} {look['look']}"
            assert page.get("status", 200) == (403 if name == "closed" else 200), where
            assert page["language"] == look["look"]["language"], where
            assert page["overflow"] == 0, where
            assert Path(page["file"]).stat().st_size > 5_000, where
            assert any("Inter" in family for family in page["fonts"]), where
            assert len(page["titles"]) == 1, where
            assert page["keys"] == [], where  # no sentence is missing
            assert page["paint"] is not None, where
            assert page["paint"] < 5000, where  # how quick it is, is looked at on a quiet machine
    paints = [page["paint"] for look in seen["looks"] for page in look["pages"].values()]
    told = f"first contentful paint of {len(paints)} pages: median {statistics.median(paints):.0f} ms, worst {max(paints):.0f} ms"
    with capsys.disabled():
        print(f"\n{told}")
    assert seen["spent"] == {"status": 410, "title": "Ce lien ne peut pas être ouvert", "violations": []}
    for name, walk in (seen["walks"] or {}).items():
        assert walk["met"] == walk["wanted"], f"{name}: {walk}"
        assert walk["unseen"] == 0, f"{name}: {walk}"
