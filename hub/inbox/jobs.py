"""The jobs of this room."""

from __future__ import annotations

from functools import partial

from hub.inbox.notices import PROBE
from hub.inbox.probing import probe_again
from hub.inbox.process import process
from hub.inbox.receipts import JOB
from hub.inbox.watchdog import watch
from hub.queue import Handlers
from hub.sync.engine import Engine


def handlers(engine: Engine) -> Handlers:
    """What to call for which kind of job."""
    return {JOB: partial(process, engine), PROBE: partial(probe_again, engine), "inbox.watchdog": partial(watch, engine)}
