"""Shopify. This file only registers; what it registers imports nothing heavy until it is used."""

from __future__ import annotations

from collections.abc import Sequence

from hub.hookspecs import hookimpl
from hub.ports import Connector


@hookimpl
def register_connectors() -> Sequence[Connector]:
    """Our one connector."""
    from connectors.shopify.connector import Shopify

    return [Shopify()]
