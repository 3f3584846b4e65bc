"""Short lists of a shop (its subscriptions, a product's files), page by page along Shopify's own cursor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from connectors.shopify.client.graph import Graph
from hub.errors import RetryableError
from hub.ports import Json


async def pages(
    graph: Graph, name: str, variables: Mapping[str, Any], listed: Callable[[Json], Any]
) -> AsyncGenerator[list[Json]]:
    """The objects of each page. `listed`: where the list stands in an answer's data; what it raises goes through.

    Raises RetryableError for an answer without the list, and for a cursor that leads nowhere new.
    """
    after: str | None = None
    trail: set[str] = set()
    while True:
        found = listed((await graph.ask(name, {**variables, "after": after})).data)
        if not isinstance(found, dict):
            raise RetryableError(f"{graph.shop} {name}: the answer holds no list.")
        yield found["nodes"]
        info = found["pageInfo"]
        if not info["hasNextPage"]:
            return
        after = info["endCursor"]
        if not isinstance(after, str) or after in trail:
            raise RetryableError(f"{graph.shop} {name}: the shop says that more follow, and not where.")
        trail.add(after)
