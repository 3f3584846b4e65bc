"""The command starts quickly: nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.hub.cli.conftest import environment

HEAVY = ("fastapi", "sqlalchemy", "asyncpg", "httpx", "uvicorn", "openai", "trimesh", "stripe", "redis", "requests", "alembic")

LOADED = """
import json, sys
from hub.cli.guard import run
code = run(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write(json.dumps([code, sorted(sys.modules)]))
"""


def loaded(tmp_path: Path, *words: str) -> set[str]:
    """The modules that a command has imported when it ends well."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], env=environment(tmp_path), capture_output=True, text=True, timeout=30
    )
    code, modules = json.loads(done.stderr)
    assert code == 0
    return set(modules)


def test_connectors_imports_nothing_heavy(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "connectors").intersection(HEAVY)


def test_help_imports_nothing_heavy_and_no_room_but_the_command(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "--help")
    assert not modules.intersection(HEAVY)
    front = ("hub.cli", "hub.errors", "hub.hookspecs", "hub.ports")  # what authors import comes with `hub` itself
    assert not [name for name in modules if name.startswith("hub.") and not name.startswith(front)]


def test_every_command_of_the_house_has_help(tmp_path: Path) -> None:
    from hub.cli.frame import COMMANDS

    for word in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", "hub.cli", word, "--help"],
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, word
        assert "Usage: luneo " + word in done.stdout
        assert os.linesep in done.stdout
