"""What a piece of work cost: CPU-seconds of every process that took part, PostgreSQL's included, wall time and peak memory.

A command's own CPU is its rusage with that of the children it waited for. PostgreSQL's is read from `/proc` before and
after: all its processes, the ended ones through their postmaster. Linux only. Peak memory is the largest process's.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.postgres import Server

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """One measured piece of work, in seconds and megabytes. `cpu` holds the work's own share and PostgreSQL's."""

    cpu: float
    postgres: float
    wall: float
    memory: float
    status: int

    def as_json(self) -> dict[str, float]:
        """For the report, rounded to what the clock can tell."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def _stat(pid: int) -> tuple[int, int, int] | None:
    """Parent, own ticks and ticks of the ended children, of one process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    words = text.rpartition(")")[2].split()
    return int(words[1]), int(words[11]) + int(words[12]), int(words[13]) + int(words[14])


def _processes() -> dict[int, tuple[int, int, int]]:
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return {pid: found for pid in pids if (found := _stat(pid))}


def tree_cpu(root: int) -> float:
    """CPU-seconds so far of a process and all its descendants, ended ones included as far as they were waited for."""
    stats = _processes()
    total, todo = 0, [root]
    while todo:
        pid = todo.pop()
        if pid in stats:
            total += stats[pid][1] + stats[pid][2]
            todo += [child for child, (parent, _, _) in stats.items() if parent == pid]
    return total / TICKS


def tree_memory(root: int) -> float:
    """The peak memory, in MB, of the largest process of a living tree."""
    parents = {pid: parent for pid, (parent, _, _) in _processes().items()}
    peak, todo = 0.0, [root]
    while todo:
        pid = todo.pop()
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            peak = max(peak, float(status.partition("VmHWM:")[2].split()[0]) / 1024)
        except (OSError, IndexError):
            continue
        todo += [child for child, parent in parents.items() if parent == pid]
    return peak


def run(
    words: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    output: Path,
    errors: Path,
    postgres: Server | None = None,
    timeout: float = 900,
    cwd: Path | None = None,
) -> Cost:
    """Runs a command to its end and says what it cost. Past `timeout` seconds its whole group is killed; status is then -9."""
    if postgres:
        postgres.sql("CHECKPOINT")  # nobody pays for an earlier party's dirty pages
    before = tree_cpu(postgres.pid) if postgres else 0.0
    began = time.monotonic()
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(
            [str(word) for word in words], env=dict(env), stdout=out, stderr=err, cwd=cwd, start_new_session=True
        )
        try:
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() - began > timeout:
                    os.killpg(process.pid, signal.SIGKILL)
                time.sleep(0.02)
        except BaseException:  # ended from outside: nobody would be left to end it
            os.killpg(process.pid, signal.SIGKILL)
            raise
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    shared = tree_cpu(postgres.pid) - before if postgres else 0.0
    cpu = usage.ru_utime + usage.ru_stime + shared
    return Cost(cpu, shared, wall, usage.ru_maxrss / 1024, process.returncode)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each figure; the status is that of the worst round."""
    middle = {name: statistics.median(getattr(cost, name) for cost in costs) for name in ("cpu", "postgres", "wall", "memory")}
    return Cost(**middle, status=max((cost.status for cost in costs), key=abs))
