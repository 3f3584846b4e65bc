"""Whole objects by id, in batches as large as the points allow, every list in them drained."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from connectors.shopify.client.drains import AT_ONCE, Changed, Damaged, Drains
from connectors.shopify.client.graph import AccessDenied, CostTooHigh, Denied, Graph
from connectors.shopify.client.nested import LISTS
from connectors.shopify.client.parts import needs_parts, parts_of
from connectors.shopify.client.sizes import Sizes
from connectors.shopify.client.together import together
from connectors.shopify.client.unseen import Unseen
from connectors.shopify.documents import load
from connectors.shopify.times import moment
from hub.errors import RetryableError
from hub.ports import BadRow, Json, Resource, Row
from schemas import exact

TRIES = 3  # readings of an object that changes while it is read
Found = MutableMapping[str, Row | BadRow]


class Details:
    """Fetches the objects of one shop."""

    def __init__(self, graph: Graph, unseen: Unseen) -> None:
        self._graph, self._unseen = graph, unseen
        self._drains = Drains(graph)
        self._sizes = {name: Sizes(name) for name in LISTS}

    async def rows(self, resource: Resource, ids: Sequence[str]) -> list[Row]:
        """The objects that there are, in the order of `ids`. Raises RetryableError for one that cannot be read."""
        found: Found = {}
        await self.read(resource, ids, found)
        rows: list[Row] = []
        for id in ids:
            match found.get(id):
                case Row() as row:
                    rows.append(row)
                case BadRow() as bad:
                    raise RetryableError(f"{id}: {bad.reason}")
        return rows

    async def read(self, resource: Resource, ids: Sequence[str], found: Found) -> None:
        """Puts each object into `found` as soon as it is whole, so that a failure costs only what is not there yet."""
        waiting = deque(id for id in dict.fromkeys(ids) if id not in found)
        sizes = self._sizes[resource.name]

        async def worker() -> None:
            while waiting:
                count, now = sizes.plan(lambda now: self._cost(resource.name, now), self._graph.bucket, len(waiting))
                some = [waiting.popleft() for _ in range(min(count, len(waiting)))]
                try:
                    await self._batch(resource, some, now, found)
                except CostTooHigh as error:
                    sizes.too_much(len(some), error)
                    waiting.extendleft(reversed(some))
                else:
                    sizes.went_well()

        await together(worker() for _ in range(min(AT_ONCE, len(waiting))))

    async def complete_orders(self, trees: Sequence[Json]) -> dict[str, str]:
        """Adds `parts` to those orders that have any; one that changed since is read anew. Returns id → why it is not whole."""

        async def complete(tree: Json) -> tuple[str, str]:
            try:
                tree["parts"], reasons = await parts_of(self._drains, tree, strict=True)
            except Changed:
                fresh, reasons, _ = await self._again("orders", tree["id"])
                tree |= fresh or {}
            return str(tree["id"]), _sentence(reasons)

        done = await together(complete(tree) for tree in trees if needs_parts(tree))
        return {id: reason for id, reason in done if reason}

    def _cost(self, name: str, sizes: Mapping[str, int]) -> float:
        return self._graph.costs.guess(name, load(name), {"ids": ["one"], **sizes})

    async def _nodes(self, name: str, ids: Sequence[str], sizes: Mapping[str, int]) -> tuple[list[Any], tuple[Denied, ...]]:
        data, denied = await self._drains.ask(name, {"ids": ids, **sizes})
        nodes = data.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(ids):
            raise RetryableError(f"The shop was asked for {len(ids)} {name} and did not answer with as many.")
        return nodes, denied

    async def _batch(self, resource: Resource, ids: Sequence[str], sizes: Mapping[str, int], found: Found) -> None:
        nodes, denied = await self._nodes(resource.name, ids, sizes)

        async def one(place: int, id: str, node: Any) -> None:
            ours = tuple(path for path in denied if path.path[:2] == ("nodes", place))
            if node is None:
                if ours:
                    raise AccessDenied(f"{id} is denied: {ours[0].message}", hint="Give the app the scope that is named.")
            elif not isinstance(node, dict) or node.get("id") != id:
                reason = f"The shop was asked for {id} and sent {exact.encode_plain(node)[:80]!r}."
                found[id] = BadRow(exact.encode_plain(node), reason, id, "/id")
            else:
                await self._put(resource, id, node, ours, found)

        await together(one(place, id, node) for place, (id, node) in enumerate(zip(ids, nodes, strict=True)))

    async def _put(self, resource: Resource, id: str, node: Json, denied: Sequence[Denied], found: Found) -> None:
        """Whole, or by itself among the bad ones: one damaged object must not hold up the others of its page."""
        try:
            row = await self._row(resource, id, node, denied)
        except Damaged as error:
            found[id] = BadRow(exact.encode_plain(node), str(error), id, f"/{error.key}")
        else:
            if row is not None:
                found[id] = row

    async def _row(self, resource: Resource, id: str, node: Json, denied: Sequence[Denied]) -> Row | None:
        """The row of an object whose lists may go on. None when it was deleted meanwhile."""
        try:
            tree: Json | None = node
            reasons = await self._whole(resource.name, node, strict=True)
        except Changed:
            tree, reasons, denied = await self._again(resource.name, id)
        if tree is None:
            return None
        unseen = self._unseen.note(resource.name, denied, 2) if denied else ()
        modified = moment(tree.get("updatedAt"))
        return Row(id, exact.encode_plain(tree), modified, incomplete=_sentence(reasons) or None, unseen=unseen)

    async def _again(self, name: str, id: str) -> tuple[Json | None, list[str], tuple[Denied, ...]]:
        """An object that changed while its lists were read, read anew; what changes all the time is said not to be whole."""
        for nth in range(TRIES):
            _count, sizes = self._sizes[name].plan(lambda now: self._cost(name, now), self._graph.bucket, 1)
            [node], denied = await self._nodes(name, [id], sizes)
            if not isinstance(node, dict):
                return None, [], denied
            try:
                return node, await self._whole(name, node, strict=nth < TRIES - 1), denied
            except Changed:
                continue
        return None, [], ()  # it was deleted at last

    async def _whole(self, name: str, tree: Json, *, strict: bool) -> list[str]:
        reasons = await self._drains.whole(tree, LISTS[name], self._sizes[name], strict=strict)
        if name == "orders" and needs_parts(tree):
            tree["parts"], more = await parts_of(self._drains, tree, strict=strict)
            reasons += more
        return reasons


def _sentence(reasons: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(reasons))
