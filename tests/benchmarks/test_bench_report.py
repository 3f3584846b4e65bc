"""The report: ratios from medians, and nothing that failed is hidden."""

from __future__ import annotations

from benchmarks.matrix import score
from benchmarks.measure import Cost
from benchmarks.report import AT_LEAST, AT_MOST, CEILINGS, FLOORS, asked, good, hostile_table, medians, ratios, table

FULL = {
    "airbyte": [Cost(6, 0, 6, 90, 0), Cost(8, 0, 8, 90, 0)],
    "luneo extract --raw": [Cost(2, 0, 2, 50, 0)],
    "dlt into PostgreSQL": [Cost(36, 14, 30, 500, 0)],
    "luneo sync": [Cost(10, 4, 9, 100, 0)],
    "luneo sync, unchanged": [Cost(2, 0.1, 2, 90, 0)],
    "singer": [Cost(1, 0, 1, 50, 0), Cost(1, 0, 1, 50, 1)],
}


def test_a_ratio_is_their_median_by_ours() -> None:
    found = ratios(medians({"full": FULL}))
    assert found["extract_raw_vs_airbyte"] == 3.5
    assert found["full_sync_vs_dlt"] == 3.6
    assert found["resync_unchanged_ratio"] == 5


def test_what_was_not_measured_has_no_ratio_and_is_not_good() -> None:
    found = ratios(medians({"full": FULL}))
    assert found["incremental_vs_airbyte"] is None and found["startup_cpu_s"] is None
    assert not good("incremental_vs_airbyte", None)


def test_a_party_that_failed_in_one_round_has_no_figures() -> None:
    assert "singer" not in medians({"full": FULL})["full"]


def test_floors_and_ceilings_are_told_apart() -> None:
    assert good("full_sync_vs_dlt", 3.0) and not good("full_sync_vs_dlt", 2.9)
    assert good("memory_mb_200k", 180) and not good("memory_mb_200k", 201)


def test_the_table_names_every_figure_and_every_failure() -> None:
    costs = medians({"full": FULL})
    report = ratios(costs) | {"sizes": {"full": 40}, "failures": ["dlt could not be installed: no network"]}
    text = table(report, costs, {})
    assert all(name in text for name in [*AT_LEAST, *AT_MOST])
    assert "! dlt could not be installed: no network" in text and "not measured" in text


def test_the_rows_of_one_store_are_asked_for_alone() -> None:
    assert set(asked("shopify")) & set(asked("woocommerce")) == set()
    assert set(asked(None)) == {*asked("shopify"), *asked("woocommerce")} == {*FLOORS, *CEILINGS}
    text = table({"sizes": {}, "only": "shopify", "failures": [], "shopify_backfill_ratio": 1.5}, {}, {})
    assert "shopify_backfill_ratio" in text and "full_sync_vs_dlt" not in text


def test_a_backfill_ratio_is_theirs_by_ours_for_the_same_products() -> None:
    shop = {"airbyte-source-shopify": [Cost(6, 0, 6, 90, 0)], "luneo sync": [Cost(4, 1, 4, 90, 0)]}
    assert ratios(medians({"shopify": shop}))["shopify_backfill_ratio"] == 1.5


def test_the_hostile_table_shouts_a_silent_loss() -> None:
    lines = hostile_table({"html": {"airbyte": score(range(1000), range(300), 0, "COMPLETE")}})
    assert any("700 / 0 SILENT LOSS" in line for line in lines)
