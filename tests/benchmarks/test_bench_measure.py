"""CPU-seconds are counted wherever they are spent: in the command, in its children, in PostgreSQL."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.measure import Cost, median, run, tree_cpu
from benchmarks.postgres import Server, private_server

BURN = "import time\nwhile time.process_time() < 0.3: pass"
IN_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BURN!r}])"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with private_server() as running:
        yield running


def measured(folder: Path, *words: str | Path, server: Server | None = None, timeout: float = 60) -> Cost:
    out, err = folder / "out", folder / "err"
    return run(words, env=os.environ, output=out, errors=err, postgres=server, timeout=timeout)


@pytest.mark.parametrize("code", [BURN, IN_A_CHILD])
def test_a_command_pays_for_itself_and_for_its_children(tmp_path: Path, code: str) -> None:
    cost = measured(tmp_path, sys.executable, "-c", code)
    assert 0.3 <= cost.cpu < 1.5 and cost.postgres == 0 and cost.status == 0


def test_what_postgresql_does_for_a_command_is_on_its_bill(tmp_path: Path, server: Server) -> None:
    query = "SELECT count(*) FROM generate_series(1, 2000000)"
    cost = measured(tmp_path, server.psql, "-c", query, server.database("postgres"), server=server)
    assert cost.status == 0
    assert cost.postgres > 0.05 and cost.cpu > cost.postgres  # the session has ended: its postmaster knows its time


def test_peak_memory_is_the_largest_process(tmp_path: Path) -> None:
    cost = measured(tmp_path, sys.executable, "-c", "x = b'x' * 400_000_000")
    # Linux counts what the process was before its exec, a copy of this test's own: it must be the smaller of the two.
    assert 380 < cost.memory < 430  # MiB


def test_a_command_that_does_not_end_is_killed(tmp_path: Path) -> None:
    assert measured(tmp_path, sys.executable, "-c", "import time; time.sleep(60)", timeout=0.3).status == -9


def test_a_living_tree_can_be_read_at_any_moment() -> None:
    before = tree_cpu(os.getpid())
    sum(range(5_000_000))
    assert tree_cpu(os.getpid()) > before


def test_the_median_of_rounds_keeps_the_worst_exit_status() -> None:
    rounds = [Cost(3, 0, 1, 10, 0), Cost(1, 0, 1, 10, 1), Cost(2, 1, 1, 10, 0)]
    assert median(rounds) == Cost(2, 0, 1, 10, 1)


def test_the_owner_of_the_databases_is_no_superuser(server: Server) -> None:
    server.fresh("owned")
    assert server.sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'luneo'") == "f"
    assert server.sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'owned'") == "luneo"
