"""The nested objects of a page of parents: asked for all at once where the shop can, else parent by parent; drained or named.

`/variations` lists those of all products since WooCommerce 10.3, `/refunds` those of all orders since 9.0; both take
`include`. What such an answer lacks is asked for again below its parent, whose own count then says when the list is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.woocommerce.client.calls import Calls
from connectors.woocommerce.client.headers import read_rows
from connectors.woocommerce.client.listing import NESTED, PATHS, PER_PAGE, include_params
from connectors.woocommerce.client.outcomes import Refused
from hub.errors import ConnectorError
from hub.ports import BadRow, Children, Row

CONCURRENCY = 2  # calls at once into one shop, parent by parent


@dataclass(slots=True)
class Drained:
    """The whole list of one parent, or what is known of it and why it is not whole."""

    rows: list[Row]
    bad: list[BadRow] = field(default_factory=list)
    reason: str | None = None


class ChildReader:
    """Reads one kind of children. What a failed attempt has drained already is kept for the next attempt at the same parents."""

    def __init__(self, calls: Calls, child_kind: str, everywhere: bool) -> None:
        self._calls = calls
        self._kind = child_kind
        self._everywhere = everywhere
        self._kept: dict[str, Drained] = {}

    async def read(self, parents: Sequence[Row]) -> Children:
        """The children of these parents, in the order in which each parent lists them."""
        wanted = {parent.id: parent for parent in parents if parent.children != ()}
        drained = {parent.id: Drained([]) for parent in parents if parent.children == ()}
        drained |= {id: self._kept[id] for id in wanted if id in self._kept}
        if self._everywhere:
            await self._at_once([parent for id, parent in wanted.items() if id not in drained])
        drained |= {id: self._kept[id] for id in wanted if id in self._kept}
        await self._one_by_one([parent for id, parent in wanted.items() if id not in drained])
        drained |= {id: self._kept[id] for id in wanted if id in self._kept}
        self._kept.clear()
        return Children(
            rows={parent.id: drained[parent.id].rows for parent in parents},
            incomplete={id: one.reason for id, one in drained.items() if one.reason is not None},
            bad=[row for one in drained.values() for row in one.bad],
        )

    async def _at_once(self, parents: Sequence[Row]) -> None:
        """Ask by id, a hundred at a time; parents whose children all came are done."""
        owners = {child: parent.id for parent in parents for child in parent.children or ()}
        ids = list(owners)
        found: dict[str, Row] = {}
        for start in range(0, len(ids), PER_PAGE):
            try:
                rows = await self._calls.rows(PATHS[self._kind], include_params(self._kind, ids[start : start + PER_PAGE]))
            except Refused as refused:
                if refused.status != 404:
                    raise
                self._everywhere = False  # an older shop
                return
            found |= {row.id: row for row in read_rows(rows.raws, rows.at)[0] if row.id in owners}
        for parent in parents:
            if parent.children is not None and all(child in found for child in parent.children):
                self._kept[parent.id] = Drained([_below(found[child], parent.id) for child in parent.children])

    async def _one_by_one(self, parents: Sequence[Row]) -> None:
        waiting = iter(parents)
        errors: list[Exception] = []

        async def worker() -> None:
            for parent in waiting:
                if errors:
                    return
                try:
                    self._kept[parent.id] = await self._drain(parent)
                except Exception as error:
                    errors.append(error)

        await asyncio.gather(*(worker() for _ in range(min(CONCURRENCY, len(parents)))))
        if errors:
            raise errors[0]

    async def _drain(self, parent: Row) -> Drained:
        """Read a parent's own list; once more when its count does not come true, for it may have changed meanwhile."""
        drained = await self._drain_once(parent)
        return drained if drained.reason is None else await self._drain_once(parent)

    async def _drain_once(self, parent: Row) -> Drained:
        path = NESTED[self._kind].format(parent=parent.id)
        found: dict[str, Row] = {}
        bad: list[BadRow] = []
        offset, total = 0, None
        while True:
            params = {"per_page": str(PER_PAGE), "orderby": "id", "order": "asc"}
            if offset:  # whole pages by number, which also what ignores `offset` takes
                params |= {"offset": str(offset)} if offset % PER_PAGE else {"page": str(offset // PER_PAGE + 1)}
            try:
                rows = await self._calls.rows(path, params)
            except Refused as refused:
                return Drained(_in_order(parent, found), bad, _why(refused))
            good, broken = read_rows(rows.raws, rows.at)
            before = len(found)
            found |= {row.id: _below(row, parent.id) for row in good}
            bad += broken
            offset += len(rows.raws)
            total = rows.total if rows.total else total
            if not rows.raws or (total is not None and offset >= total) or len(found) + len(bad) == before:
                break
        return Drained(_in_order(parent, found), bad, self._gap(parent, found, len(bad), total))

    def _gap(self, parent: Row, found: dict[str, Row], bad: int, total: int | None) -> str | None:
        """What shows that a list is not whole. A shop that counts nothing must at least send what the parent lists."""
        seen = len(found) + bad
        if total is not None and seen != total:
            return f"The shop counts {total} {PATHS[self._kind]} and sent {seen}."
        if total is None and any(child not in found for child in parent.children or ()):
            return f"The shop does not count its {PATHS[self._kind]}, and some that the parent lists did not come."
        return None


def _below(row: Row, parent: str) -> Row:
    return row if row.parent == parent else Row(row.id, row.body, row.modified, parent, row.children)


def _in_order(parent: Row, found: dict[str, Row]) -> list[Row]:
    """The parent's own order first, then what it does not list."""
    listed = [found[child] for child in parent.children or () if child in found]
    known = {row.id for row in listed}
    return listed + [row for id, row in found.items() if id not in known]


def _why(error: ConnectorError) -> str:
    return f"The list could not be read: {error.message}"
