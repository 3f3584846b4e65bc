"""How writers tell that something happened; the webhooks listen."""

from __future__ import annotations

from collections.abc import Callable

Announce = Callable[[str, str, int], None]
"""(resource as topics spell it: product, order or customer; created, updated or deleted; id)"""
