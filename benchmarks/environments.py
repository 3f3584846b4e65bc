"""The peers' virtual environments, each of its own, made with uv from PyPI and kept in a cache directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import platformdirs

PINNED = {
    "airbyte": ("airbyte-cdk==7.39.1",),
    "singer": ("singer-sdk==0.54.9",),
    "dlt": ("dlt[postgres]==1.31.0",),
    "airbyte-source-shopify": ("airbyte-source-shopify==4.3.0",),
}


def cache() -> Path:
    """Where the environments live: `LUNEO_BENCH_CACHE`, else the user's cache directory."""
    return Path(os.environ.get("LUNEO_BENCH_CACHE") or platformdirs.user_cache_path("luneo-bench"))


UNWANTED = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")


def uv() -> list[str]:
    """How to call uv: the one that runs us, the one on the path, or the module."""
    if found := os.environ.get("UV") or shutil.which("uv"):
        return [found]
    return [sys.executable, "-m", "uv"]


def prepare(peer: str) -> Path:
    """The peer's environment, made unless it stands already; its `bin` folder. Raises RuntimeError with uv's own last words."""
    wanted = PINNED[peer]
    home = cache() / f"{peer}-{'-'.join(wanted)}-py{sys.version_info.major}{sys.version_info.minor}"
    done = home / "complete"
    if not done.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        _call([*uv(), "venv", "--clear", "--python", sys.executable, str(home)])
        _call([*uv(), "pip", "install", "--python", str(home / "bin" / "python"), *wanted])
        _call([str(home / "bin" / "python"), "-m", "compileall", "-q", str(home / "lib")], tolerant=True)
        done.touch()
    return home / "bin"


def compile_ours() -> None:
    """Bytecode of our own environment: the peers' are compiled when they are made."""
    root = Path(__file__).parent.parent
    folders = [root / name for name in ("hub", "connectors", "schemas")]
    _call([sys.executable, "-m", "compileall", "-q", *map(str, folders), sysconfig.get_path("purelib")], tolerant=True)


def _call(words: list[str], *, tolerant: bool = False) -> None:
    env = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    done = subprocess.run(words, capture_output=True, text=True, env=env, timeout=600)
    if done.returncode and not tolerant:
        raise RuntimeError(f"`{' '.join(words[:4])} …` failed: {(done.stderr or done.stdout).strip()[-400:]}")
