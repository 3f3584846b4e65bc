"""The connector as the hub sees it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest

from connectors.shopify import documents
from connectors.shopify.connector import API_VERSION, STAMPS, Shopify
from connectors.shopify.documents import load
from connectors.shopify.mapping import STAMPS as MAPPED_STAMPS
from hub.cli.commands.connectors import describe
from hub.ports import Connector, Exporter, Store, Writer
from hub.registry import load as installed
from hub.testing.laws.ground import Ground
from hub.testing.laws.outcome import Broken
from hub.testing.laws.versions import api_version
from tests.connectors.shopify.client.stock import opened

HEAVY = {"httpx", "httpcore", "fastapi", "uvicorn", "graphql", "shopify", "msgspec", "pydantic", "sqlalchemy", "cryptography"}


def test_it_is_a_connector_that_is_found() -> None:
    connector: Connector = Shopify()
    assert [resource.name for resource in connector.resources] == ["products", "orders", "customers"]
    assert all(
        resource.paging == "cursor" and resource.incremental and not resource.child_kind for resource in connector.resources
    )
    assert installed().connectors["shopify"].manifest == connector.manifest
    assert connector.manifest.api_version == API_VERSION


def test_to_know_it_costs_nothing() -> None:
    code = "import sys; import connectors.shopify as s; s.register_connectors(); print(sorted(HEAVY & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code.replace("HEAVY", repr(HEAVY))], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


async def test_the_pinned_version_lives_for_ninety_days_or_more() -> None:
    reason = await api_version(Ground(Shopify(), None))  # type: ignore[arg-type]
    assert "2026-10 ends on 2027-10-01" in reason


async def test_ninety_days_before_its_end_the_version_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(date):
        @classmethod
        def today(cls) -> date:
            return date(2027, 10, 1) - timedelta(days=89)

    monkeypatch.setattr("hub.testing.laws.versions.date", Late)
    with pytest.raises(Broken, match="in 89 days: move to a newer one"):
        await api_version(Ground(Shopify(), None))  # type: ignore[arg-type]


def test_the_command_line_tells_the_days_that_are_left() -> None:
    told: dict[str, Any] = describe(Shopify())
    assert told["api_days_left"] == (date(2027, 10, 1) - date.today()).days


def test_what_only_tells_of_saving_is_the_same_here_and_in_the_mapping() -> None:
    assert {resource.stamps for resource in Shopify().resources} == {STAMPS} == set(MAPPED_STAMPS.values())


def test_every_document_is_there_and_begins_with_its_operation() -> None:
    names = [one.name.removesuffix(".graphql") for one in files(documents).iterdir() if one.name.endswith(".graphql")]
    assert len(names) > 20
    for name in names:
        body = "\n".join(line for line in load(name).splitlines() if not line.startswith("#"))
        assert body.lstrip().startswith(("query ", "mutation ")), name


async def test_a_store_and_its_writer_fit_the_ports() -> None:
    connector = Shopify()
    async with opened() as shop:
        store: Store = connector.open(shop.opening)
        assert isinstance(store, Exporter)
        writer: Writer = connector.writer(store)
        assert writer
        with pytest.raises(TypeError, match="a store of this connector"):
            connector.writer(object())  # type: ignore[arg-type]
        await store.close()


@pytest.mark.parametrize(
    ("given", "made"), [("Luneo", "https://luneo.myshopify.com"), ("http://127.0.0.1:8000/", "http://127.0.0.1:8000")]
)
def test_an_address_is_read_as_people_write_it(given: str, made: str) -> None:
    assert Shopify().normalise_url(given) == made
