"""How much to ask for at once: of nested lists as many as objects of this shop usually have, and then as many objects as the
points allow. A list that is longer is drained afterwards; a size that is rarely needed would make every object dearer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from connectors.shopify.client.troubles import CostTooHigh

COSTLIEST = 900.0  # points of one request; Shopify refuses more than 1,000
OF_BUCKET = 0.5  # of a small shop's bucket, so that another worker can ask too
STEPS = (1, 2, 3, 5, 8, 12, 20, 30, 50, 75, 100, 150, 250)
MOST_IDS = 250  # Shopify's limit for any list in an input
REMEMBERED = 200  # lengths per list
USUAL = 0.9  # of the lists must fit
FIRST: Mapping[str, Mapping[str, int]] = {
    "products": {"variants": 5, "levels": 2, "media": 3, "collections": 3, "metafields": 3},
    "orders": {"lines": 5, "metafields": 1},
    "customers": {"addresses": 2, "metafields": 1},
}


class Sizes:
    """The sizes of one resource in one shop."""

    def __init__(self, resource: str) -> None:
        self._now = dict(FIRST[resource])
        self._seen: dict[str, deque[int]] = {name: deque(maxlen=REMEMBERED) for name in self._now}
        self._most_ids = MOST_IDS
        self._cap = STEPS[-1]

    def saw(self, name: str, length: int) -> None:
        """A list of this length was read whole."""
        self._seen[name].append(length)

    def now(self) -> dict[str, int]:
        """The sizes to ask with: the shortest of STEPS that holds most lists of late."""
        for name, lengths in self._seen.items():
            if len(lengths) >= 10:
                usual = sorted(lengths)[min(len(lengths) - 1, int(len(lengths) * USUAL))]
                self._now[name] = step(usual)
        return {name: min(size, self._cap) for name, size in self._now.items()}

    def plan(
        self, cost: Callable[[Mapping[str, int]], float], bucket: float | None, waiting: int = MOST_IDS
    ) -> tuple[int, dict[str, int]]:
        """(objects per request, sizes) for which `cost`, the points of one object, stays within what a request may cost.

        Where few objects are waiting there are points for longer lists: fewer will have to be drained.
        """
        limit = allowed(bucket)
        sizes = shrunk(self.now(), cost, limit)
        count = max(1, min(self._most_ids, waiting, int(limit // cost(sizes))))
        while sizes != (longer := {name: min(self._cap, step(size + 1)) for name, size in sizes.items()}):
            if count * cost(longer) > limit:
                break
            sizes = longer
        return count, sizes

    def too_much(self, ids: int, error: CostTooHigh) -> None:
        """The shop refused so many objects at once: half as many, or half the sizes; raises the error when both are one."""
        if ids > 1:
            self._most_ids = max(1, ids // 2)
        elif self._cap > 1:
            self._cap = max(1, max(self.now().values()) // 2)
        else:
            raise error

    def went_well(self) -> None:
        """After a refusal it grows again, slowly: what an object costs was learned meanwhile."""
        self._most_ids = min(MOST_IDS, self._most_ids + 1)


def step(length: int) -> int:
    """The shortest size that holds a list of this length."""
    return next((one for one in STEPS if one >= length), STEPS[-1])


def allowed(bucket: float | None) -> float:
    """Points that one request may ask for."""
    return COSTLIEST if bucket is None else max(1.0, min(COSTLIEST, bucket * OF_BUCKET))


def shrunk(sizes: dict[str, int], cost: Callable[[Mapping[str, int]], float], limit: float) -> dict[str, int]:
    """Sizes halved, the largest first, until one object is within the limit or nothing is left to halve."""
    while cost(sizes) > limit and max(sizes.values()) > 1:
        largest = max(sizes, key=lambda name: sizes[name])
        sizes = {**sizes, largest: max(1, sizes[largest] // 2)}
    return sizes
