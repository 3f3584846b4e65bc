"""The PostgreSQL server that every party of the benchmark writes into, private and thrown away at the end.

Programs, system user and settings are those of the product's own private server; only that it listens on the loopback,
for the peers' drivers, and asks for a password. Everything goes through `private_server`.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.db.account import reachable_by_all, server_account
from hub.db.binaries import ROOT_HOME, copy_for_others, find_binaries
from hub.db.cluster import NEWER, SETTINGS

OWNER = "luneo"


@dataclass(frozen=True)
class Server:
    """A running server: `address` is user-less, `pid` the postmaster's."""

    address: str
    password: str
    pid: int
    psql: Path

    def database(self, name: str, user: str = OWNER) -> str:
        """The URL of one database, by default for the role that owns them and is no superuser."""
        return f"postgresql://{user}:{self.password}@{self.address}/{name}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Runs one statement as the superuser and gives its output, unaligned."""
        words = [str(self.psql), "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", statement]
        done = subprocess.run([*words, self.database(database, "postgres")], capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(f"PostgreSQL refused {statement!r}: {done.stderr.strip()}")
        return done.stdout.strip()

    def fresh(self, name: str, template: str = "template1") -> str:
        """An empty database of that name, or a copy of another; its URL."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{OWNER}"')
        return self.database(name)


def free_port() -> int:
    """A port that the system says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def private_server() -> Iterator[Server]:
    """Starts a server on a free port of the loopback; stops it and removes its data afterwards."""
    account, programs = server_account(), find_binaries()
    as_root = account.uid is not None
    psql = programs / "psql"
    if as_root and not reachable_by_all(programs):
        programs = copy_for_others(programs)
    if as_root:
        ROOT_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT_HOME if as_root else None))
    password, port = secrets.token_hex(16), free_port()
    (home / "password").write_text(password)
    for path in (home, home / "password"):
        account.own(path)
    try:
        with (home / "log").open("wb") as log:
            asked: list[str | Path] = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--pwfile"]
            made = [programs / "initdb", *asked, home / "password", "-D", home / "data"]
            subprocess.run(made, cwd="/", stdout=log, stderr=log, check=True, timeout=120, **account.switch())
            words: list[str | Path] = [programs / "postgres", "-D", home / "data"]
            # Autovacuum would come half a minute later, while the next party is measured: everybody pays for his own work only.
            ours = {"listen_addresses": "127.0.0.1", "port": str(port), "autovacuum": "off"}
            for name, value in {**SETTINGS, **NEWER, **ours}.items():
                words += ["-c", f"{name}={value.strip(chr(39))}"]
            words += ["-k", home]
            process = subprocess.Popen(words, cwd="/", stdout=log, stderr=log, start_new_session=True, **account.switch())
        try:
            server = Server(f"127.0.0.1:{port}", password, process.pid, psql)
            _wait(server, process, home / "log")
            server.sql(f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown: does not wait for clients
            process.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.sql("SELECT 1")
            return
        except RuntimeError:
            time.sleep(0.1)
    raise RuntimeError(f"the benchmark's PostgreSQL did not start: {log.read_text()[-500:]}")
