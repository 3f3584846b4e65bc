"""airbyte-source-shopify, unmodified, behind a CONNECT proxy: the streams that together hold what our products hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.environments import prepare
from benchmarks.peers.party import Command, objects

STREAMS = ("products", "product_variants", "metafield_products")
NESTED = ("products", "product_variants", "metafield_product_variants")
DAYS = 400  # one window over everything: one bulk operation a stream, as few as there can be
MOST_LINES = 1_000_000  # the highest that its settings allow before it cuts an operation short


SHOP = "luneo-bench"


@dataclass(frozen=True)
class Way:
    """How `https://<shop>.myshopify.com` is reached: a proxy's address, and the file of the authority that it has signed with."""

    proxy: str
    authority: str


class AirbyteShopify:
    """Reads in incremental mode without a state, which is how a connection begins. Presentment prices, of which we have nothing,
    are left out: its own setting."""

    name = "airbyte-source-shopify"

    def __init__(self, folder: Path) -> None:
        self._program = prepare(self.name) / "source-shopify"
        self._folder = folder

    def read(self, token: str, way: Way, streams: Sequence[str] = STREAMS) -> Command:
        """The streams as JSON lines."""
        start = datetime.now(UTC) - timedelta(days=DAYS - 1)
        config = {
            "shop": SHOP,
            "credentials": {"auth_method": "api_password", "api_password": token},
            "start_date": f"{start:%Y-%m-%d}",
            "bulk_window_in_days": DAYS,
            "job_checkpoint_interval": MOST_LINES,
            "job_product_variants_include_pres_prices": False,
        }
        (self._folder / "config.json").write_text(json.dumps(config))
        modes = ["full_refresh", "incremental"]
        chosen = [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": modes},
                "sync_mode": "incremental",
                "destination_sync_mode": "append",
            }
            for name in streams
        ]
        (self._folder / "catalog.json").write_text(json.dumps({"streams": chosen}))
        words: list[str | Path] = [self._program, "read", "--config", self._folder / "config.json"]
        words += ["--catalog", self._folder / "catalog.json"]
        return Command(words, {"HTTPS_PROXY": way.proxy, "REQUESTS_CA_BUNDLE": way.authority, "NO_PROXY": ""})

    def counts(self, output: Path) -> dict[str, int]:
        """Records by stream, each id once."""
        seen: dict[str, set[int]] = {}
        for message in objects(output):
            if message["type"] == "RECORD":
                seen.setdefault(message["record"]["stream"], set()).add(message["record"]["data"]["id"])
        return {name: len(ids) for name, ids in seen.items()}
