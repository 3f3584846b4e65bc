"""The private PostgreSQL under faults: killed servers, killed holders, holders that come and go together, hostile folders."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from hub.db.account import reachable_by_all, server_account
from hub.db.binaries import ROOT_HOME, copy_for_others, find_binaries
from hub.db.connect import connect
from hub.db.embedded import EmbeddedPostgres, home_of, socket_folder
from hub.db.engine import Database
from hub.db.ids import uuid7
from hub.errors import ConfigurationError, DatabaseUnreachable

pytestmark = pytest.mark.crash

HOLDER = """
import sys
from pathlib import Path
from hub.db.embedded import EmbeddedPostgres
print(EmbeddedPostgres(Path(sys.argv[1])).start(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder with a short name that the server's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="luneo-"))
    folder.chmod(0o711)
    yield folder
    if server_pid(folder) is not None:
        last = EmbeddedPostgres(folder)
        last.start()
        last.stop()
    shutil.rmtree(folder)


def holder(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=30)
    assert process.returncode == 0


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def server_pid(folder: Path) -> int | None:
    try:
        pid = int((home_of(folder) / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):  # none, or one that was killed and left its file behind
        return None
    return pid


async def test_a_killed_server_is_started_again_and_what_was_committed_is_there(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    db = Database(await asyncio.to_thread(server.start), revive=server.ensure, release=server.stop)
    connection = await connect(db.url)
    await connection.execute("create role luneo_app; grant luneo_app to luneo; create table kept (n int)")
    await connection.execute("grant insert, select on kept to luneo_app")
    await connection.close()

    async def insist(sql: str, *values: object) -> list[int]:
        """A killed server's sessions live on for a moment, so even a begun unit may be lost: do it again."""
        while True:
            with suppress(DatabaseUnreachable):
                async with db.org(uuid7()) as unit:
                    return [row["n"] for row in await unit.fetch(sql, *values)]

    async with asyncio.timeout(60):
        for n in range(3):
            await insist("insert into kept values ($1) returning n", n)
            pid = server_pid(folder)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        assert await insist("select n from kept order by n") == [0, 1, 2]
        await db.close()
    assert server_pid(folder) is None


def test_after_kill_9_of_a_holder_the_next_start_works_and_the_last_one_stops_the_server(folder: Path) -> None:
    first = holder(folder)
    url = url_of(first)
    kill(first)
    pid = server_pid(folder)
    assert pid is not None
    second = holder(folder)
    assert url_of(second) == url
    assert server_pid(folder) == pid
    leave(second)
    assert server_pid(folder) is None


def test_after_kill_9_of_holder_and_server_the_next_start_works(folder: Path) -> None:
    first = holder(folder)
    url = url_of(first)
    pid = server_pid(folder)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    kill(first)
    second = holder(folder)
    assert url_of(second) == url
    leave(second)
    assert server_pid(folder) is None


def test_two_processes_at_once_share_one_server_and_the_last_one_stops_it(folder: Path) -> None:
    pair = [holder(folder), holder(folder)]
    first, second = (url_of(process) for process in pair)
    assert first == second
    pid = server_pid(folder)
    leave(pair[0])
    assert server_pid(folder) == pid
    leave(pair[1])
    assert server_pid(folder) is None


async def test_starting_and_stopping_at_random_never_pulls_the_server_from_under_a_holder(folder: Path) -> None:
    keeper = EmbeddedPostgres(folder)
    url = await asyncio.to_thread(keeper.start)
    connection = await connect(url)

    def come_and_go(_: int) -> None:
        guest = EmbeddedPostgres(folder)
        assert guest.start() == url
        guest.stop()
        guest.stop()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(come_and_go, range(20)))
    assert await connection.fetchval("select 1") == 1
    await connection.close()
    await asyncio.to_thread(keeper.stop)
    assert server_pid(folder) is None


def test_data_that_was_half_made_is_made_again(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    half = server.home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server.start()
    server.stop()
    assert not half.exists()


def test_a_path_too_long_for_a_socket_gets_its_socket_elsewhere(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    server = EmbeddedPostgres(deep)
    assert "run" not in server.start().rpartition("/")[2]
    server.stop()
    shutil.rmtree(socket_folder(server.home))


def test_a_data_folder_that_cannot_be_one_is_named_in_one_line(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(ConfigurationError, match="LUNEO_DATA_DIR") as caught:
        EmbeddedPostgres(folder / "file").start()
    assert "\n" not in str(caught.value)


async def test_only_its_user_and_root_reach_the_server(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    url = await asyncio.to_thread(server.start)
    connection = await connect(url)
    assert await connection.fetchval("show listen_addresses") == ""
    assert await connection.fetchval("show synchronous_commit") == "on"
    assert await connection.fetchval("show fsync") == "on"
    assert await connection.fetchval("select rolsuper from pg_roles where rolname = current_user") is False
    await connection.close()
    await asyncio.to_thread(server.stop)
    for path in (server.home, server.home / "data", socket_folder(server.home)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server another user")
class TestAsRoot:
    def test_data_below_a_private_home_goes_elsewhere_and_the_home_stays_private(self) -> None:
        private = Path(tempfile.mkdtemp(prefix="luneo-private-"))  # mode 0700, like /root
        server = EmbeddedPostgres(private / "data")
        assert server.home.parent == ROOT_HOME
        try:
            server.start()
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
            assert server.home.stat().st_uid == server_account().uid
        finally:
            server.stop()
            shutil.rmtree(server.home)
            shutil.rmtree(private)

    def test_programs_below_a_private_home_are_copied_to_where_their_user_can_run_them(self) -> None:
        wheel = find_binaries()
        home = Path(tempfile.mkdtemp(prefix="luneo-home-"))
        home.chmod(0o711)
        try:
            copy = copy_for_others(wheel, home)
            assert copy_for_others(wheel, home) == copy
            assert reachable_by_all(copy)
            for program in ("postgres", "initdb", "pg_ctl"):
                done = subprocess.run(
                    [copy / program, "--version"], cwd="/", capture_output=True, text=True, **server_account().switch()
                )
                assert done.stdout.startswith(f"{program} (PostgreSQL) 18"), done.stderr
            assert [path.name for path in home.iterdir()] == [copy.parents[2].name]
        finally:
            shutil.rmtree(home)
