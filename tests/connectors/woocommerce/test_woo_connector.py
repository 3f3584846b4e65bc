"""The connector as the hub sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import connectors.woocommerce
from connectors.woocommerce.connector import WooCommerce
from hub.ports import Connector, ShopSettings, Store, Writer
from tests.connectors.woocommerce.woo_shop import PRODUCTS, WOO, opened

CAPTURES = Path(connectors.woocommerce.__file__).parent / "captures"
HEAVY = {
    "httpx",
    "httpcore",
    "fastapi",
    "uvicorn",
    "woocommerce",
    "requests",
    "msgspec",
    "pydantic",
    "sqlalchemy",
    "cryptography",
}


def test_it_is_a_connector() -> None:
    connector: Connector = WooCommerce()
    assert [resource.name for resource in connector.resources] == ["products", "orders", "customers"]
    assert {resource.name: resource.incremental for resource in connector.resources} == {
        "products": True, "orders": True, "customers": False,
    }  # fmt: skip


def test_to_know_it_costs_nothing() -> None:
    code = "import sys; import connectors.woocommerce as w; w.register_connectors(); print(sorted(HEAVY & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code.replace("HEAVY", repr(HEAVY))], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_webhook_is_parsed_without_an_http_library() -> None:
    code = (
        "import sys; import connectors.woocommerce.inbound; print(sorted({'httpx', 'httpcore', 'requests'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_mapping_and_explaining_go_through_the_port() -> None:
    text = (CAPTURES / "04-product-simple.json").read_bytes()
    [body, *_] = WOO.objects_in("product", text)
    settings = ShopSettings(currency="EUR")
    mapped = PRODUCTS.map(body, [], settings)
    assert mapped.vendor_id == str(json.loads(body)["id"])
    assert WOO.explain("product", body, [], settings).canonical == mapped.doc
    assert WOO.to_native("product", mapped.doc)["name"] == json.loads(body)["name"]


async def test_a_store_and_its_writer_fit_the_ports() -> None:
    async with opened(products=1, orders=0, customers=0) as shop:
        store: Store = WOO.open(shop.opening)
        writer: Writer = WOO.writer(store)
        assert writer
        await store.close()


def test_the_sandbox_takes_its_scale_by_name() -> None:
    assert len(WOO.sandbox(products=3, orders=0, customers=0).ids("products")) == 3
