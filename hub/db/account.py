"""Whose process the private server is: PostgreSQL refuses to run as root, so root lends it a system user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from hub.errors import ConfigurationError

SYSTEM_USER = "luneo"


class Switch(TypedDict, total=False):
    """What subprocess.run needs in order to run a program as that user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """The user that runs the server. `uid` is None when it is simply ourselves."""

    uid: int | None = None
    gid: int | None = None

    def own(self, path: Path) -> None:
        """Give the path to that user."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def switch(self) -> Switch:
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account() -> Account:
    """Ourselves; for root the system user `luneo`, made when it is missing."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _make()
    return Account(entry.pw_uid, entry.pw_gid)


def _make() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is not None:
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True)  # noqa: S603
    try:
        return pwd.getpwnam(SYSTEM_USER)  # made by us, or by a process that was quicker
    except KeyError:
        raise ConfigurationError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER!r} cannot be made:",
            hint="make it, run luneo as another user, or set LUNEO_DATABASE_URL.",
        ) from None


def reachable_by_all(folder: Path) -> bool:
    """True if every existing folder on the way there can be entered by other users."""
    return all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.parents] if parent.exists())
