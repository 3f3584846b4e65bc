"""Our side of the comparison: the `luneo` command and nothing below it, on a database of the benchmark's own server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.environments import compile_ours
from benchmarks.peers.party import KEY, SECRET, Command, objects
from benchmarks.postgres import Server

NAME = "bench"
TEMPLATE = "luneo_template"


class Luneo:
    """Builds the product's commands. Databases are copies of one that `luneo db upgrade` has filled."""

    name = "luneo"

    def __init__(self, folder: Path, server: Server) -> None:
        self._program = Path(sys.executable).with_name("luneo")
        if not self._program.exists():
            raise RuntimeError(f"{self._program} is not installed: run `uv sync`")
        compile_ours()
        self._folder = folder
        self._server = server

    def fresh(self, database: str) -> str:
        """A new, upgraded and empty database; its name."""
        self._server.fresh(database, TEMPLATE)
        return database

    def upgrade(self) -> Command:
        """Makes the template."""
        self._server.fresh(TEMPLATE)
        return self.command(["db", "upgrade"], TEMPLATE)

    def connectors(self) -> Command:
        return self.command(["connectors"], TEMPLATE)

    def read(self, url: str) -> Command:
        return self._extract("--raw", url)

    def canonical(self, url: str) -> Command:
        """Every product as JSON lines, mapped and validated."""
        return self._extract("--canonical", url)

    def connect(self, url: str, database: str) -> Command:
        """Joins the shop to the only organisation."""
        words = ["connect", "woocommerce", url, "--key", KEY, "--secret", SECRET, "--allow-http", "--name", NAME]
        return self.command(words, database, url)

    def connect_shopify(self, url: str, token: str, database: str) -> Command:
        """Joins a Shopify shop to the only organisation."""
        return self.command(["connect", "shopify", url, "--token", token, "--allow-http", "--name", NAME], database, url)

    def read_shopify(self, url: str, token: str, form: str = "--raw") -> Command:
        """Every product of a Shopify shop as JSON lines: its export put together again; `--canonical` also maps and validates."""
        words = ["extract", "shopify", "products", form, "--url", url, "--token", token, "--allow-http"]
        return self.command(words, TEMPLATE, url)

    def sync(self, url: str, database: str, *more: str) -> Command:
        """One sync of the products: the first is a full one, the next are incremental unless `--full` is said."""
        return self.command(["sync", NAME, "--resource", "products", "--json", *more], database, url)

    def command(self, words: list[str], database: str, url: str = "") -> Command:
        """Any `luneo` command on one database, allowed to reach the store at `url`."""
        env = {"LUNEO_DATABASE_URL": self._server.database(database), "LUNEO_DATA_DIR": str(self._folder)}
        env["LUNEO_EGRESS_ALLOW"] = urlsplit(url).netloc
        return Command([self._program, *words], env, database=True)

    def ids(self, output: Path) -> Iterator[Any]:
        for row in objects(output):
            yield row.get("id")

    def stored(self, database: str) -> list[int]:
        """The vendor ids of the products that a database holds."""
        query = "SELECT vendor_id FROM record WHERE kind = 'product' AND deleted_at IS NULL"
        return [int(line) for line in self._server.sql(query, database).splitlines()]

    def claims(self, output: Path, status: int) -> str:  # noqa: ARG002 - the exit status is the verdict
        return {0: "COMPLETE", 2: "PARTIAL"}.get(status, f"exit {status}")

    def _extract(self, form: str, url: str) -> Command:
        words = ["extract", "woocommerce", "products", form, "--url", url, "--key", KEY, "--secret", SECRET, "--allow-http"]
        return self.command(words, TEMPLATE, url)
