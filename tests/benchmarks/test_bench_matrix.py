"""The score says what was lost, and whether anybody was told."""

from __future__ import annotations

from benchmarks.matrix import score

GOOD = list(range(1, 11))


def test_every_row_there_is_whole_even_if_some_came_twice() -> None:
    assert score(GOOD, [*GOOD, 3], 0, "COMPLETE") == {
        "missing": 0,
        "repeated": 1,
        "exit": 0,
        "claim": "COMPLETE",
        "verdict": "whole",
    }


def test_a_missing_row_under_a_complete_verdict_is_a_silent_loss() -> None:
    assert score(GOOD, GOOD[:-1], 0, "COMPLETE")["verdict"] == "SILENT LOSS"


def test_a_missing_row_is_told_by_an_exit_status_or_by_a_verdict() -> None:
    assert score(GOOD, GOOD[:-1], 1, "COMPLETE")["verdict"] == "told"
    assert score(GOOD, GOOD[:-1], 0, "PARTIAL")["verdict"] == "told"


def test_rows_that_nobody_expected_and_ids_of_other_types_change_nothing() -> None:
    assert score(GOOD, [*GOOD, 99, None, "abc"], 0, "COMPLETE")["missing"] == 0
