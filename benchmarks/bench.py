"""The workbench: a store in a process of its own, a PostgreSQL server, a folder for outputs, and a notebook of failures."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, run
from benchmarks.peers.party import Command
from benchmarks.postgres import Server, private_server


def say(line: str) -> None:
    """Progress, on stderr: stdout belongs to the report."""
    print(line, file=sys.stderr, flush=True)


def control(url: str, verb: str, **query: object) -> Any:
    """A control call to the store at `url`."""
    words = "&".join(f"{name}={value}" for name, value in query.items())
    request = urllib.request.Request(f"{url}/__{verb}?{words}", method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@dataclass
class Bench:
    """What every measurement needs. `failures` keeps one line for each thing that could not be measured."""

    url: str
    server: Server
    folder: Path
    failures: list[str] = field(default_factory=list)

    def control(self, verb: str, **query: object) -> Any:
        """A control call to the store."""
        return control(self.url, verb, **query)

    def output(self, name: str) -> Path:
        """Where a command's stdout is kept."""
        return self.folder / f"{name}.out"

    def measure(self, name: str, command: Command, timeout: float = 900) -> Cost:
        """Runs a command; stdout goes to `output(name)`. A failure is noted with the last line it wrote."""
        output, errors = self.output(name), self.folder / f"{name}.err"
        server = self.server if command.database else None
        environment = command.environment()
        cost = run(
            command.words, env=environment, output=output, errors=errors, postgres=server, timeout=timeout, cwd=self.folder
        )
        if cost.status:
            self.note(f"{name}: exit {cost.status}: {last_words(errors, output)}")
        return cost

    def note(self, failure: str) -> None:
        """Remembers a failure for the report and says it at once."""
        self.failures.append(failure)
        say(f"  ! {failure}")


def last_words(*files: Path) -> str:
    """The last line of the first file that has one."""
    for path in files:
        lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
        if lines:
            return lines[-1].strip()[-300:]
    return "it said nothing"


@contextmanager
def open_store() -> Iterator[str]:
    """Starts a store in a process of its own; its address."""
    words = [sys.executable, "-m", "benchmarks.serve"]
    root = Path(__file__).parent.parent
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=root, text=True) as store:
        try:
            assert store.stdout is not None
            yield f"http://127.0.0.1:{store.stdout.readline().strip()}"
        finally:
            store.terminate()


@contextmanager
def open_bench() -> Iterator[Bench]:
    """Starts the store and the server; ends both afterwards."""
    with tempfile.TemporaryDirectory(prefix="luneo-bench-") as folder, private_server() as server, open_store() as url:
        yield Bench(url, server, Path(folder))


def interleave(tasks: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """A B C, A B C, …: so that a busy minute of the machine falls on everybody. Who fails once is not asked again."""
    costs: dict[str, list[Cost]] = {name: [] for name in tasks}
    for number in range(rounds):
        for name, task in tasks.items():
            if costs[name] and costs[name][-1].status:
                continue
            cost = task()
            costs[name].append(cost)
            say(f"  round {number + 1} {name}: {cost.cpu:.2f} CPU-s ({cost.postgres:.2f} PostgreSQL), {cost.memory:.0f} MB")
    return costs
