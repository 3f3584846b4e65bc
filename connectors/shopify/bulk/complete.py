"""Rows out of what was put together: orders get their parts, what the files do not hold is fetched, hidden fields are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from connectors.shopify.bulk.group import Single, Tree
from connectors.shopify.client.details import Details
from connectors.shopify.client.parts import needs_parts
from connectors.shopify.times import moment
from hub.ports import BadRow, Resource, Row
from schemas.exact import decode, encode_plain

SAMPLE: Final = 3  # records that are fetched to learn which fields the shop hides
Ready = Row | BadRow


class _Parts(msgspec.Struct, gc=False):
    """What `needs_parts` looks at."""

    refunds: Any = None
    fulfillments: Any = None
    transactions: Any = None
    totalShippingPriceSet: Any = None
    shippingLine: Any = None


_parts: Final = msgspec.json.Decoder(_Parts).decode


class Completion:
    """For one export. A file does not say that a field is empty for want of a permission; an answer does."""

    def __init__(self, details: Details, resource: Resource) -> None:
        self._details = details
        self._resource = resource
        self._unseen: tuple[str, ...] | None = () if resource.name == "products" else None

    async def rows(self, records: Sequence[Tree | Single]) -> tuple[list[Row], list[BadRow]]:
        """In the order of the records; what the shop no longer has is absent."""
        trees = [one for one in records if isinstance(one, Tree)]
        if self._unseen is None and trees:
            self._unseen = await self._hidden([one.id for one in trees[:SAMPLE]])
        found: dict[str, Ready] = await self._fetched([one.id for one in records if isinstance(one, Single)])
        found |= await self._completed(trees) if self._resource.name == "orders" else {}
        ready = [self._row(one) if isinstance(one, Tree) and one.id not in found else found.get(one.id) for one in records]
        return [one for one in ready if isinstance(one, Row)], [one for one in ready if isinstance(one, BadRow)]

    def _row(self, tree: Tree) -> Row:
        return Row(tree.id, tree.body, tree.modified, unseen=self._unseen or ())

    async def _hidden(self, ids: Sequence[str]) -> tuple[str, ...]:
        """The fields that the shop keeps from us."""
        found: dict[str, Ready] = {}
        await self._details.read(self._resource, ids, found)
        return tuple(dict.fromkeys(field for row in found.values() if isinstance(row, Row) for field in row.unseen))

    async def _fetched(self, ids: Sequence[str]) -> dict[str, Ready]:
        found: dict[str, Ready] = {}
        for _ in range(2):  # one left out by a mistake is asked for once more before it counts as deleted
            if any(id not in found for id in ids):
                await self._details.read(self._resource, ids, found)
        return found

    async def _completed(self, trees: Sequence[Tree]) -> dict[str, Ready]:
        """Those orders that have more to them than their own fields say, with it."""
        wanting = [decode(one.body) for one in trees if needs_parts(msgspec.structs.asdict(_parts(one.body)))]
        reasons = await self._details.complete_orders(wanting)
        return {
            tree["id"]: Row(
                tree["id"],
                encode_plain(tree),
                moment(tree.get("updatedAt")),
                incomplete=reasons.get(tree["id"]),
                unseen=self._unseen or (),
            )
            for tree in wanting
        }
