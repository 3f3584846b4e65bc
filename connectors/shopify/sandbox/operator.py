"""What the operator of a hub configures before this shop can be read: the app that it gave its tokens to."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.shopify.sandbox.tokens import App


@asynccontextmanager
async def operated(app: App) -> AsyncIterator[None]:
    """The environment of a hub that is this app; as it was before, afterwards."""
    from connectors.shopify.settings import PREFIX, app_settings

    wanted = {f"{PREFIX}CLIENT_ID": app.client_id, f"{PREFIX}CLIENT_SECRET": app.secret}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    app_settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        app_settings.cache_clear()
