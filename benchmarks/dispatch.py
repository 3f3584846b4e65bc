"""`python -m benchmarks.dispatch [--quick] [--json]`: from publishing an event to the signed request at a partner's receiver.

Real processes on a PostgreSQL of their own with fsync on; signatures, the guard against private addresses (only the sink is
allowed), filters, attempt log and rate limits are on; bodies of 1 KB. Publisher and sink are processes of their own and on
nobody's bill; CPU-seconds are those of API, dispatchers and all of PostgreSQL. Everything that was answered 202 must arrive.

Beside us, in the same run on the same server: the one-statement-at-a-time pattern of other servers
(`benchmarks.dispatching.statements` says exactly which). `statement_pattern_ratio` is our batches' deliveries per CPU-second by
its. Another server takes our place with --publisher (`benchmarks.dispatching.adapters`). `--json` prints one object last on
stdout; progress is on stderr. By hand: `--hang` (five interleaved rounds), `--preload 10000000`.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from dataclasses import replace
from typing import Any

from benchmarks.bench import say
from benchmarks.dispatching import sections
from benchmarks.dispatching.adapters import adapter_of
from benchmarks.dispatching.ground import Ground, Hub, ground, hub
from benchmarks.dispatching.picture import picture
from benchmarks.dispatching.rounds import Measuring, Round
from benchmarks.dispatching.sections import Times

OURS = "benchmarks.dispatching.adapters:Luneo"
QUICK = Times(seconds=5.0, rounds=2, hang_seconds=4.0, hang_rounds=3)
MAIN = 20  # endpoints of the rounds that the figures come from


class Session:
    """One run. A section that breaks is noted and the next goes on."""

    def __init__(self, asked: argparse.Namespace, below: Ground) -> None:
        self.asked = asked
        self.ground = below
        times = QUICK if asked.quick else Times()
        self.times = replace(times, rounds=asked.rounds or times.rounds, hang_rounds=5 if asked.hang else times.hang_rounds)
        self.rounds: dict[str, Round] = {}
        self.found: dict[str, Any] = {"postgres": below.settings(), "load": os.getloadavg()[0]}
        self.failures: list[str] = []
        self.numbers = 1000  # endpoint numbers at the sink

    def run(self, at: Hub) -> None:
        """The main rounds first: if the time is cut short they are there."""
        adapter = adapter_of(self.asked.publisher, at.base, at.key)
        measuring = Measuring(at, self.asked.publisher, sections.tenants(self.ground, adapter, 0, MAIN, 1))
        full = sections.throughput(measuring, self.times)
        self.rounds |= {
            "batch of 100": full["batch"],
            "one request per event": full["single"],
            "statement by statement": full["pattern"],
        }
        ours, singly, theirs = (full[name].per_cpu_s for name in ("batch", "single", "pattern"))
        self.found |= {"batch_deliveries_per_cpu_s": round(ours), "single_deliveries_per_cpu_s": round(singly)}
        self.found |= {"pattern_deliveries_per_cpu_s": round(theirs), "statement_pattern_ratio": round(ours / theirs, 2)}
        self.found["statement_pattern_ratio_single"] = round(singly / theirs, 2)
        half = sections.half_load(measuring, self.times, full)
        self.rounds |= {"half load, singly": half["single"], "half load, batches": half["batch"]}
        self.found |= {"p50_ms": round(half["single"].p50, 1), "p99_ms": round(half["single"].p99, 1)}
        self.found |= {"batch_p50_ms": round(half["batch"].p50, 1), "batch_p99_ms": round(half["batch"].p99, 1)}
        self.found["others_at_half_load"] = round(half["single"].others, 2)
        rate = full["single"].deliveries / full["single"].wall / 2
        hung = max(1, round(float(self.asked.hung.rstrip("%"))))
        self._guarded("a hanging endpoint", lambda: self._hanging(measuring, adapter, rate, hung))
        self._guarded("shapes", lambda: self._shapes(measuring, adapter))
        if not at.database:
            return  # another server's tables are its own
        if self.asked.preload:
            self._guarded("preload", lambda: self.found.update(sections.stored(measuring, self.times, self.asked.preload)))
        self._guarded("upkeep", lambda: self.found.update(upkeep_us=round(sections.upkeep(measuring), 1)))
        self._guarded("log", lambda: self._logged(at))

    def _hanging(self, measuring: Measuring, adapter: Any, rate: float, hung: int) -> None:
        first, self.numbers = self.numbers, self.numbers + 200 + 20 * hung
        ratio, every = sections.hanging(measuring, adapter, first, self.times, rate, hung)
        self.found |= {"hung_p99_ratio": round(ratio, 2), "hung_p99_ratios": [round(one, 2) for one in every]}

    def _shapes(self, measuring: Measuring, adapter: Any) -> None:
        for endpoints in self.asked.endpoints:
            for fanout in self.asked.fanout:
                if fanout > endpoints or (endpoints, fanout) == (MAIN, 1):
                    continue
                targets = sections.tenants(self.ground, adapter, self.numbers, endpoints, fanout)
                self.numbers += endpoints
                name = f"{endpoints} endpoint{'s' * (endpoints > 1)}, fan-out {fanout}"
                measuring.round(0.5, batch=sections.BATCH, targets=targets, connections=2)
                one = measuring.round(self.times.seconds, batch=sections.BATCH, targets=targets, connections=6)
                self.rounds[name] = one
                say(f"  {sections.told(name, one)}")

    def _logged(self, at: Hub) -> None:
        states = at.sql("select string_agg(state || ':' || n, ' ') from (select state, count(*) n from message group by 1) s")
        rows = at.sql("select (select count(*) from attempt where status between 200 and 299), (select count(*) from message)")
        attempts, messages = (int(word) for word in rows.split("|"))
        self.found |= {"states": states, "attempts_logged": attempts, "messages": messages}
        if attempts < self.found_deliveries():
            self.failures.append(f"{self.found_deliveries()} deliveries, but {attempts} successes in the attempt log")

    def found_deliveries(self) -> int:
        return sum(one.deliveries for name, one in self.rounds.items() if name != "statement by statement")

    def _guarded(self, name: str, section: Any) -> None:
        say(name)
        try:
            section()
        except Exception as error:
            self.failures.append(f"{name}: {type(error).__name__}: {error}")
            say(f"  ! {self.failures[-1]}")

    def result(self) -> dict[str, Any]:
        """The one object."""
        for name, one in self.rounds.items():
            if one.missing or one.forged:
                self.failures.append(f"{name}: {one.missing} of what was accepted never arrived, {one.forged} signatures wrong")
        rounds = {name: one.as_json() for name, one in self.rounds.items()}
        return self.found | {"rounds": rounds, "failures": self.failures}


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def parsed() -> argparse.Namespace:
    """The command's words."""
    parser = argparse.ArgumentParser(prog="benchmarks.dispatch", description="Luneo Hub's webhooks, beside the usual pattern.")
    parser.add_argument("--quick", action="store_true", help="shorter rounds: under five minutes on two busy cores")
    parser.add_argument("--json", action="store_true", help="print one object last on stdout")
    parser.add_argument("--endpoints", type=_numbers, metavar="N,N", help="shapes (default 1,20,500; 500 with --quick)")
    parser.add_argument(
        "--fanout", type=_numbers, metavar="N,N", help="endpoints of an application (default 1,10; 10 with --quick)"
    )
    parser.add_argument("--hung", default="1%", help="how many of 100 endpoints hang in that section")
    parser.add_argument("--hang", action="store_true", help="five interleaved rounds with a hanging endpoint")
    parser.add_argument("--preload", type=int, default=0, metavar="N", help="also with so many stored messages")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of throughput")
    parser.add_argument("--split", action="store_true", help="`luneo api` and `luneo dispatch` apart, instead of `luneo up`")
    parser.add_argument("--dispatchers", type=int, default=1, metavar="N")
    parser.add_argument("--publisher", default=OURS, metavar="module:Class", help="an adapter of another server")
    parser.add_argument("--base", help="that server's address")
    parser.add_argument("--credentials", default="", help="what its adapter wants")
    parser.add_argument("--count", type=_numbers, default=[], metavar="PID,PID", help="its processes, whose trees are counted")
    asked = parser.parse_args()
    asked.endpoints = asked.endpoints or ([500] if asked.quick else [1, 20, 500])
    asked.fanout = asked.fanout or ([10] if asked.quick else [1, 10])
    return asked


def main() -> int:
    """The command. 1 when a figure is missing or something that was accepted did not arrive."""
    asked, began = parsed(), time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ended from outside: the servers end too
    with ground() as below:
        if asked.base:
            session = Session(asked, below)
            session.run(Hub(asked.base, asked.credentials, tuple(asked.count), "", below))
        else:
            with hub(below, split=asked.split, dispatchers=asked.dispatchers) as at:
                session = Session(asked, below)
                session.run(at)
        found = session.result()
    found["seconds"] = round(time.monotonic() - began)
    print(picture(found, session.rounds), file=sys.stderr if asked.json else sys.stdout, flush=True)
    if asked.json:
        print(json.dumps(found))
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
