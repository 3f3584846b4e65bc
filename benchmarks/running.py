"""A running `luneo up`: its address, a key to it, and the CPU-seconds that it and PostgreSQL use between two points."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.asking import asked
from benchmarks.bench import Bench, last_words
from benchmarks.measure import Cost, tree_cpu, tree_memory
from benchmarks.ours import Luneo
from benchmarks.postgres import Server, free_port


@dataclass(frozen=True)
class Running:
    """A hub that answers."""

    url: str
    key: str
    pid: int
    server: Server

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the API. Raises RuntimeError with the answer's own words when it is not a success."""
        return asked(self.url, self.key, method, path, body)

    def clock(self) -> tuple[float, float, float]:
        """Own CPU-seconds, PostgreSQL's, and the time: subtract two of them."""
        return tree_cpu(self.pid), tree_cpu(self.server.pid), time.monotonic()

    def since(self, before: tuple[float, float, float]) -> Cost:
        """The cost of what happened since `before`."""
        own, shared, wall = (after - start for after, start in zip(self.clock(), before, strict=True))
        return Cost(own + shared, shared, wall, tree_memory(self.pid), 0)


@contextmanager
def running(bench: Bench, ours: Luneo, database: str) -> Iterator[Running]:
    """Starts `luneo up` on a database that has an organisation; ends it afterwards."""
    made = bench.measure("keys", ours.command(["keys", "create", "--name", "bench", "--json"], database))
    found = re.search(r"lun_(live|test)_\w+", bench.output("keys").read_text())
    if made.status or not found:
        raise RuntimeError("no API key: `luneo keys create` did not print one")
    port = free_port()
    command = ours.command(["up", "--host", "127.0.0.1", "--port", str(port)], database, bench.url)
    log = bench.folder / "up.err"
    with log.open("wb") as errors:
        words = [str(word) for word in command.words]
        process = subprocess.Popen(
            words, env=command.environment(), stdout=errors, stderr=errors, cwd=bench.folder, start_new_session=True
        )
    try:
        hub = Running(f"http://127.0.0.1:{port}", found.group(), process.pid, bench.server)
        deadline = time.monotonic() + 60
        while not _ready(hub):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"`luneo up` did not become ready: {last_words(log)}")
            time.sleep(0.2)
        yield hub
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _ready(hub: Running) -> bool:
    try:
        with urllib.request.urlopen(hub.url + "/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def synced(hub: Running, installation: str, timeout: float = 120) -> Cost:
    """Asks the running worker for an incremental sync of the products and waits for its end."""
    known = {run["id"] for run in hub.ask("GET", "/v1/runs?limit=20")["data"]}
    before = hub.clock()
    hub.ask("POST", f"/v1/installations/{installation}/sync", {"resource": "products", "mode": "incremental"})
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        time.sleep(0.4)  # longer than a run takes: every question is the hub's own work too
        runs = hub.ask("GET", "/v1/runs?limit=3")["data"]
        ended = [run for run in runs if run["id"] not in known and run["resource"] == "products" and run["verdict"]]
        if ended:
            cost = hub.since(before)
            if ended[0]["verdict"] != "COMPLETE":
                raise RuntimeError(f"the incremental sync ended {ended[0]['verdict']}: {ended[0].get('reason')}")
            return cost
    raise RuntimeError(f"no run of the products ended within {timeout:.0f} s")
