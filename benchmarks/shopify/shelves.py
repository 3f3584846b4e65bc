"""The list of all products by id and time, as the scan documents ask for it: as long as the bulk files."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.shopify.sandbox import Sandbox
from connectors.shopify.sandbox.connections import Rows, page, sorted_rows
from connectors.shopify.sandbox.listings import KINDS
from connectors.shopify.sandbox.request import Answer
from connectors.shopify.sandbox.search import parse
from connectors.shopify.sandbox.state import Json, number_of

KIND = KINDS["products"]


class Shelves:
    """Ids and times of every product, copies and all."""

    def __init__(self, sandbox: Sandbox, samples: Sequence[Json], products: int, stride: int) -> None:
        self._sandbox = sandbox
        self._rows: list[Json] = []
        for number in range(products):
            sample = samples[number % len(samples)]
            id = number_of(sample["id"]) + number // len(samples) * stride
            self._rows.append({"id": f"gid://shopify/Product/{id}", "updatedAt": sample["updatedAt"]})
        self._kept: dict[tuple[str | None, str], Rows] = {}

    def answer(self, variables: Json) -> Answer:
        """ScanProducts."""
        listing = self._listing(variables.get("query"), variables["sort"])
        found = page(listing, {"first": variables["first"], "after": variables.get("after")}, edges=False)
        counted = len(self._listing(variables.get("counted"), "ID").rows)
        return self.said({"products": found, "productsCount": self.count(counted)}, cost=2 + len(found["nodes"]))

    def count(self, number: int) -> Json:
        """A Count that is exact."""
        return {"count": number, "precision": "EXACT"}

    def said(self, data: Json, cost: int = 1) -> Answer:
        """An answer, its cost taken off the bucket."""
        self._sandbox.bucket.take(cost)
        said = {"requestedQueryCost": cost, "actualQueryCost": cost, "throttleStatus": self._sandbox.bucket.status()}
        return Answer.json({"data": data, "extensions": {"cost": said}}, headers=[(b"x-shopify-api-version", b"2026-10")])

    def _listing(self, query: str | None, sort: str) -> Rows:
        key = (query, sort)
        if key not in self._kept:
            test = parse(query, {name: KIND.fields[name] for name in ("id", "updated_at")}, ()).test
            rows = [row for row in self._rows if test is None or test(row)]
            self._kept[key] = sorted_rows(rows, KIND.sorts.get(sort, lambda _row: 0))
        return self._kept[key]
