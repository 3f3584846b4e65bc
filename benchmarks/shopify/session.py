"""All Shopify rows one after another, and the figures that come of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.bench import Bench, say
from benchmarks.comparisons import Costs
from benchmarks.ours import Luneo
from benchmarks.peers.airbyte_shopify import AirbyteShopify
from benchmarks.shopify import comparisons
from benchmarks.shopify.comparisons import ShopSizes, Sides
from benchmarks.shopify.goods import Scale
from benchmarks.shopify.pace import WINDOW, pace
from benchmarks.shopify.place import open_shop

#: Quick: the backfill once and smaller; a million lines are a million lines.
QUICK_SIZES = ShopSizes(products=20_000, wide=8, rounds=1)
FIGURES = (
    "shopify_products_per_cpu_s", "shopify_memory_mb", "shopify_missing", "shopify_wide_missing", "bulk_lines_memory_mb",
    "bulk_lines_us", "cost_budget_used", "throttled",
)  # fmt: skip


class ShopifySession:
    """`run` fills `costs`, `figures` and `shopify`, which tells sizes and what each side had in the end."""

    def __init__(self, bench: Bench, ours: Luneo | None, peer: AirbyteShopify | None, sizes: ShopSizes) -> None:
        self.bench = bench
        self.sizes = sizes
        self.parties = (ours, peer)
        self.costs: dict[str, Costs] = {}
        self.figures: dict[str, float | None] = dict.fromkeys(FIGURES)
        self.told: dict[str, Any] = {}

    def run(self, guarded: Callable[[str, Callable[[], None]], None]) -> None:
        """`guarded` runs a section under its name, and notes when it breaks."""
        with open_shop() as place:
            sides = Sides(*self.parties, place)
            guarded("shopify backfill", lambda: self._compare("shopify", sides, *comparisons.ordinary(self.sizes), "missing"))
            wide = comparisons.wide(self.sizes)
            guarded("shopify, 2,048 variants", lambda: self._compare("shopify_wide", sides, *wide, "wide_missing"))
            if self.parties[0]:
                guarded("shopify, a million lines", lambda: self._lines(sides))
                guarded("shopify, cost budget", lambda: self._pace(sides))

    def _compare(self, name: str, sides: Sides, scale: Scale, streams: tuple[str, ...], lost: str) -> None:
        rounds = self.sizes.rounds if name == "shopify" else 1
        costs = self.costs[name] = comparisons.backfill(self.bench, sides, scale, streams, name, rounds)
        missing = comparisons.missing(self.bench, sides, scale, name)
        self.told[name] = {"there": comparisons.expected(scale), "missing": missing}
        say(f"  {name}: missing {missing}")
        if sides.ours:
            self.figures[f"shopify_{lost}"] = missing["luneo"]
        done = [cost for cost in costs.get("luneo sync", ()) if cost.status == 0]
        if name == "shopify" and done:
            self.figures["shopify_products_per_cpu_s"] = round(scale.products / sorted(c.cpu for c in done)[len(done) // 2], 1)
            self.figures["shopify_memory_mb"] = round(max(cost.memory for cost in done), 1)

    def _lines(self, sides: Sides) -> None:
        cost, lines = comparisons.million_lines(self.bench, sides, self.sizes.lines)
        self.costs["bulk_lines"] = {"luneo extract --raw": [cost]}
        self.told["bulk_lines"] = lines
        if cost.status == 0:
            self.figures["bulk_lines_memory_mb"] = round(cost.memory, 1)
            self.figures["bulk_lines_us"] = round(cost.cpu / lines * 1e6, 2)

    def _pace(self, sides: Sides) -> None:
        assert sides.ours is not None
        found = pace(self.bench, sides.ours, sides.place, WINDOW)
        self.told["points_spent"] = found.pop("points_spent")
        self.figures.update(found)
