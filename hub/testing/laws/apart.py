"""Starting a sync in a process of its own, and ending it without warning."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import dataclass
from typing import Any

from hub.ports import Limits
from hub.sync.run import Mode
from hub.testing.laws.paced import SMALL
from hub.testing.laws.trial import Trial

LONGEST = 90.0  # seconds of one child


@dataclass(slots=True)
class Apart:
    """A child at work. `kill` ends it as a power cut would."""

    process: asyncio.subprocess.Process
    killed: bool = False

    def kill(self) -> None:
        """SIGKILL, at once; nothing of it is asked."""
        if self.process.returncode is None:
            self.killed = True
            self.process.send_signal(signal.SIGKILL)

    async def end(self) -> tuple[dict[str, Any], str]:
        """Its answer (empty when it was killed) and everything it said."""
        try:
            async with asyncio.timeout(LONGEST):
                out, said = await self.process.communicate()
        finally:
            self.kill()
        lines = out.decode().splitlines()
        answer = json.loads(lines[-1]) if lines and not self.killed else {}
        return answer, said.decode("utf-8", "replace") + out.decode("utf-8", "replace")


async def start(
    shop: Trial, resource: str, mode: Mode = "backfill", *, limits: Limits = SMALL, lease: float = 1.0, commit_rows: int = 20
) -> Apart:
    """A child that syncs this resource."""
    kind = type(shop.ground.connector)
    task = {
        "connector": f"{kind.__module__}:{kind.__qualname__}", "database": shop.ground.db.url,
        "egress": shop.url.removeprefix("http://"), "org": str(shop.org), "installation": str(shop.installation),
        "resource": resource, "mode": mode, "lease": lease, "commit_rows": commit_rows,
        "per_second": limits.per_second, "burst": limits.burst, "page_sizes": limits.page_sizes,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hub.testing.laws.child",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None  # noqa: S101 (a pipe)
    process.stdin.write(json.dumps(task).encode() + b"\n")
    process.stdin.close()
    return Apart(process)
