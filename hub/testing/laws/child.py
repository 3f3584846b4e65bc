"""One sync in a process of its own: what can be killed, and whose memory and output are nobody else's.

Reads its task as one JSON object from stdin, prints its answer as the last line of stdout; everything it logs, at the
lowest level, goes to stderr.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from hub.ports import Connector, Limits


def peak_mb() -> float:
    """The greatest resident size of this process so far, in MB. getrusage would count the parent's too, across exec."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def connector_of(place: str) -> Connector:
    """An instance of the class at `module:Class`."""
    module, _, name = place.partition(":")
    made: Connector = getattr(import_module(module), name)()
    return made


async def work(task: dict[str, Any]) -> dict[str, Any]:
    """Do the sync."""
    from hub.db.engine import Database
    from hub.http import guarded_client
    from hub.registry import Registry
    from hub.sync.engine import Engine
    from hub.sync.run import sync
    from hub.testing.laws.paced import paced
    from hub.testing.laws.trial import HURRY

    limits = Limits(task["per_second"], task["burst"], tuple(task["page_sizes"]))
    connector = paced(connector_of(task["connector"]), limits)
    registry = Registry({connector.manifest.name: connector})
    db, http = Database(task["database"]), guarded_client([task["egress"]])
    try:
        engine = Engine(db, registry, http, None, HURRY, lease_seconds=task["lease"], commit_rows=task["commit_rows"])
        result = await sync(engine, UUID(task["org"]), UUID(task["installation"]), task["resource"], task["mode"], "laws")
    finally:
        await http.close()
        await db.close()
    return {"verdict": result.verdict, "reason": result.reason, "peak_mb": peak_mb(), "seconds": result.seconds}


def main() -> None:
    """Read the task, do it, print the answer."""
    import structlog

    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, force=True)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    task = json.loads(sys.stdin.readline())
    try:
        answer = asyncio.run(work(task))
    except Exception as error:
        logging.getLogger("laws").exception("failed")
        answer = {"verdict": "FAILED", "reason": f"{type(error).__name__}: {error}", "peak_mb": peak_mb(), "seconds": 0.0}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
