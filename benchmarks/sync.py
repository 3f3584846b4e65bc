"""`python -m benchmarks.sync [--quick] [--json] [--only SHOP] [--rounds N] [--products N]`: we and others read the same store.

Two stores: a WooCommerce one, which airbyte-cdk, singer-sdk and dlt read too, and a Shopify one beside airbyte-source-shopify.

The peers come from PyPI into environments of their own. Costs are CPU-seconds of all processes, PostgreSQL's included, as
medians of interleaved rounds; the ratios are what counts. `--json` prints one object last on stdout; progress is on stderr.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks import comparisons, report
from benchmarks.api import requests_per_cpu_second
from benchmarks.bench import Bench, open_bench, say
from benchmarks.comparisons import Costs, Parties, Sizes
from benchmarks.environments import PINNED
from benchmarks.matrix import Attempt, Score, matrix, reading, syncing
from benchmarks.measure import Cost
from benchmarks.ours import Luneo
from benchmarks.peers.airbyte import Airbyte
from benchmarks.peers.airbyte_shopify import AirbyteShopify
from benchmarks.peers.dlt import Dlt
from benchmarks.peers.party import Party
from benchmarks.peers.singer import Singer
from benchmarks.running import running
from benchmarks.shopify.comparisons import ShopSizes
from benchmarks.shopify.session import QUICK_SIZES, ShopifySession

QUICK = Sizes(full=40_000, follow=10_000, requests=2_000, rounds=2)  # the full reads once: they are of the promised size
BUDGET = 480.0  # seconds of a quick run by which the last full sync should have ended
SMALLER = (100_000, 40_000)  # what a quick run on a slow machine may take for its large store; the sizes say so


def gather(bench: Bench, *, alone: bool = False) -> Parties:
    """Makes everybody ready; who cannot be made ready is named and left out. `alone`: only ourselves."""
    peers: list[Party] = []
    makers: dict[str, Callable[[], Party]] = {
        "airbyte": lambda: Airbyte(_folder(bench, "airbyte")),
        "singer": lambda: Singer(_folder(bench, "singer")),
        "dlt": lambda: Dlt(_folder(bench, "dlt"), bench.server),
    }
    for name, make in ({} if alone else makers).items():
        say(f"making {', '.join(PINNED[name])} ready")
        try:
            peers.append(make())
        except Exception as error:
            bench.note(f"{name} could not be installed: {error}")
    try:
        ours = Luneo(_folder(bench, "luneo"), bench.server)
        if bench.measure("upgrade", ours.upgrade()).status == 0:
            return Parties(peers, ours)
    except Exception as error:
        bench.note(f"luneo could not be made ready: {error}")
    return Parties(peers, None)


def _folder(bench: Bench, name: str) -> Path:
    folder = bench.folder / name
    folder.mkdir()
    return folder


class Session:
    """One run of the benchmark: sections one after another; one that breaks is noted and the next goes on."""

    def __init__(
        self, bench: Bench, sizes: Sizes, shop_sizes: ShopSizes, *, quick: bool = False, only: str | None = None
    ) -> None:
        self.began = time.monotonic()
        self.bench = bench
        self.sizes = sizes
        self.quick = quick
        self.only = only
        self.parties = gather(bench, alone=only == "shopify")
        self.shopify = ShopifySession(bench, self.parties.ours, self._shopify_peer(), shop_sizes)
        self.costs: dict[str, Costs] = {}
        self.scores: dict[str, dict[str, Score]] = {}
        self.figures: dict[str, float | None] = dict.fromkeys(
            ("memory_mb_10k", "memory_mb_200k", "growth_per_row", "api_requests_per_cpu_s")
        )

    def _shopify_peer(self) -> AirbyteShopify | None:
        if self.only == "woocommerce":
            return None
        try:
            say(f"making {', '.join(PINNED[AirbyteShopify.name])} ready")
            return AirbyteShopify(_folder(self.bench, AirbyteShopify.name))
        except Exception as error:
            self.bench.note(f"{AirbyteShopify.name} could not be installed: {error}")
            return None

    def run(self) -> None:
        """Everything that was asked for."""
        if self.only != "woocommerce":
            self.shopify.run(self._guarded)
        if self.only != "shopify":
            self.run_woocommerce()

    def run_woocommerce(self) -> None:
        """In an order that leaves the longest for last."""
        bench, parties, sizes = self.bench, self.parties, self.sizes
        sections: dict[str, Callable[[], Costs]] = {
            "cold_start": lambda: comparisons.cold_starts(bench, parties, sizes.rounds),
            "full": lambda: comparisons.full_reads(bench, parties, sizes.full, 1 if self.quick else sizes.rounds),
            "incremental": lambda: comparisons.following(bench, parties, sizes.follow, sizes.rounds),
        }
        for name, section in sections.items():
            self._guarded(name, self._costing(name, section))
        self._guarded("hostile", self._hostile)
        if ours := parties.ours:
            self._guarded("growth", lambda: self._growth(ours))
            self._guarded("api", lambda: self._api(ours))

    def _costing(self, name: str, section: Callable[[], Costs]) -> Callable[[], None]:
        return lambda: self.costs.update({name: section()})

    def _guarded(self, name: str, section: Callable[[], None]) -> None:
        began = time.monotonic()
        say(name.replace("_", " "))
        try:
            section()
        except Exception as error:
            self.bench.note(f"{name}: {type(error).__name__}: {error}")
        say(f"  {name}: {time.monotonic() - began:.0f} s")

    def _hostile(self) -> None:
        attempts: dict[str, Attempt] = {peer.name: reading(self.bench, peer) for peer in self.parties.peers}
        if self.parties.ours:
            attempts["luneo"] = syncing(self.bench, self.parties.ours)
        self.scores = matrix(self.bench, attempts)

    def _growth(self, ours: Luneo) -> None:
        small, grown = self.sizes.small, self.costs.setdefault("growth", {})
        first = comparisons.growth(self.bench, ours, small)
        grown[f"luneo sync of {small}"] = [first]
        if first.status:
            return
        self.figures["memory_mb_10k"] = round(first.memory, 1)
        self._choose_large(first.wall / small)
        large = self.sizes.large
        second = comparisons.growth(self.bench, ours, large)
        grown[f"luneo sync of {large}"] = [second]
        if second.status == 0:
            self.figures["memory_mb_200k"] = round(second.memory, 1)
            self.figures["growth_per_row"] = round(second.cpu / large / (first.cpu / small), 2)

    def _choose_large(self, seconds_a_row: float) -> None:
        if not self.quick:
            return
        left = BUDGET - (time.monotonic() - self.began)
        fitting = [size for size in (self.sizes.large, *SMALLER) if size * seconds_a_row < left]
        self.sizes = replace(self.sizes, large=fitting[0] if fitting else SMALLER[-1])

    def _api(self, ours: Luneo) -> None:
        with running(self.bench, ours, f"luneo_{self.sizes.large}") as hub:
            self.figures["api_requests_per_cpu_s"] = round(requests_per_cpu_second(hub, self.sizes.requests), 1)

    def result(self) -> tuple[dict[str, Any], dict[str, dict[str, Cost]]]:
        """The report as one object, and the medians it is made of."""
        costs = report.medians(self.costs | self.shopify.costs)
        seen = {section: {name: cost.as_json() for name, cost in found.items()} for section, found in costs.items()}
        silent = {name: 0 for row in self.scores.values() for name in row}
        for row in self.scores.values():
            for name, score in row.items():
                silent[name] += score["verdict"] == "SILENT LOSS"
        whole: dict[str, Any] = {**report.ratios(costs), **self.figures, **self.shopify.figures}
        sizes = ({} if self.only == "shopify" else asdict(self.sizes)) | (
            {} if self.only == "woocommerce" else {f"shopify_{name}": size for name, size in asdict(self.shopify.sizes).items()}
        )
        rest = {"silent_losses": silent, "hostile": self.scores, "costs": seen, "versions": PINNED}
        whole |= {"only": self.only, "sizes": sizes, "shopify": self.shopify.told}
        return whole | rest | {"failures": self.bench.failures}, costs


def main() -> int:
    """The command. 0 when every figure could be taken, whatever it is; 1 when something could not be measured."""
    parser = argparse.ArgumentParser(prog="benchmarks.sync", description="Luneo Hub beside airbyte, singer-sdk and dlt.")
    parser.add_argument("--quick", action="store_true", help="smaller counts, two rounds: under ten minutes on two cores")
    parser.add_argument("--json", action="store_true", help="print one object last on stdout")
    parser.add_argument("--only", choices=("woocommerce", "shopify"), help="the rows of one store only")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of every comparison")
    parser.add_argument("--products", type=int, metavar="N", help="products of the full and of the incremental comparison")
    asked = parser.parse_args()
    sizes = QUICK if asked.quick else Sizes()
    shop_sizes = QUICK_SIZES if asked.quick else ShopSizes()
    if asked.rounds:
        sizes, shop_sizes = replace(sizes, rounds=asked.rounds), replace(shop_sizes, rounds=asked.rounds)
    if asked.products:
        sizes = replace(sizes, full=asked.products, follow=asked.products)
        shop_sizes = replace(shop_sizes, products=asked.products)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ended from outside: the server and the stores end too
    with open_bench() as bench:
        session = Session(bench, sizes, shop_sizes, quick=asked.quick, only=asked.only)
        session.run()
        found, costs = session.result()
    found["seconds"] = round(time.monotonic() - began)
    print(report.table(found, costs, session.scores), file=sys.stderr if asked.json else sys.stdout, flush=True)
    if asked.json:
        print(json.dumps(found))
    return 1 if any(found[name] is None for name in report.asked(asked.only)) else 0


if __name__ == "__main__":
    sys.exit(main())
