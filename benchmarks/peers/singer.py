"""singer-sdk: the small tap in `scripts`, run by an environment of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.environments import prepare
from benchmarks.peers.party import KEY, SECRET, Command, objects

TAP = Path(__file__).with_name("scripts") / "singer_tap.py"


class Singer:
    """The default JSON-lines writer, the bookmark kept in a state file."""

    name = "singer"

    def __init__(self, folder: Path) -> None:
        self._python = prepare(self.name) / "python"
        self._folder = folder

    def read(self, url: str) -> Command:
        (self._folder / "config.json").write_text(json.dumps({"url": url, "key": KEY, "secret": SECRET}))
        return Command([self._python, TAP, "--config", self._folder / "config.json"])

    def first(self, url: str) -> Command:
        return self.read(url)

    def remember(self, output: Path) -> None:
        states = [message["value"] for message in objects(output) if message["type"] == "STATE"]
        (self._folder / "state.json").write_text(json.dumps(states[-1]))

    def follow(self, url: str) -> Command:
        return Command([*self.read(url).words, "--state", self._folder / "state.json"])

    def ids(self, output: Path) -> Iterator[Any]:
        for message in objects(output):
            if message["type"] == "RECORD":
                yield message["record"].get("id")

    def claims(self, output: Path, status: int) -> str:  # noqa: ARG002 - its exit status is all it says
        return "COMPLETE" if status == 0 else f"exit {status}"
