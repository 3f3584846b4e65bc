"""The sections of the benchmark: throughput beside the pattern, latency at half load, a hanging endpoint, a full log, shapes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.bench import say
from benchmarks.dispatching.adapters import Adapter, Target
from benchmarks.dispatching.ground import Ground
from benchmarks.dispatching.preload import preload
from benchmarks.dispatching.rounds import Measuring, Round, middle, pattern

BATCH = 100


@dataclass(frozen=True)
class Times:
    """Seconds and rounds."""

    seconds: float = 10.0
    rounds: int = 3
    hang_seconds: float = 8.0
    hang_rounds: int = 5


def tenants(ground: Ground, adapter: Adapter, first: int, endpoints: int, fanout: int) -> list[Target]:
    """So many endpoints at the sink, numbered from `first`, in tenants of `fanout` each."""
    numbers = range(first, first + endpoints)
    groups = [[(n, f"{ground.sink}/e/{n}") for n in numbers[start : start + fanout]] for start in range(0, endpoints, fanout)]
    targets = adapter.prepare(groups)
    secrets = {n: secret for target in targets for n, secret in zip(target.endpoints, target.secrets, strict=False)}
    ground.secrets(secrets)
    return targets


def throughput(measuring: Measuring, times: Times) -> dict[str, Round]:
    """Batch, single and the pattern, A B C, A B C; medians."""
    found: dict[str, list[Round]] = {"batch": [], "single": [], "pattern": []}
    endpoints = sum(len(target.endpoints) for target in measuring.targets)
    measuring.round(1.5, batch=BATCH, connections=4)  # everybody's connections and statements are warm
    measuring.round(1.0)
    for number in range(times.rounds):
        for name, rounds in found.items():
            if name == "pattern":
                one = pattern(measuring.hub, endpoints, number << 40, times.seconds)
            elif name == "batch":
                one = measuring.round(times.seconds, batch=BATCH, connections=6)
            else:
                one = measuring.round(times.seconds, connections=64)
            rounds.append(one)
            say(f"  round {number + 1} {told(name, one)}")
    return {name: middle(rounds) for name, rounds in found.items()}


def told(name: str, one: Round) -> str:
    """A round in a line."""
    split = f"{one.own / max(one.deliveries, 1) * 1e6:.0f} + {one.postgres / max(one.deliveries, 1) * 1e6:.0f} µs"
    wrong = "".join(f", {getattr(one, word)} {word}" for word in ("missing", "refused", "forged") if getattr(one, word))
    late = f", p50 {one.p50:.1f} ms, p99 {one.p99:.1f} ms" if one.p99 else ""
    others = f", others {one.others:.0%} of the machine" if one.others > 0.1 else ""
    return f"{name}: {one.per_cpu_s:,.0f} per CPU-s ({split}), {one.deliveries:,} in {one.wall:.1f} s{late}{wrong}{others}"


def half_load(measuring: Measuring, times: Times, full: dict[str, Round]) -> dict[str, Round]:
    """Latency at half of what was got through a moment ago, by the clock, singly and in batches: medians of three rounds."""
    found = {}
    for name, batch in (("single", 0), ("batch", BATCH)):
        rate = full[name].deliveries / full[name].wall / 2
        rounds = [measuring.round(times.seconds, batch=batch, rate=rate, connections=64) for _ in range(3)]
        for one in rounds:
            say(f"  half load, {rate:,.0f} events/s, {told(name, one)}")
        found[name] = sorted(rounds, key=lambda one: one.p99)[1]
    return found


def hanging(
    measuring: Measuring, adapter: Adapter, first: int, times: Times, rate: float, hung: int = 1
) -> tuple[float, list[float]]:
    """How far `hung` endpoints of a hundred that hang 30 s move the p99 of the others: the median of interleaved rounds."""
    ground = measuring.hub.ground
    healthy = tenants(ground, adapter, first, 100 - hung, 1)
    ratios = []
    measuring.round(1.0, rate=rate, targets=healthy)
    for number in range(times.hang_rounds):
        start = first + 100 + number * 2 * hung
        spare = tenants(ground, adapter, start, hung, 1)
        stuck = tenants(ground, adapter, start + hung, hung, 1)
        before = measuring.round(times.hang_seconds, rate=rate, targets=[*healthy, *spare], unheard=frozenset(_all(spare)))
        for one in _all(stuck):
            ground.ask("hang", endpoint=one)
        after = measuring.round(times.hang_seconds, rate=rate, targets=[*healthy, *stuck], unheard=frozenset(_all(stuck)))
        ground.ask("release")
        ratios.append(after.p99 / max(before.p99, 0.01))
        lost = f", {after.missing} lost!" if after.missing else ""
        say(f"  round {number + 1}: p99 of the healthy {before.p99:.1f} -> {after.p99:.1f} ms{lost}")
    return statistics.median(ratios), ratios


def _all(targets: Sequence[Target]) -> list[int]:
    return [number for target in targets for number in target.endpoints]


def stored(measuring: Measuring, times: Times, count: int) -> dict[str, float]:
    """What `count` stored messages do to the dispatch: the same rounds before and after."""
    before = middle([measuring.round(times.seconds, batch=BATCH, connections=6) for _ in range(times.rounds)])
    say(f"  empty: {told('batch', before)}")
    seconds = preload(measuring.hub, count, say)
    after = middle([measuring.round(times.seconds, batch=BATCH, connections=6) for _ in range(times.rounds)])
    say(f"  {count:,} stored: {told('batch', after)}")
    return {
        "preload": count, "preload_seconds": round(seconds), "empty_per_cpu_s": round(before.per_cpu_s),
        "stored_per_cpu_s": round(after.per_cpu_s), "preload_ratio": round(after.per_cpu_s / before.per_cpu_s, 3),
    }  # fmt: skip


def upkeep(measuring: Measuring) -> float:
    """Microseconds of PostgreSQL for a checkpoint and a vacuum of everything delivered so far, per delivery.

    Autovacuum is off while rounds are measured: it would fall on whichever comes next. This is what it would have cost.
    """
    server = measuring.hub.ground.server
    before = measuring.hub.cpu()[1]
    server.sql("CHECKPOINT")
    for table in ("message", "attempt", "event"):
        measuring.hub.sql(f"VACUUM (ANALYZE) {table}")
    return (measuring.hub.cpu()[1] - before) / max(measuring.delivered, 1) * 1e6
