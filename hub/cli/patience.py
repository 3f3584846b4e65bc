"""Connections that never finish asking are cut off: the server itself waits for the end of a head or a body for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

HEAD: Final = 20.0  # seconds from the connection, or from the last answer, to a whole head
BODY: Final = 60.0  # seconds from a head to the end of its body; routes that are asked often are stricter
EVERY: Final = 2.0


class Patience:
    """What each connection is at, and since when."""

    def __init__(self) -> None:
        self._seen: dict[Any, tuple[str, Any, float]] = {}

    def look(self, connections: Iterable[Any], now: float) -> None:
        """Cut off those that have been at one thing for too long. connections: uvicorn's, of either of its HTTP protocols."""
        seen: dict[Any, tuple[str, Any, float]] = {}
        for one in tuple(connections):
            if (at := _at(one)) is None:
                continue
            word, cycle, since = self._seen.get(one, ("", None, now))
            if (word, cycle) != at:
                since = now
            if now - since > (HEAD if at[0] == "head" else BODY):
                one.transport.abort()
            else:
                seen[one] = (*at, since)
        self._seen = seen


def _at(connection: Any) -> tuple[str, Any] | None:
    """What is awaited from a caller, and after which request; None while he waits for us."""
    if not hasattr(connection, "cycle"):
        return None
    cycle = connection.cycle
    if cycle is None or cycle.response_complete:
        return "head", cycle
    return ("body", cycle) if cycle.more_body else None


async def keep_watch(server: Any) -> None:
    """Look every two seconds at a uvicorn server's connections, for ever."""
    patience, loop = Patience(), asyncio.get_running_loop()
    while True:
        await asyncio.sleep(EVERY)
        patience.look(server.server_state.connections, loop.time())
