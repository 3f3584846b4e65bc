"""airbyte-cdk's `source-declarative-manifest` on a pass-through products stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.environments import prepare
from benchmarks.peers.party import KEY, SECRET, Command, objects

MANIFEST = Path(__file__).with_name("scripts") / "airbyte_manifest.yaml"
MODES = ["full_refresh", "incremental"]


class Airbyte:
    """Reads in incremental mode; the first read has no state, which is how a connection begins."""

    name = "airbyte"

    def __init__(self, folder: Path) -> None:
        self._program = prepare(self.name) / "source-declarative-manifest"
        self._folder = folder
        stream = {"name": "products", "json_schema": {}, "supported_sync_modes": MODES}
        chosen = {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append"}
        (folder / "catalog.json").write_text(json.dumps({"streams": [chosen]}))

    def read(self, url: str) -> Command:
        (self._folder / "config.json").write_text(json.dumps({"url": url, "key": KEY, "secret": SECRET}))
        words: list[str | Path] = [self._program, "read", "--config", self._folder / "config.json"]
        words += ["--catalog", self._folder / "catalog.json", "--manifest-path", MANIFEST]
        return Command(words)

    def first(self, url: str) -> Command:
        return self.read(url)

    def remember(self, output: Path) -> None:
        states = [message["state"] for message in objects(output) if message["type"] == "STATE"]
        (self._folder / "state.json").write_text(json.dumps(states[-1:]))

    def follow(self, url: str) -> Command:
        return Command([*self.read(url).words, "--state", self._folder / "state.json"])

    def ids(self, output: Path) -> Iterator[Any]:
        for message in objects(output):
            if message["type"] == "RECORD":
                yield message["record"]["data"].get("id")

    def claims(self, output: Path, status: int) -> str:
        ends = [
            message["trace"]["stream_status"]["status"]
            for message in objects(output)
            if message["type"] == "TRACE" and "stream_status" in message["trace"]
        ]
        return ends[-1] if ends else f"exit {status}"
