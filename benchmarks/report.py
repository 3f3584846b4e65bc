"""The figures as ratios, as a table for people and as one JSON object for programs."""

from __future__ import annotations

from typing import Any

from benchmarks.comparisons import Costs
from benchmarks.hostile import MODES
from benchmarks.matrix import Score
from benchmarks.measure import Cost, median

RATIOS = {
    "full_sync_vs_dlt": ("full", "dlt into PostgreSQL", "luneo sync"),
    "extract_raw_vs_airbyte": ("full", "airbyte", "luneo extract --raw"),
    "extract_canonical_vs_airbyte": ("full", "airbyte", "luneo extract --canonical"),
    "incremental_vs_airbyte": ("incremental", "airbyte", "luneo"),
    "incremental_vs_dlt": ("incremental", "dlt", "luneo"),
    "incremental_vs_singer": ("incremental", "singer", "luneo"),
    "resync_unchanged_ratio": ("full", "luneo sync", "luneo sync, unchanged"),
    "shopify_backfill_ratio": ("shopify", "airbyte-source-shopify", "luneo sync"),
    "shopify_raw_ratio": ("shopify", "airbyte-source-shopify", "luneo extract --raw"),
    "shopify_canonical_ratio": ("shopify", "airbyte-source-shopify", "luneo extract --canonical"),
    "shopify_wide_ratio": ("shopify_wide", "airbyte-source-shopify", "luneo sync"),
    "shopify_resync_unchanged_ratio": ("shopify", "luneo sync", "luneo sync, unchanged"),
}
AT_LEAST = {
    "full_sync_vs_dlt": 3.0,
    "extract_raw_vs_airbyte": 2.0,
    "extract_canonical_vs_airbyte": 0.5,
    "incremental_vs_airbyte": 10.0,
    "incremental_vs_dlt": 10.0,
    "incremental_vs_singer": 5.0,
    "resync_unchanged_ratio": 4.0,
    "api_requests_per_cpu_s": 300.0,
}
AT_MOST = {"startup_cpu_s": 0.8, "memory_mb_10k": 200.0, "memory_mb_200k": 200.0, "growth_per_row": 1.25}
#: Of the Shopify rows; those that nothing is promised of are not here, and are in the object all the same.
SHOPIFY_AT_LEAST = {"shopify_backfill_ratio": 1.0, "cost_budget_used": 0.9}
SHOPIFY_AT_MOST = {
    "shopify_missing": 0.0,
    "shopify_wide_missing": 0.0,
    "bulk_lines_memory_mb": 200.0,
    "throttled": 0.0,
}
FURTHER = (
    "shopify_raw_ratio", "shopify_canonical_ratio", "shopify_products_per_cpu_s", "shopify_memory_mb", "shopify_wide_ratio",
    "shopify_resync_unchanged_ratio", "bulk_lines_us",
)  # fmt: skip
FLOORS, CEILINGS = AT_LEAST | SHOPIFY_AT_LEAST, AT_MOST | SHOPIFY_AT_MOST


def asked(only: str | None) -> list[str]:
    """The figures that a run must give: all, or those of `woocommerce` or `shopify`."""
    parts = {"woocommerce": [*AT_LEAST, *AT_MOST], "shopify": [*SHOPIFY_AT_LEAST, *SHOPIFY_AT_MOST]}
    return [name for shop, names in parts.items() if only in (None, shop) for name in names]


def usable(costs: list[Cost]) -> Cost | None:
    """The median of rounds that all ended well, else nothing."""
    return median(costs) if costs and not any(cost.status for cost in costs) else None


def medians(sections: dict[str, Costs]) -> dict[str, dict[str, Cost]]:
    """section → party → median cost, of what could be measured."""
    return {
        section: {name: cost for name, rounds in parties.items() if (cost := usable(rounds))}
        for section, parties in sections.items()
    }


def ratios(costs: dict[str, dict[str, Cost]]) -> dict[str, float | None]:
    """How many times our CPU-seconds the other one took (for `resync`: the second time against the first). None: not measured."""
    found: dict[str, float | None] = {}
    for name, (section, theirs, ours) in RATIOS.items():
        pair = costs.get(section, {}).get(theirs), costs.get(section, {}).get(ours)
        found[name] = round(pair[0].cpu / pair[1].cpu, 2) if pair[0] and pair[1] and pair[1].cpu else None
    start = costs.get("cold_start", {}).get("luneo connectors")
    found["startup_cpu_s"] = round(start.cpu, 3) if start else None
    return found


def good(name: str, value: float | None) -> bool:
    """Whether a figure reaches what we promise."""
    if value is None:
        return False
    return value >= FLOORS[name] if name in FLOORS else value <= CEILINGS[name]


def table(report: dict[str, Any], costs: dict[str, dict[str, Cost]], scores: dict[str, dict[str, Score]]) -> str:
    """The whole report for a person."""
    lines = [f"sizes: {', '.join(f'{name} {count}' for name, count in report['sizes'].items())}", ""]
    for section, parties in costs.items():
        lines += [section.replace("_", " "), f"  {'':28}{'CPU-s':>9}{'PostgreSQL':>12}{'wall s':>9}{'MB':>7}"]
        for name, cost in parties.items():
            lines.append(f"  {name:28}{cost.cpu:9.2f}{cost.postgres:12.2f}{cost.wall:9.2f}{cost.memory:7.0f}")
        lines.append("")
    lines += hostile_table(scores)
    lines.append("figures (CPU-seconds of all processes; a ratio above 1 means that we need less)")
    for name in asked(report.get("only")):
        value = report.get(name)
        promised = f"at least {FLOORS[name]:g}" if name in FLOORS else f"at most {CEILINGS[name]:g}"
        shown = "not measured" if value is None else f"{value:g}"
        lines.append(f"  {name:30}{shown:>14}   {promised:14} {'yes' if good(name, value) else 'NO'}")
    further = {name: report[name] for name in FURTHER if report.get(name) is not None}
    lines += [f"  {name:30}{value:14g}" for name, value in further.items()]
    lines += ["", *(f"! {failure}" for failure in report["failures"])]
    return "\n".join(lines).rstrip()


def hostile_table(scores: dict[str, dict[str, Score]]) -> list[str]:
    """mode by party: missing rows / exit status, and the loss that was not told in capitals."""
    names = sorted({name for row in scores.values() for name in row})
    if not names:
        return []
    lines = ["hostile store, 1,000 products: untouched good rows missing / exit status"]
    lines.append(f"  {'':32}" + "".join(f"{name:>24}" for name in names))
    for mode, row in scores.items():
        cells = [_cell(row[name]) if name in row else "-" for name in names]
        lines.append(f"  {MODES[mode]:32}" + "".join(f"{cell:>24}" for cell in cells))
    return [*lines, ""]


def _cell(score: Score) -> str:
    twice = f", {score['repeated']} twice" if score["repeated"] else ""
    return f"{score['missing']} / {score['exit']} {score['verdict']}{twice}"
