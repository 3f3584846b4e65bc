"""The WooCommerce connector lives through every law and every hostile mode: what `luneo laws woocommerce` tries, item by item."""

from __future__ import annotations

import asyncio
import os

import pytest

from connectors.woocommerce.connector import WooCommerce
from hub.db.engine import Database
from hub.testing.hostile import Mode
from hub.testing.laws.book import laws
from hub.testing.laws.ground import Ground
from hub.testing.laws.matrix import cell
from hub.testing.laws.run import try_law

CYCLES = int(os.environ.get("LUNEO_CRASH_CYCLES", "10"))
EXEMPT = {"L11": "nothing to refresh"}
MARKS = {"L13": [pytest.mark.crash, pytest.mark.slow], "L26": [pytest.mark.slow, pytest.mark.clock], "L27": [pytest.mark.clock]}


@pytest.mark.parametrize("number", [pytest.param(number, marks=MARKS.get(number, [])) for number in laws()])
async def test_a_law_holds(number: str, db: Database) -> None:
    outcome = await try_law(laws()[number], Ground(WooCommerce(), db, cycles=CYCLES))
    if number in EXEMPT:
        assert outcome.outcome == "exempt"
        assert EXEMPT[number] in outcome.reason
    else:
        assert outcome.outcome == "held", f"{outcome.title}: {outcome.reason} [{outcome.request}]"
        assert outcome.reason


@pytest.mark.parametrize("mode", list(Mode))
async def test_no_good_row_is_missing_or_the_verdict_is_not_complete(mode: Mode, db: Database) -> None:
    connector = WooCommerce()
    ground = Ground(connector, db)
    cells = await asyncio.gather(*(cell(ground, mode, resource.name) for resource in connector.resources))
    for one in cells:
        assert not one.what.startswith("nothing"), f"{one.resource}: the trouble never struck"
        assert one.good, f"{one.resource}: {one.verdict}, {one.missing} missing: {one.reason} [{one.request}]"
