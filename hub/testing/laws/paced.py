"""A connector at another pace: the laws want small pages, and no waiting for a rate budget that they do not test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from hub.ports import Connector, Limits

SMALL = Limits(per_second=1_000.0, burst=1_000_000, page_sizes=(20, 10, 5))


class Paced:
    """Everything of `connector`, but for the limits in its manifest."""

    def __init__(self, connector: Connector, limits: Limits) -> None:
        self._connector = connector
        counts_points = connector.manifest.limits.costs
        self.manifest = replace(connector.manifest, limits=replace(limits, costs=counts_points))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)


def paced(connector: Connector, limits: Limits = SMALL) -> Connector:
    """The connector with these limits."""
    return cast("Connector", Paced(connector, limits))
