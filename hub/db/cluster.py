"""The private server itself: its data, its settings, starting and stopping its process."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hub.db.account import Account
from hub.db.ping import PORT, ping
from hub.errors import ConfigurationError

ADMINISTRATOR = "postgres"
LOGIN = "luneo"
START_DEADLINE = 60.0  # seconds; recovery after kill -9 replays the log first
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "''",  # the socket is all there is: no network, no port to collide
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "synchronous_commit": "on",  # durability is promised: nothing here may trade it away
    "fsync": "on",
    "wal_level": "minimal",  # nobody replicates a private server
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_buffers": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "30s",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "log_line_prefix": "'%m [%p] '",
}
NEWER: Mapping[str, str] = {"io_method": "sync"}  # from PostgreSQL 18: cached reads need no I/O workers


class Cluster:
    """One data folder and the server on it. Not safe for concurrent use: callers stand in `holders.alone`."""

    def __init__(self, home: Path, socket_folder: Path, binaries: Path, account: Account, settings: Mapping[str, str]) -> None:
        self.home = home
        self.data = home / "data"
        self.log = home / "log"
        self.socket_folder = socket_folder
        self._binaries = binaries
        self._account = account
        self._settings = settings

    def answers(self) -> bool:
        return ping(self.socket_folder, user=ADMINISTRATOR)

    def create(self) -> None:
        """Make the data folder, once. It appears complete or not at all, even if this process is killed."""
        if self.data.exists():
            return
        scratch = self.home / "data.new"
        shutil.rmtree(scratch, ignore_errors=True)
        # The C locale with UTF-8 sorts by code point: fast, and the same on every machine.
        self._run("initdb", "-D", str(scratch), "-U", ADMINISTRATOR, "--auth=trust", "--encoding=UTF8", "--no-locale",
                  "--no-instructions")  # fmt: skip
        with (scratch / "postgresql.conf").open("a") as file:
            file.write("include_if_exists = 'luneo.conf'\n")
        # The login role is no superuser: row-level security holds for it.
        self._run("postgres", "--single", "-D", str(scratch), "postgres", words=(
            f"CREATE ROLE {LOGIN} LOGIN CREATEDB CREATEROLE;\nCREATE DATABASE {LOGIN} OWNER {LOGIN};\n"))  # fmt: skip
        scratch.rename(self.data)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._write_settings()
        self._clear_dead_process()
        deadline = time.monotonic() + START_DEADLINE
        while not self.answers():
            # After kill -9 of the server its children may hold the shared memory for a moment: then it is refused
            # and tried again.
            self._run("pg_ctl", "start", "-W", "-D", str(self.data), "-l", str(self.log), check=False)
            for _ in range(100):
                time.sleep(0.02)
                if self.answers():
                    return
            if time.monotonic() > deadline:
                raise ConfigurationError(f"The private PostgreSQL does not start: {self._last_words()}", hint=f"See {self.log}.")

    def stop(self) -> None:
        """End all sessions, write everything down, stop."""
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", "60", check=False)

    def _write_settings(self) -> None:
        major = (self.data / "PG_VERSION").read_text().strip()
        wanted = {**SETTINGS, **(NEWER if int(major) >= 18 else {}), **self._settings}
        wanted |= {"unix_socket_directories": f"'{self.socket_folder}'", "port": str(PORT)}
        file = self.data / "luneo.conf"
        file.write_text("".join(f"{name} = {value}\n" for name, value in wanted.items()))
        self._account.own(file)

    def _clear_dead_process(self) -> None:
        """Forget a killed server that nobody has reaped: PostgreSQL takes a zombie for a living one and would not start."""
        file = self.data / "postmaster.pid"
        try:
            pid = int(file.read_text().split("\n", 1)[0])
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, ValueError):
            return
        if state == "Z":
            file.unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str, words: str | None = None, check: bool = True) -> None:
        done = subprocess.run(  # noqa: S603 (our own programs, no shell)
            [str(self._binaries / program), *arguments],
            input=words, stdin=subprocess.DEVNULL if words is None else None, text=True, cwd="/",
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if program != "pg_ctl" else subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"}, umask=0o077, **self._account.switch(),
        )  # fmt: skip
        if check and done.returncode != 0:
            lines: Sequence[str] = [line for line in (done.stdout or "").splitlines() if "rror" in line or "FATAL" in line]
            raise ConfigurationError(
                f"The private PostgreSQL cannot be prepared in {self.home}: {(lines or [f'{program} failed'])[0].strip()}",
                hint="Set LUNEO_DATA_DIR to another folder, or LUNEO_DATABASE_URL to a server of yours.",
            )

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return "it says nothing"
        return next((line for line in reversed(lines) if "FATAL" in line), lines[-1] if lines else "it says nothing")
