"""The private PostgreSQL: started when first needed, shared by every process on the same data, stopped by the last one."""

from __future__ import annotations

import atexit
import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from hub.db.account import Account, reachable_by_all, server_account
from hub.db.binaries import NEWEST, ROOT_HOME, copy_for_others, find_binaries
from hub.db.cluster import LOGIN, Cluster
from hub.db.holders import Holder, alone, others_hold
from hub.errors import ConfigurationError

LONGEST_SOCKET = 100  # bytes: the kernel's limit is 107 on Linux, 103 on macOS


class EmbeddedPostgres:
    """One holder of the private server whose data lives below `data_dir`.

    `start` makes the data if there is none, starts the server unless it answers, and answers its URL. `ensure` starts
    it again if it died. `stop` lets go; the last holder to let go stops the server. Killed holders let go by dying.
    `settings` are PostgreSQL's, over ours.
    """

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        if sys.platform == "win32":
            raise ConfigurationError("There is no private PostgreSQL on Windows:", hint="set LUNEO_DATABASE_URL.")
        self.home = home_of(data_dir)
        self._settings = settings or {}
        self._holder: Holder | None = None
        self._cluster: Cluster | None = None
        self._guard = threading.Lock()

    def start(self) -> str:
        """Hold the server; its URL for the database `luneo`, which exists. Raises ConfigurationError."""
        with self._guard:
            if self._holder is None:
                self._cluster = self._cluster or self._lay_out()
                with alone(self.home / "lock"):
                    self._cluster.create()
                    if not self._cluster.answers():
                        self._cluster.start()
                    self._holder = Holder(self.home / "holders")
                atexit.register(self.stop)
        return self.url()

    def ensure(self) -> None:
        """Start the server again if it does not answer. For holders only."""
        with self._guard:
            if self._holder is not None and self._cluster is not None:
                with alone(self.home / "lock"):
                    if not self._cluster.answers():
                        self._cluster.start()

    def stop(self) -> None:
        """Let go; stop the server if nobody else holds it."""
        with self._guard:
            if self._holder is None or self._cluster is None:
                return
            atexit.unregister(self.stop)
            if not self.home.exists():
                return  # somebody deleted the data; a server without its data ends by itself
            with alone(self.home / "lock"):
                self._holder.let_go()
                self._holder = None
                if not others_hold(self.home / "holders"):
                    self._cluster.stop()

    def url(self, database: str = LOGIN) -> str:
        """The address of one of its databases, as the login role `luneo` (no superuser)."""
        return f"postgresql://{LOGIN}@/{quote(database, safe='')}?host={quote(str(socket_folder(self.home)), safe='/')}"

    def _lay_out(self) -> Cluster:
        account = server_account()
        try:
            # Root's own folder above it must let the server's user through; everything in it stays the user's own.
            self.home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            self._own_folder(self.home, account)
            self._own_folder(self.home / "holders", account)
            self._own_folder(socket_folder(self.home), account)
        except OSError as error:
            raise ConfigurationError(
                f"The data folder {self.home} cannot be used ({error.strerror}):", hint="set LUNEO_DATA_DIR to another folder."
            ) from error
        version = self.home / "data" / "PG_VERSION"
        binaries = find_binaries(version.read_text().strip() if version.exists() else NEWEST)
        if account.uid is not None and not reachable_by_all(binaries):
            binaries = copy_for_others(binaries)
        return Cluster(self.home, socket_folder(self.home), binaries, account, self._settings)

    @staticmethod
    def _own_folder(folder: Path, account: Account) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), account.uid):
            raise ConfigurationError(f"{folder} belongs to somebody else:", hint="set LUNEO_DATA_DIR to another folder.")
        account.own(folder)


def home_of(data_dir: Path) -> Path:
    """Where the server's files lie: in the data folder, except for root when its server's user could not get there."""
    home = data_dir.resolve() / "postgres"
    if os.geteuid() != 0 or data_dir.is_file() or reachable_by_all(home.parent):
        return home
    return ROOT_HOME / f"postgres-{_mark(home)}"


def socket_folder(home: Path) -> Path:
    """Where its socket lies: beside the data, or below the temporary folder when that path is too long for a socket."""
    folder = home / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET:
        return folder
    return Path(tempfile.gettempdir()) / f"luneo-{os.geteuid()}-{_mark(home)}"


def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
