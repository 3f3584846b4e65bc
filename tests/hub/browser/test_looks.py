"""The pages seen by a real Chromium: both languages, both themes, at a desk and on a phone.

Screenshots go to LUNEO_SCREENSHOTS, or to pytest's temporary folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from connectors.shopify.sandbox import Sandbox as Shopify
from hub import registry
from hub.catalog.raw import pack_all
from hub.dashboard.assets import SWAGGER, missing
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.http import guarded_client
from hub.installations.connect import connect
from hub.settings import Settings
from hub.sync.engine import Engine
from hub.sync.run import sync
from hub.testing.serving import serve
from hub.web.house import House
from tests.browsers import CHROMIUM, furnished, node
from tests.hub.served import KeyMaker, Woo

SHOTS = os.environ.get("LUNEO_SCREENSHOTS")  # read here: a run of the tests puts our settings aside

pytestmark = [
    pytest.mark.browser,
    pytest.mark.clock,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"),
]


@pytest.fixture
async def workshop(tmp_path: Path) -> Path:
    """A folder to look from."""
    return await furnished(tmp_path, Path(__file__).parent / "look.mjs")


async def furnish_shopify(house: House, org: UUID, shopify: Shopify, url: str) -> None:
    """A shop that exports, keeps buyers' data and old orders from us, and is found to have been missed."""
    shop = await connect(
        house.db, house.registry, house.http, org=org, connector="shopify", url=url,
        credentials=shopify.credentials(), name="Maison Pierre-de-Lune",
    )  # fmt: skip
    engine = Engine(house.db, house.registry, house.http)
    for resource in ("products", "orders", "customers"):
        await sync(engine, org, shop.id, resource, "backfill", "command")
    shopify.change("products", shopify.ids("products")[:3])
    await sync(engine, org, shop.id, "products", "sweep", "sweep")


async def furnish(house: House, org: UUID, woo: Woo) -> None:
    """A shop that is complete, one that is refused, a run that stopped, a run under way, rows in quarantine."""
    shop = await connect(
        house.db, house.registry, house.http, org=org, connector="woocommerce", url=woo.url,
        credentials=woo.credentials, name="Atelier Lumière", allow_http=True,
    )  # fmt: skip
    engine = Engine(house.db, house.registry, house.http)
    for resource in ("products", "orders", "customers"):
        await sync(engine, org, shop.id, resource, "backfill", "command")
    other = uuid7()
    async with house.db.org(org) as unit:
        await unit.execute(
            "insert into installation (org, id, connector, shop, name, url, status, capabilities) values ($1, $2, 'woocommerce', "
            "'corbeau.example', 'Maison Corbeau', 'https://corbeau.example/boutique', 'reconnect', "
            """'{"reconnect": "The consumer secret is not valid."}')""",
            org, other,
        )  # fmt: skip
        stopped = {"trouble": "gave_up", "tries": 6, "message": "503 Service Unavailable", "distinct": 1400, "store_total": 8210}
        for resource, verdict, evidence in (("products", "PARTIAL", stopped), ("orders", None, {}), ("customers", "FAILED", {})):
            await unit.execute(
                "insert into run (org, id, installation, resource, mode, cause, verdict, reason, evidence, heartbeat_at, "
                """progress) values ($1, $2, $3, $4, 'backfill', 'api', $5, 'Failed.', $6, now(), '{"done": 3, "total": 9}')""",
                org, uuid7(), other, resource, verdict, json.dumps(evidence),
            )  # fmt: skip
        for raw in (
            b'{"id": 118, "total": "12,90", "note": "<script>alert(1)</script>"}',
            b'{"id": 119, "x": "' + b"long " * 300 + b'"}',
        ):
            await unit.execute(
                "insert into quarantine (org, id, installation, resource, vendor_id, raw, reason, field) "
                "values ($1, $2, $3, 'orders', '118', $4, 'total ''12,90'' is not an exact decimal amount', '/total')",
                org, uuid7(), shop.id, pack_all([raw]),
            )  # fmt: skip


@pytest.fixture
async def shopify() -> AsyncIterator[tuple[Shopify, str]]:
    """A Shopify that listens: more products than are read by pages, and not everything shown."""
    sandbox = Shopify(
        products=260, orders=40, customers=12, variants=2, bucket=40_000, restore=2_000, all_orders=False, protected_data=False
    )
    async with serve(sandbox.app) as url:
        yield sandbox, url


@pytest.fixture
async def house(db: Database, woo: Woo, shopify: tuple[Shopify, str]) -> AsyncIterator[House]:
    """A hub that may reach exactly these shops."""
    allowed = [woo.authority, shopify[1].partition("://")[2]]
    http = guarded_client(allowed)
    yield House(Settings(egress_allow=allowed), db, registry.load(strict=True), http)
    await http.close()


@pytest.fixture
async def seen(
    house: House, org: UUID, woo: Woo, shopify: tuple[Shopify, str], hub_url: str, make_key: KeyMaker, workshop: Path
) -> dict[str, Any]:
    await furnish_shopify(house, org, *shopify)
    await furnish(house, org, woo)
    folder = Path(SHOTS or workshop / "screenshots")  # the browser makes it
    asked = {"url": hub_url, "key": await make_key(), "chromium": CHROMIUM, "folder": str(folder)}
    found: dict[str, Any] = json.loads(await node("look.mjs", json.dumps(asked), cwd=workshop, timeout=240))
    return found


def test_the_pages_look_right_to_a_browser(seen: dict[str, Any]) -> None:
    assert missing(*SWAGGER, "inter-latin.woff2", "playfair-latin.woff2") == []
    assert len(seen["looks"]) == 8
    flaws = {(name, *look["look"].values()): page["violations"] for look in seen["looks"] for name, page in look["pages"].items()}
    assert {where: found for where, found in flaws.items() if found} == {}
    for look in seen["looks"]:
        assert look["complaints"] == [], look["look"]  # no report of the content policy among them, nor anything else
        assert look["strangers"] == [], look["look"]
        assert look["firstFocus"] == "skip"
        assert look["opened"], "a run or a row does not open by keyboard"
        for name, page in look["pages"].items():
            where = f"{name} {look['look']}"
            assert page["language"] == look["look"]["language"], where
            assert page["overflow"] == 0, where
            assert Path(page["file"]).stat().st_size > 5_000, where
            assert any("Inter" in family for family in page["fonts"]), where
            assert page["paint"] is not None, where
            assert page["paint"] < 5000, where  # how quick it is, is looked at on a quiet machine
    assert seen["docs"] == {"complaints": [], "strangers": [], "operations": seen["docs"]["operations"]}
    assert seen["docs"]["operations"] >= 20
