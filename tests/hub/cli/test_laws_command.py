"""`luneo laws`: a line a law for people, one object for programs, an exit code for CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub.cli.commands import laws as command
from hub.testing.laws.matrix import Cell
from hub.testing.laws.outcome import Outcome
from hub.testing.laws.run import Report

if TYPE_CHECKING:
    from conftest import Luneo

CELL = Cell("bom", "put a mark", "products", "COMPLETE", 2, 0, "All rows were read.", "GET /products?offset=38 → 200", 0.1)


def test_one_law_is_tried_and_told_as_json(luneo: Luneo) -> None:
    ran = luneo("laws", "woocommerce", "--law", "L28", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["broken"] == 0
    assert ran.json["matrix"] == []
    assert [(one["law"], one["outcome"]) for one in ran.json["laws"]] == [("L28", "held")]


def test_one_law_is_one_line_with_its_mark(luneo: Luneo) -> None:
    ran = luneo("laws", "woocommerce", "--law", "11")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("– L11 401 for an expired token")
    assert "there is nothing to refresh" in ran.out
    assert "Laws: 0 held, 0 broken, 1 exempt." in ran.out


@pytest.mark.parametrize(
    ("words", "said"),
    [(("laws", "woocommerce", "--law", "L99"), "no law 'L99'"), (("laws", "nothing"), "no connector 'nothing'")],
)
def test_what_does_not_exist_is_said_in_a_line(luneo: Luneo, words: tuple[str, ...], said: str) -> None:
    ran = luneo(*words)
    assert ran.code == 1
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_broken_law_and_a_lost_row_are_counted_and_shown_with_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome("L1", "every row comes once", "broken", "1 of 190 rows are missing: 24", "GET /products → 200", 1.2)
    report = Report([outcome], [CELL])
    assert report.broken == 2
    command._line(outcome)
    command._sum(report)
    told = capsys.readouterr().out
    assert "✗ L1  every row comes once · broken: 1 of 190 rows are missing: 24 [GET /products → 200]" in told
    assert "✗ COMPLETE, 2 missing" in told
    assert "✗ bom, products: All rows were read. [GET /products?offset=38 → 200]" in told
    assert "0 of 1 hold" in told
