"""How much of its points a shop's readers use: two workers read details page by page from a shop with an ordinary bucket.

Counted while both still have work: the points that were spent, of all that the bucket held at first and got since. What lies
in it when the time is up counts as not used.
"""

from __future__ import annotations

import subprocess
import time
from typing import Any

from benchmarks.bench import Bench
from benchmarks.ours import NAME, Luneo
from benchmarks.shopify.place import Place

BUCKET, RESTORE = 2000, 100  # of a shop on the cheapest plan
SHOP = {"products": 200, "orders": 200, "customers": 100}  # less than an export is begun for, and work for longer than it takes
WINDOW = 120.0  # seconds
START = 60.0  # seconds until points are spent in earnest: the shop's bulk operations fail first
RESOURCES = ("products", "orders")


def pace(bench: Bench, ours: Luneo, place: Place, window: float = WINDOW) -> dict[str, float]:
    """{"cost_budget_used", "throttled", "points_spent"}. Raises RuntimeError when a worker ends too early."""
    token = place.control("plain", bucket=BUCKET, restore=RESTORE, **SHOP)["token"]
    database = ours.fresh("luneo_pace")
    if bench.measure("connect-pace", ours.connect_shopify(place.url, token, database)).status:
        raise RuntimeError("the shop could not be connected")
    workers = [_worker(bench, ours, place, database, resource) for resource in RESOURCES]
    try:
        seen = place.control("stats")
        patience = time.monotonic() + START
        while seen["available"] > BUCKET / 2:
            if time.monotonic() > patience:
                raise RuntimeError("nobody reads pages")
            time.sleep(0.1)
            seen = place.control("stats")
        began = time.monotonic()
        while time.monotonic() - began < window:
            time.sleep(0.5)
            if any(worker.poll() is not None for worker in workers):
                raise RuntimeError("a worker has ended before the time was up")
        after = place.control("stats")
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(30)
    held = seen["available"] + RESTORE * (time.monotonic() - began)
    spent = after["spent"] - seen["spent"]
    return {"cost_budget_used": round(spent / held, 3), "throttled": after["throttled"], "points_spent": spent}


def _worker(bench: Bench, ours: Luneo, place: Place, database: str, resource: str) -> subprocess.Popen[Any]:
    command = ours.command(["sync", NAME, "--resource", resource, "--json"], database, place.url)
    with bench.output(f"pace-{resource}").open("wb") as out:
        return subprocess.Popen([str(word) for word in command.words], env=command.environment(), stdout=out, stderr=out)
