"""What a run stands on: PostgreSQL of its own, the sink, and the hub as real processes. Nothing of it outlives the run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.bench import control, last_words
from benchmarks.measure import tree_cpu
from benchmarks.ours import Luneo
from benchmarks.peers.party import Command
from benchmarks.postgres import Server, free_port, private_server

ROOT = Path(__file__).parents[2]
SHOWN = ("fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers", "autovacuum", "server_version")


@dataclass
class Ground:
    """The server, the sink and a folder."""

    server: Server
    sink: str
    harness: int  # the sink's process
    folder: Path
    ours: Luneo
    notes: list[str] = field(default_factory=list)

    def settings(self) -> dict[str, str]:
        """What of PostgreSQL decides what a commit costs."""
        return {name: self.server.sql(f"show {name}") for name in SHOWN}

    def ask(self, verb: str, **query: object) -> Any:
        """A control call to the sink."""
        return control(self.sink, verb, **query)

    def secrets(self, secrets: dict[int, str]) -> None:
        """Endpoint numbers and their secrets, for the sample that is verified."""
        body = json.dumps({str(number): secret for number, secret in secrets.items()}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.sink}/__secrets", data=body), timeout=60) as answer:
            answer.read()

    def arrivals(self) -> tuple[array[int], array[int], array[float]]:
        """Marks, endpoint numbers and times of everything since the last reset."""
        path = self.folder / "arrivals"
        count = self.ask("dump", to=path)["count"]
        columns = array("Q"), array("H"), array("d")
        with path.open("rb") as file:
            for column in columns:
                column.fromfile(file, count)
        return columns


@dataclass(frozen=True)
class Hub:
    """A hub at work: its address, a key, its processes and the database below it ("" for another server's)."""

    base: str
    key: str
    pids: tuple[int, ...]
    database: str
    ground: Ground

    def cpu(self) -> tuple[float, float]:
        """CPU-seconds so far: the hub's processes, and every process of PostgreSQL."""
        return sum(tree_cpu(pid) for pid in self.pids), tree_cpu(self.ground.server.pid)

    def sql(self, statement: str) -> str:
        """One statement as the superuser, in the hub's database."""
        return self.ground.server.sql(statement, self.database)


@contextmanager
def process(words: Sequence[str | Path], **more: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block; politely first."""
    started = subprocess.Popen([str(word) for word in words], cwd=ROOT, text=True, start_new_session=True, **more)
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait(10)
        for pipe in (started.stdin, started.stdout):
            if pipe is not None:
                pipe.close()


@contextmanager
def ground() -> Iterator[Ground]:
    """Starts the server and the sink, makes the template database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="luneo-dispatch-")))
        server = stack.enter_context(private_server())
        sink = stack.enter_context(process([sys.executable, "-m", "benchmarks.dispatching.sink"], stdout=subprocess.PIPE))
        assert sink.stdout is not None
        address = f"http://127.0.0.1:{sink.stdout.readline().strip()}"
        ours = Luneo(folder, server)
        found = Ground(server, address, sink.pid, folder, ours)
        said(found, "upgrade", ours.upgrade())
        yield found


def said(ground: Ground, name: str, command: Command) -> str:
    """What a command printed. Raises RuntimeError with its last words when it failed."""
    log = ground.folder / f"{name}.err"
    with log.open("wb") as errors:
        done = subprocess.run(
            [str(word) for word in command.words], env=command.environment(), stdout=subprocess.PIPE, stderr=errors, timeout=300
        )
    if done.returncode:
        raise RuntimeError(f"`luneo {name}`: {last_words(log)} {done.stdout.decode()[-300:]}")
    return done.stdout.decode()


@contextmanager
def hub(ground: Ground, *, split: bool = False, dispatchers: int = 1, database: str = "luneo_dispatch") -> Iterator[Hub]:
    """`luneo up`, or `luneo api` with dispatchers of their own (`split`), on a fresh database."""
    ours = ground.ours
    ours.fresh(database)
    said(ground, "org", ours.command(["org", "create", "bench"], database))
    found = re.search(
        r"lun_(live|test)_\w+", said(ground, "keys", ours.command(["keys", "create", "--name", "bench", "--json"], database))
    )
    if not found:
        raise RuntimeError("no API key: `luneo keys create` did not print one")
    port = free_port()
    words = [["api" if split else "up", "--host", "127.0.0.1", "--port", str(port)]]
    words += [["dispatch"]] * (dispatchers if split else dispatchers - 1)
    with ExitStack() as stack:
        started, logs = [], []
        for number, some in enumerate(words):
            logs.append(ground.folder / f"{database}-{number}.err")
            log = stack.enter_context(logs[-1].open("wb"))
            command = ours.command(some, database, ground.sink)
            wrapped = [*profiler(number), *command.words]
            started.append(stack.enter_context(process(wrapped, env=command.environment(), stdout=log, stderr=log)))
        base = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while not _ready(base):
            gone = [log for one, log in zip(started, logs, strict=True) if one.poll() is not None]
            if gone or time.monotonic() > deadline:
                raise RuntimeError(f"the hub did not become ready: {last_words(*gone, *logs)}")
            time.sleep(0.2)
        yield Hub(base, found.group(), tuple(one.pid for one in started), database, ground)


def profiler(number: int) -> list[str]:
    """With LUNEO_BENCH_PROFILE=folder the hub's processes run under cProfile and leave their figures there."""
    if not (folder := os.environ.get("LUNEO_BENCH_PROFILE")):
        return []
    return [sys.executable, "-m", "cProfile", "-o", str(Path(folder) / f"hub-{number}.prof")]


def _ready(base: str) -> bool:
    try:
        with urllib.request.urlopen(base + "/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
