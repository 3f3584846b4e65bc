"""The Shopify connector lives through every law and every hostile mode: what `luneo laws shopify` tries, item by item."""

from __future__ import annotations

import asyncio
import os
from typing import cast

import pytest

from connectors.shopify.connector import Shopify
from hub.db.engine import Database
from hub.ports import Connector
from hub.testing.hostile import Mode
from hub.testing.laws.book import laws
from hub.testing.laws.ground import Ground
from hub.testing.laws.matrix import cell
from hub.testing.laws.run import try_law

CYCLES = int(os.environ.get("LUNEO_CRASH_CYCLES", "4"))
MARKS = {"L13": [pytest.mark.crash, pytest.mark.slow], "L26": [pytest.mark.slow, pytest.mark.clock], "L27": [pytest.mark.clock]}


@pytest.mark.parametrize("number", [pytest.param(number, marks=MARKS.get(number, [])) for number in laws()])
async def test_a_law_holds_without_exemption(number: str, db: Database) -> None:
    outcome = await try_law(laws()[number], Ground(cast("Connector", Shopify()), db, cycles=CYCLES))
    assert outcome.outcome == "held", f"{outcome.title}: {outcome.reason} [{outcome.request}]"
    assert outcome.reason


@pytest.mark.parametrize("mode", list(Mode))
async def test_no_good_row_is_missing_or_the_verdict_is_not_complete(mode: Mode, db: Database) -> None:
    connector = cast("Connector", Shopify())
    ground = Ground(connector, db)
    cells = await asyncio.gather(*(cell(ground, mode, resource.name) for resource in connector.resources))
    for one in cells:
        assert not one.what.startswith("nothing"), f"{one.resource}: the trouble never struck"
        assert one.good, f"{one.resource}: {one.verdict}, {one.missing} missing: {one.reason} [{one.request}]"
