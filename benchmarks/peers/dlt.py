"""dlt's rest_api source: the small pipeline in `scripts`, run by an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.environments import prepare
from benchmarks.peers.party import Command, objects
from benchmarks.postgres import Server

PIPELINE = Path(__file__).with_name("scripts") / "dlt_pipeline.py"
QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}


class Dlt:
    """Iterating for JSON lines; extract, normalise and merge for PostgreSQL, where it also keeps its cursor."""

    name = "dlt"

    def __init__(self, folder: Path, server: Server) -> None:
        self._python = prepare(self.name) / "python"
        self._folder = folder
        self._server = server
        self._series = 0

    def read(self, url: str) -> Command:
        return self._command(["iterate", url])

    def load(self, url: str) -> Command:
        """A full sync into a database that was empty; a new one each time."""
        return self._pipeline("load", url)

    def first(self, url: str) -> Command:
        return self._pipeline("follow", url)

    def remember(self, output: Path) -> None:
        """Nothing to do: the cursor is in the database."""

    def follow(self, url: str) -> Command:
        database = self._server.database("dlt_follow")
        return self._command(["follow", url, database, self._folder / f"pipelines-{self._series}"], database=True)

    def ids(self, output: Path) -> Iterator[Any]:
        for row in objects(output):
            yield row.get("id")

    def claims(self, output: Path, status: int) -> str:  # noqa: ARG002 - its exit status is all it says
        return "COMPLETE" if status == 0 else f"exit {status}"

    def _pipeline(self, verb: str, url: str) -> Command:
        self._series += 1
        database = self._server.fresh(f"dlt_{verb}")
        return self._command([verb, url, database, self._folder / f"pipelines-{self._series}"], database=True)

    def _command(self, words: list[str | Path], *, database: bool = False) -> Command:
        # dlt looks for a `.dlt` folder where it stands
        return Command([self._python, PIPELINE, *words], QUIET | {"DLT_DATA_DIR": str(self._folder)}, database)
