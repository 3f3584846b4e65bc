"""The plan of the house, kept by a machine: imports go one way, nothing is imported that should not be, names stay in use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "models.py", "service.py", "common.py", "misc.py"}
ROOMS = ("schemas", "hub", "connectors", "plugins", "webhooks")


def test_imports_go_in_the_plans_direction() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_named_after_a_role() -> None:
    named = [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if path.name in FORBIDDEN_NAMES]
    assert named == []


def test_what_authors_import_is_light() -> None:
    heavy = "{'fastapi', 'sqlalchemy', 'httpx', 'openai', 'trimesh', 'stripe', 'cloudinary', 'redis', 'arq', 'requests'}"
    code = f"import sys, hub, hub.ports, hub.errors, hub.hookspecs, schemas; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
