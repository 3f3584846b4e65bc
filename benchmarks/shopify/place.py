"""Where the Shopify shop of the benchmark is: in a process of its own, whose work is on nobody's bill."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench import control
from benchmarks.peers.airbyte_shopify import Way


@dataclass(frozen=True)
class Place:
    """Its address for us; the peer's way to it."""

    url: str
    way: Way

    def control(self, verb: str, **query: object) -> Any:
        """A control call."""
        return control(self.url, verb, **query)


@contextmanager
def open_shop() -> Iterator[Place]:
    """Starts the shop; ends it afterwards, files and all."""
    words = [sys.executable, "-m", "benchmarks.shopify.serve"]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=root, text=True) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield Place(said["url"], Way(said["proxy"], said["authority"]))
        finally:
            process.terminate()
