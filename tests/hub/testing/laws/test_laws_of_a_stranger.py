"""The laws know no vendor: one that was made up for this file lives through all of them."""

from __future__ import annotations

from typing import cast

import pytest
from kiosk import Kiosk

from hub.db.engine import Database
from hub.ports import Connector
from hub.testing.hostile import Mode
from hub.testing.laws.book import laws
from hub.testing.laws.ground import Ground
from hub.testing.laws.matrix import cell
from hub.testing.laws.run import try_law

EXEMPT = {"L11": "nothing to refresh", "L16": "nested", "L22": "sends no webhooks", "L23": "sends no webhooks"}
APART = {"L13", "L25", "L26"}  # they start processes, which cannot import what stands beside a test


def ground(db: Database) -> Ground:
    return Ground(cast("Connector", Kiosk()), db)


@pytest.mark.parametrize("number", [number for number in laws() if number not in APART])
async def test_a_law_can_be_tried_on_a_stranger(number: str, db: Database) -> None:
    outcome = await try_law(laws()[number], ground(db))
    assert outcome.outcome == ("exempt" if number in EXEMPT else "held"), f"{outcome.reason} [{outcome.request}]"
    assert EXEMPT.get(number, "") in outcome.reason


@pytest.mark.parametrize("mode", [Mode.SHORT_PAGE, Mode.LYING_TOTAL, Mode.NULL_ROW, Mode.ROWS_DELETED, Mode.HTML_200])
async def test_the_hostile_matrix_can_be_tried_on_a_stranger(mode: Mode, db: Database) -> None:
    found = await cell(ground(db), mode, "goods")
    assert not found.what.startswith("nothing")
    assert found.good, found.reason
