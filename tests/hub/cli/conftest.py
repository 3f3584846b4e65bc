"""The command as people run it: a process of its own, on a database and in a data folder of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.cli import guard
from hub.crypto.keys import key_ring, pepper
from hub.settings import get_settings


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON object that is alone on stdout."""
        return json.loads(self.out)


Luneo = Callable[..., Ran]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """This process's environment without any setting of ours, and then these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LUNEO_")}
    return kept | {"LUNEO_DATA_DIR": str(folder), "NO_COLOR": "1"} | more


@pytest.fixture
def bare_luneo(tmp_path: Path) -> Luneo:
    """Run `luneo WORDS` where no database is configured: for commands that need none."""

    def run(*words: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "hub.cli", *words],
            env=environment(tmp_path, **(env or {})),
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def luneo(bare_luneo: Luneo, clean_database_url: str) -> Luneo:
    """Run `luneo WORDS` on an empty, migrated database."""

    def run(*words: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> Ran:
        return bare_luneo(*words, env={"LUNEO_DATABASE_URL": clean_database_url} | dict(env or {}), timeout=timeout)

    return run


@pytest.fixture
def quick_luneo(clean_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Luneo:
    """The same in this process, which spares a second of imports for every word."""
    monkeypatch.setattr("hub.cli.logs.log_to_file", lambda settings: None)

    def run(*words: str, env: Mapping[str, str] | None = None, timeout: float = 60) -> Ran:
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("LUNEO_")]:
                patch.delenv(name)
            chosen = {"LUNEO_DATA_DIR": str(tmp_path), "LUNEO_DATABASE_URL": clean_database_url, "NO_COLOR": "1"}
            for name, value in (chosen | dict(env or {})).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.StringIO())
            out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
            _forget()
            with redirect_stdout(out), redirect_stderr(err):
                code = guard.run(list(words))
            _forget()
        out.seek(0)
        return Ran(code, out.read(), err.getvalue())

    return run


def _forget() -> None:
    """What a process reads once."""
    get_settings.cache_clear()
    key_ring.cache_clear()
    pepper.cache_clear()
