"""What every party of the comparison can be asked for, and how its answers are read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

KEY, SECRET = "ck_" + "b" * 40, "cs_" + "b" * 40


@dataclass(frozen=True)
class Command:
    """A command to measure: its words, what it adds to the environment, whether it writes to PostgreSQL."""

    words: list[str | Path]
    env: dict[str, str] = field(default_factory=dict)
    database: bool = False

    def environment(self) -> dict[str, str]:
        """Ours without what would lead another environment's Python astray; nobody phones home, everybody may keep bytecode."""
        dropped = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return kept | {"DO_NOT_TRACK": "1", "NO_COLOR": "1"} | self.env


class Party(Protocol):
    """One framework, ready to run against a store at `url`."""

    name: str

    def read(self, url: str) -> Command:
        """Every product as JSON lines."""
        ...

    def first(self, url: str) -> Command:
        """The first of a series of incremental syncs: reads everything and keeps a cursor."""
        ...

    def remember(self, output: Path) -> None:
        """Takes the cursor out of what `first` printed, where the framework does not keep it by itself."""
        ...

    def follow(self, url: str) -> Command:
        """The next incremental sync."""
        ...

    def ids(self, output: Path) -> Iterator[Any]:
        """The vendor ids of what `read` printed, in order, whatever their type."""
        ...

    def claims(self, output: Path, status: int) -> str:
        """What the framework itself says about the run: COMPLETE, or how it said otherwise."""
        ...


def objects(output: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of an output, one a line; anything else in it is passed over."""
    with output.open("rb") as lines:
        for line in lines:
            if line.startswith(b"{"):
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                yield found
