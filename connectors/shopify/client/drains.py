"""Reading the rest of long lists. An object that changes meanwhile is read again: no list of ours is half old, half new."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.shopify.client.graph import AccessDenied, CostTooHigh, Denied, Graph
from connectors.shopify.client.nested import Nested
from connectors.shopify.client.sizes import Sizes, allowed, shrunk, step
from connectors.shopify.client.together import together
from connectors.shopify.documents import load
from hub.errors import RetryableError
from hub.ports import Json

SELDOM = 0.1  # of the lists may go on before longer ones are asked for
AT_ONCE = 4  # requests into one shop; the budget does the pacing


class Changed(Exception):
    """The object was saved between two pages of one of its lists."""


class Damaged(RetryableError):
    """Something else stands in the place of a list. Asked for again it may be whole. key: the list's name."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The shop's answer holds no list of {key}.")
        self.key = key


class Drains:
    """Drains the lists of one shop's objects."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def ask(self, name: str, variables: Mapping[str, Any]) -> tuple[Json, tuple[Denied, ...]]:
        """Data and what was denied in it, no more than AT_ONCE at the same time."""
        async with self._gate:
            said = await self.graph.ask(name, variables, partial=True)
        return said.data, said.denied

    async def whole(self, tree: Json, lists: Sequence[Nested], sizes: Sizes | None, *, strict: bool) -> list[str]:
        """Every list of the tree read to its end, in place, as `{"nodes": […]}`. Returns why some are not whole, in words.

        Raises Changed when the object changes meanwhile, unless not `strict`: then that is a reason.
        """
        long = [nested for nested in lists if not _closed(tree, nested, sizes)]
        reasons = await together(self._drain(tree, nested, sizes, strict) for nested in long)
        return [reason for found in reasons for reason in found]

    async def _drain(self, owner: Json, nested: Nested, sizes: Sizes | None, strict: bool) -> list[str]:
        holder = _at(owner, nested)
        if not isinstance(holder, dict) or holder.get(nested.key) is None:
            return [f"The shop does not show {nested.key}."]
        if _is_drained(holder[nested.key]):
            return []
        nodes, info = _connection(holder, nested.key)
        reasons: list[str] = []
        wanted = {inner.size: sizes.now()[inner.size] for inner in nested.inner} if sizes is not None else {}
        more = nodes
        try:
            while info.get("hasNextPage"):
                for inner in nested.inner:
                    wanted[inner.size] = max(wanted[inner.size], await self._longer(more, inner, sizes, strict))
                after = str(info.get("endCursor"))
                more, info = await self._more(holder, nested, after, wanted, strict, reasons)
                nodes += more
        except AccessDenied as error:
            reasons.append(f"The rest of {nested.key} is denied: {error.message}")
        holder[nested.key] = {"nodes": nodes}
        if sizes is not None and not reasons:
            sizes.saw(nested.size, len(nodes))
        for inner in nested.inner:
            long = [node for node in nodes if isinstance(node, dict) and not _closed(node, inner, sizes)]
            for found in await together(self._drain(node, inner, sizes, strict) for node in long):
                reasons += [one for one in found if one not in reasons]
        return reasons

    async def _longer(self, nodes: Sequence[Any], inner: Nested, sizes: Sizes | None, strict: bool) -> int:
        """How long the inner lists of the following nodes should come at once: many requests for many rests would be dear."""
        rests = [node for node in nodes if _goes_on(node, inner)]
        if len(rests) <= len(nodes) * SELDOM:
            return 0
        await self._drain(rests[0], inner, sizes, strict)
        return step(len(_at(rests[0], inner)[inner.key]["nodes"]))

    async def _more(
        self, holder: Json, nested: Nested, after: str, wanted: Mapping[str, int], strict: bool, reasons: list[str]
    ) -> tuple[list[Any], Json]:
        """The next page of a list, as long as the points allow."""
        data = await self._page(nested, {"id": holder["id"], "after": after}, {nested.first: nested.most, **wanted})
        root = data.get(nested.root)
        if not isinstance(root, dict):
            raise Changed  # it was deleted; reading it again will tell
        if "updatedAt" in root and root["updatedAt"] != holder.get("updatedAt"):
            if strict:
                raise Changed
            if not reasons:
                reasons.append(f"It changed while {nested.key} were read.")
        nodes, info = _connection(root, nested.key)
        if info.get("hasNextPage") and (not nodes or info.get("endCursor") == after):
            reasons.append(f"The shop says that more {nested.key} follow, and sends none.")
            info = {}
        return nodes, info

    async def _page(self, nested: Nested, where: Json, wanted: dict[str, int]) -> Json:
        text = load(nested.document)
        limit = allowed(self.graph.bucket)
        while True:
            asked = shrunk(wanted, lambda now: self.graph.costs.guess(nested.document, text, {**where, **now}), limit)
            try:
                data, _denied = await self.ask(nested.document, {**where, **asked})
            except CostTooHigh:
                if max(asked.values()) == 1:
                    raise
                largest = max(asked, key=lambda name: asked[name])
                wanted = {**asked, largest: max(1, asked[largest] // 2)}
            else:
                return data


def _at(owner: Any, nested: Nested) -> Any:
    """The object in which the list stands; None where there is none."""
    for key in nested.holder:
        owner = owner.get(key) if isinstance(owner, dict) else None
    return owner


def _goes_on(node: Any, inner: Nested) -> bool:
    holder = _at(node, inner)
    found = holder.get(inner.key) if isinstance(holder, dict) else None
    info = found.get("pageInfo") if isinstance(found, dict) else None
    return isinstance(info, dict) and bool(info.get("hasNextPage"))


def _is_drained(found: Any) -> bool:
    return isinstance(found, dict) and found.keys() == {"nodes"} and isinstance(found["nodes"], list)


def _closed(owner: Json, nested: Nested, sizes: Sizes | None) -> bool:
    """Closes a list that came whole, as most do, without further ado. False when there is more to it."""
    holder = _at(owner, nested)
    found = holder.get(nested.key) if isinstance(holder, dict) else None
    if nested.inner or not isinstance(found, dict) or _goes_on(owner, nested) or not isinstance(found.get("pageInfo"), dict):
        return False
    if not isinstance(nodes := found.get("nodes"), list):
        return False
    holder[nested.key] = {"nodes": nodes}
    if sizes is not None:
        sizes.saw(nested.size, len(nodes))
    return True


def _connection(holder: Json, key: str) -> tuple[list[Any], Json]:
    """Nodes and pageInfo of a connection. Raises Damaged for anything else in its place."""
    found = holder.get(key)
    if not isinstance(found, dict) or not isinstance(found.get("nodes"), list) or not isinstance(found.get("pageInfo"), dict):
        raise Damaged(key)
    return found["nodes"], found["pageInfo"]
