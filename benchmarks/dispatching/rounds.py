"""One measured round: so much is published, all of it must arrive, and what it cost is read off `/proc`."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from array import array
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.dispatching.adapters import Target
from benchmarks.dispatching.ground import ROOT, Hub, process
from benchmarks.dispatching.load import Plan
from benchmarks.measure import TICKS, tree_cpu

SETTLE = 0.4  # seconds after the last arrival: what the outcomes' flush costs belongs to the round


@dataclass(frozen=True)
class Round:
    """What a round gave. Times in seconds, latencies from when an event fell due until the sink had it, in milliseconds."""

    deliveries: int
    own: float  # CPU-seconds of API and dispatchers (of the client, in the pattern)
    postgres: float
    wall: float
    p50: float = 0.0
    p99: float = 0.0
    missing: int = 0
    refused: int = 0
    verified: int = 0
    forged: int = 0
    others: float = 0.0  # share of the machine that neither the hub nor the harness used: latencies wait for it too

    @property
    def per_cpu_s(self) -> float:
        return self.deliveries / max(self.own + self.postgres, 0.01)

    def as_json(self) -> dict[str, float]:
        """For the report."""
        costs = {"per_cpu_s": self.per_cpu_s, "own_us": self.own / max(self.deliveries, 1) * 1e6}
        costs["postgres_us"] = self.postgres / max(self.deliveries, 1) * 1e6
        return {name: round(value, 2) for name, value in {**costs, **asdict(self)}.items()}


def middle(rounds: Sequence[Round]) -> Round:
    """The round whose deliveries per CPU-second are the median, with what went wrong in any of them."""
    ordered = sorted(rounds, key=lambda one: one.per_cpu_s)
    worst = {name: sum(getattr(one, name) for one in rounds) for name in ("missing", "refused", "forged")}
    return replace(ordered[len(ordered) // 2], **worst)


class Measuring:
    """Rounds on one hub, or on another server through its adapter. Marks never repeat."""

    def __init__(self, hub: Hub, adapter: str, targets: Sequence[Target]) -> None:
        self.hub = hub
        self.adapter = adapter
        self.targets = list(targets)
        self.sent = 0
        self.delivered = 0  # in all rounds

    def round(
        self,
        seconds: float,
        *,
        batch: int = 0,
        rate: float = 0.0,
        connections: int = 32,
        targets: Sequence[Target] | None = None,
        unheard: AbstractSet[int] = frozenset(),
        patience: float = 60.0,
    ) -> Round:
        """Publish for so long and wait until everything has arrived, but for what goes to the endpoints `unheard`."""
        hub, used = self.hub, list(targets or self.targets)
        ground = hub.ground
        plan = Plan(
            self.adapter, hub.base, hub.key, [{"name": target.name} for target in used], str(ground.folder / "sent"), seconds,
            self.sent, batch, connections, rate,
        )  # fmt: skip
        ground.server.sql("CHECKPOINT")
        ground.ask("reset")
        before, began, machine = hub.cpu(), time.monotonic(), busy(ground.harness)
        told = publish(plan)
        marks, times = sent(Path(plan.out), told["accepted"])
        self.sent += told["asked"]
        wanted = {mark: [n for n in used[mark % len(used)].endpoints if n not in unheard] for mark in marks}
        expected = sum(len(numbers) for numbers in wanted.values())
        last = self._arrived(expected, patience, bool(unheard))
        time.sleep(SETTLE)
        own, postgres = (after - start for after, start in zip(hub.cpu(), before, strict=True))
        elsewhere = busy(ground.harness) - machine - own - postgres
        others = elsewhere / (time.monotonic() - began) / (os.cpu_count() or 1)
        state = ground.ask("count")
        arrived, numbers, at = ground.arrivals()
        due = dict(zip(marks, times, strict=True))
        seen = {(mark, number) for mark, number in zip(arrived, numbers, strict=True) if number not in unheard}
        late = [
            (when - due[mark]) * 1000
            for mark, number, when in zip(arrived, numbers, at, strict=True)
            if mark in due and number not in unheard
        ]
        missing = sum((mark, number) not in seen for mark, numbers_of in wanted.items() for number in numbers_of)
        self.delivered += len(seen)
        p50, p99 = percentiles(late)
        refused = told["asked"] - told["accepted"]
        wall = max(last, began + 0.001) - told["began"]
        return Round(len(seen), own, postgres, wall, p50, p99, missing, refused, state["verified"], state["forged"], others)

    def _arrived(self, expected: int, patience: float, some_unheard: bool) -> float:
        """Waits until so many have come and nothing comes any more; when the last one came."""
        deadline = time.monotonic() + patience
        while True:
            state = self.hub.ground.ask("count")
            if (state["count"] >= expected and not some_unheard) or time.monotonic() > deadline:
                return float(state["last"])
            if some_unheard and state["count"] >= expected and time.monotonic() - state["last"] > SETTLE:
                return float(state["last"])
            time.sleep(0.05)


def busy(harness: int) -> float:
    """CPU-seconds that the machine has spent on anything but the harness (a process id, and this process's children)."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _, _, irq, soft, steal = (int(word) for word in words)
    mine = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (user + nice + system + irq + soft + steal) / TICKS - tree_cpu(harness) - mine.ru_utime - mine.ru_stime


def publish(plan: Plan) -> dict[str, int]:
    """Runs the publisher's process; what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.dispatching.load"], input=json.dumps(asdict(plan)), cwd=ROOT, text=True,
        capture_output=True, timeout=plan.seconds + 120,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"the publisher failed: {done.stderr.strip()[-400:]}")
    told: dict[str, int] = json.loads(done.stdout)
    return told


def sent(path: Path, count: int) -> tuple[array[int], array[float]]:
    """Marks and times of what was accepted."""
    marks, times = array("Q"), array("d")
    with path.open("rb") as file:
        marks.fromfile(file, count)
        times.fromfile(file, count)
    return marks, times


def percentiles(late: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th of a hundred, in the unit of what is given."""
    if len(late) < 2:
        return 0.0, 0.0
    return statistics.median(late), statistics.quantiles(late, n=100, method="inclusive")[98]


def pattern(hub: Hub, endpoints: int, first: int, seconds: float, tasks: int = 64) -> Round:
    """The one-statement-at-a-time pattern on the same server, in a database of its own."""
    ground = hub.ground
    name = "luneo_pattern"
    if not ground.server.sql(f"select 1 from pg_database where datname = '{name}'"):
        ground.server.fresh(name)
    words = [sys.executable, "-m", "benchmarks.dispatching.statements", ground.server.database(name), ground.sink, str(endpoints)]
    with process([*words, str(first), str(tasks)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        if client.stdout.readline().strip() != "ready":
            raise RuntimeError("the pattern's client did not start")
        ground.server.sql("CHECKPOINT")
        before = tree_cpu(client.pid), tree_cpu(ground.server.pid)
        client.stdin.write(f"{seconds}\n")
        client.stdin.flush()
        told = json.loads(client.stdout.readline())
        own, postgres = tree_cpu(client.pid) - before[0], tree_cpu(ground.server.pid) - before[1]
        client.stdin.write("\n")
        client.stdin.flush()
    return Round(told["delivered"], own, postgres, told["wall"])
