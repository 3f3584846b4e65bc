"""Two lanes: a backfill may take hours, and no webhook or write-back should stand behind it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.queue import Handlers

LONG = frozenset({"sync.run"})
GRACE = 15.0  # seconds for short jobs in hand when we are asked to stop; a supervisor kills after 20 or more


@dataclass(frozen=True, slots=True)
class Lane:
    """Jobs with places of their own. `grace`: seconds to end in when we stop; what takes longer is handed back."""

    handlers: Handlers
    grace: float


def lanes(handlers: Handlers) -> list[Lane]:
    """The lane of long jobs and that of short ones; an empty one is left out. Long ones go on from their last checkpoint."""
    long = {kind: handler for kind, handler in handlers.items() if kind in LONG}
    short = {kind: handler for kind, handler in handlers.items() if kind not in LONG}
    return [lane for lane in (Lane(long, 0.0), Lane(short, GRACE)) if lane.handlers]
