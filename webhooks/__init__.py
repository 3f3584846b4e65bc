"""Outbound webhooks: partners' endpoints, durable messages, signed delivery. Registered as any plugin is, listens to events."""

from __future__ import annotations

from collections.abc import Sequence

from hub import Plugin, hookimpl


@hookimpl
def register_plugins() -> Sequence[Plugin]:
    """The one plugin of this package."""
    from webhooks.plugin import Webhooks

    return [Webhooks()]
